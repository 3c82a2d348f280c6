"""Counting: every signal that was captured is, at any moment, withheld, queued, sent or dropped, by purpose and reason.

captured = withheld + queued + sent + dropped, for each purpose.
"""

import itertools
import threading
from collections.abc import Mapping
from typing import NamedTuple

from diskret.model.records import Purpose

__all__ = ["Counters", "Stats", "Tally"]


class Stats(NamedTuple):
    """What `diskret.stats()` returns: numbers since `init()`, by purpose, and by reason where something was lost.

    `errors` counts faults of diskret's own that kept a call from being captured at all; they are not in `captured`.
    """

    captured: Mapping[str, int]
    withheld: Mapping[str, Mapping[str, int]]
    queued: Mapping[str, int]
    sent: Mapping[str, int]
    dropped: Mapping[str, Mapping[str, int]]
    errors: int

    def balanced(self) -> bool:
        """Tell whether each purpose's sums balance."""
        return all(
            self.captured.get(purpose, 0)
            == sum(self.withheld.get(purpose, {}).values())
            + self.queued.get(purpose, 0)
            + self.sent.get(purpose, 0)
            + sum(self.dropped.get(purpose, {}).values())
            for purpose in Purpose
        )


class Tally:
    """A counter that may be raised from a log call: `next()` on a C iterator is atomic and takes no lock."""

    __slots__ = ("_ticks", "raise_by_one")

    def __init__(self) -> None:
        self._ticks = itertools.count()
        self.raise_by_one = self._ticks.__next__

    @property
    def value(self) -> int:
        # The repr is `count(N)`, with N the next number: the one way to read it without raising it.
        return int(repr(self._ticks)[6:-1])


class Counters:
    """The worker's book-keeping: each step moves a signal from one column to another. No log call takes its lock."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._captured: dict[str, int] = {}
        self._queued: dict[str, int] = {}
        self._withheld: dict[str, dict[str, int]] = {}
        self._sent: dict[str, int] = {}
        self._dropped: dict[str, dict[str, int]] = {}

    def take(self, purpose: Purpose, number: int = 1) -> None:
        """Count signals that the worker took over; take them out of the inbox under the same hold of the lock."""
        with self.lock:
            _add(self._captured, purpose, number)
            _add(self._queued, purpose, number)

    def withhold(self, purpose: Purpose, reason: str) -> None:
        with self.lock:
            _add(self._queued, purpose, -1)
            _add(self._withheld.setdefault(purpose, {}), reason, 1)

    def send(self, purpose: Purpose, number: int = 1) -> None:
        with self.lock:
            _add(self._queued, purpose, -number)
            _add(self._sent, purpose, number)

    def drop(self, purpose: Purpose, reason: str, number: int = 1) -> None:
        if number:
            with self.lock:
                _add(self._queued, purpose, -number)
                _add(self._dropped.setdefault(purpose, {}), reason, number)

    def snapshot(self, waiting: Mapping[str, int], refused: Mapping[str, int], errors: int) -> Stats:
        """Give the numbers, with what still waits in the inbox and what found it full. Call it holding the lock."""
        captured, queued = dict(self._captured), dict(self._queued)
        dropped = {purpose: dict(reasons) for purpose, reasons in self._dropped.items()}
        for purpose, number in waiting.items():
            _add(captured, purpose, number)
            _add(queued, purpose, number)
        for purpose, number in refused.items():
            if number:
                _add(captured, purpose, number)
                _add(dropped.setdefault(purpose, {}), "inbox full", number)
        withheld = {purpose: dict(reasons) for purpose, reasons in self._withheld.items()}
        return Stats(captured, withheld, queued, dict(self._sent), dropped, errors)


def _add(numbers: dict[str, int], key: str, number: int) -> None:
    if number:
        numbers[str(key)] = numbers.get(str(key), 0) + number
