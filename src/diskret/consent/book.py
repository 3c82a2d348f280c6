"""The consent of this process: decisions by purpose, the epoch of each, and who is told of a change.

An epoch counts the periods of allowance of a purpose. A signal carries the epoch in which it was captured, and is
only ever sent while that same epoch lasts: a later grant does not reach back, a withdrawal is final for all
that was captured before it. Epoch 0 means: not allowed, capture nothing.
"""

import threading
from collections.abc import Callable, Mapping

from diskret.consent.state import UNSET, Decision, Source, State, decide
from diskret.model.clock import Clock
from diskret.model.records import Purpose

__all__ = ["Consent", "Listener"]

Listener = Callable[[Mapping[Purpose, Decision]], None]


class Consent:
    """Grant, withdraw and ask. Thread-safe; `epoch_of` takes no lock."""

    def __init__(self, clock: Clock, organisation: str | None = None, do_not_track: bool = False) -> None:
        self._clock = clock
        self._organisation = organisation
        self._do_not_track = do_not_track
        self._lock = threading.RLock()
        self._user: dict[Purpose, Decision] = dict.fromkeys(Purpose, UNSET)
        self._begun = dict.fromkeys(Purpose, 0)  # how many periods of allowance there have been
        self._open: Mapping[Purpose, int] = {}  # replaced as a whole, so that readers need no lock
        self._listeners: list[Listener] = []
        self._enforcers: list[Listener] = []
        self._settle()

    def enforce(self, enforcer: Listener) -> None:
        """Register what has to happen before `grant()` or `withdraw()` returns, ahead of every listener."""
        self._enforcers.append(enforcer)

    def on_change(self, listener: Listener) -> None:
        """Call `listener` with the decision of each purpose that changed, on the thread that changed it."""
        self._listeners.append(listener)

    def grant(self, *purposes: Purpose | str) -> None:
        """Record the user's yes, for all purposes if none is named. A denial by the environment still stands."""
        self._record(State.GRANTED, purposes)

    def withdraw(self, *purposes: Purpose | str) -> None:
        """Record the user's no, for all purposes if none is named. Nothing captured before is sent once it returns."""
        self._record(State.DENIED, purposes)

    def status(self) -> dict[Purpose, Decision]:
        """Tell, for each purpose, what holds now and who decided it."""
        with self._lock:
            return {purpose: self._decision(purpose) for purpose in Purpose}

    def epoch_of(self, purpose: Purpose) -> int:
        """Give the running epoch of a purpose, 0 where it is not allowed."""
        return self._open.get(purpose, 0)

    def covers(self, purpose: Purpose, epoch: int) -> bool:
        """Tell whether what was captured in this epoch may be sent now."""
        return epoch != 0 and self._open.get(purpose, 0) == epoch

    def renew_lock(self) -> None:
        """Replace the lock, in a forked child: another thread of the parent may have held it."""
        self._lock = threading.RLock()

    def _record(self, state: State, purposes: tuple[Purpose | str, ...]) -> None:
        chosen = [Purpose(purpose) for purpose in purposes] or list(Purpose)
        with self._lock:
            before = self.status()
            for purpose in chosen:
                if self._user[purpose].state is not state:
                    self._user[purpose] = Decision(state, Source.USER, self._clock.time_ns())
            self._settle()
            after = self.status()
            changed = {purpose: after[purpose] for purpose in Purpose if after[purpose] != before[purpose]}
            if changed:
                for enforcer in self._enforcers:
                    enforcer(changed)
        # A listener is the application's code: outside the lock, so that it may call back.
        if changed:
            for listener in tuple(self._listeners):
                listener(changed)

    def _decision(self, purpose: Purpose) -> Decision:
        return decide(self._user[purpose], self._organisation, self._do_not_track)

    def _settle(self) -> None:
        epochs = {}
        for purpose in Purpose:
            if self._decision(purpose).allows:
                running = self._open.get(purpose, 0)
                if not running:
                    self._begun[purpose] += 1
                    running = self._begun[purpose]
                epochs[purpose] = running
        self._open = epochs
