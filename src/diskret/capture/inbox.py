"""The inbox: where a log call leaves its signal and goes on.

`offer` appends to a deque and does nothing else. It takes no lock, so that it can be called from a signal
handler, a `__del__` or a garbage collection that interrupts any other call (an Event's or a Queue's own lock
deadlocks there). Logs and crashes lie apart: a flood of lines cannot push a crash out.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from diskret.model.records import CrashSignal, LogSignal, Purpose
from diskret.model.stats import Tally

_S = TypeVar("_S")

__all__ = ["MAX_CRASHES", "MAX_LINES", "Inbox"]

MAX_LINES = 5_000
MAX_CRASHES = 1_000


class Inbox:
    """Two bounded deques. A full one refuses the newest signal and counts it."""

    def __init__(self, max_lines: int = MAX_LINES, max_crashes: int = MAX_CRASHES) -> None:
        self._lines: deque[LogSignal] = deque()
        self._crashes: deque[CrashSignal] = deque()
        self._refused_lines = Tally()
        self._refused_crashes = Tally()
        self.errors = Tally()
        self.offer_line = _offer(self._lines, max_lines, self._refused_lines)
        self.offer_crash = _offer(self._crashes, max_crashes, self._refused_crashes)

    def take(self) -> LogSignal | CrashSignal | None:
        """Take the next signal, a crash before any line; None when there is none. Only the worker calls this."""
        if self._crashes:
            return self._crashes.popleft()
        return self._lines.popleft() if self._lines else None

    def clear(self, purpose: Purpose) -> int:
        """Forget what waits for a purpose; tell how many signals that were."""
        queues: dict[Purpose, deque[Any]] = {Purpose.LOGS: self._lines, Purpose.CRASH_REPORTS: self._crashes}
        queue = queues.get(purpose)
        number = 0
        while queue:
            queue.popleft()
            number += 1
        return number

    def waiting(self) -> dict[str, int]:
        """Count what has not been taken yet, by purpose."""
        return {Purpose.LOGS: len(self._lines), Purpose.CRASH_REPORTS: len(self._crashes)}

    def refused(self) -> dict[str, int]:
        """Count what found the inbox full, by purpose."""
        return {Purpose.LOGS: self._refused_lines.value, Purpose.CRASH_REPORTS: self._refused_crashes.value}


def _offer(waiting: deque[_S], limit: int, refused: Tally) -> Callable[[_S], bool]:
    append, full = waiting.append, refused.raise_by_one

    def offer(signal: _S) -> bool:
        # Two threads may both find the last place free: the bound is exceeded by the number of threads at most.
        if len(waiting) < limit:
            append(signal)
            return True
        full()
        return False

    return offer
