"""Capture exceptions that nobody caught: `sys.excepthook` and `threading.excepthook`, chained and given back."""

import os
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from diskret.capture.snapshot import chain_of
from diskret.model.clock import Clock
from diskret.model.records import CrashSignal
from diskret.model.stats import Tally

__all__ = ["CrashCapture"]

# Ways of ending that somebody asked for.
_NOT_CRASHES = (KeyboardInterrupt, SystemExit, GeneratorExit)


class CrashCapture:
    """Offer a `CrashSignal` for an exception, while an epoch is open. Never raises; faults are counted in `errors`."""

    def __init__(
        self,
        offer: Callable[[CrashSignal], bool],
        errors: Tally,
        clock: Clock,
        user: Callable[[], str | None],
    ) -> None:
        self._offer = offer
        self._errors = errors
        self._clock = clock
        self._user = user
        self._epoch = 0
        self._installed = False
        self._previous_excepthook: Callable[..., Any] = sys.__excepthook__
        self._previous_threadhook: Callable[..., Any] = threading.__excepthook__

    def open(self, epoch: int) -> None:
        """Capture from now on, in this epoch; 0 stops."""
        self._epoch = epoch

    def install(self) -> None:
        """Put both hooks in, in front of those that are there."""
        if not self._installed:
            self._previous_excepthook, sys.excepthook = sys.excepthook, self._on_exception
            self._previous_threadhook, threading.excepthook = threading.excepthook, self._on_thread_exception
            self._installed = True

    def uninstall(self) -> None:
        """Take both hooks out. Where somebody chained onto one since, it stays in the chain and only passes on."""
        self._epoch = 0
        if sys.excepthook == self._on_exception:
            sys.excepthook = self._previous_excepthook
        if threading.excepthook == self._on_thread_exception:
            threading.excepthook = self._previous_threadhook
        self._installed = False

    def capture(
        self, exception: BaseException | None, *, handled: bool = True, mechanism: str = "generic"
    ) -> str | None:
        """Snapshot an exception and hand it over; give the event id (32 hex digits), None if nothing was taken."""
        epoch = self._epoch
        if not epoch or not issubclass(type(exception), BaseException) or exception is None:
            return None
        try:
            # 16 random bytes, as a version-4 UUID without importing uuid (RFC 9562, section 5.4).
            random = bytearray(os.urandom(16))
            random[6] = random[6] & 0x0F | 0x40
            random[8] = random[8] & 0x3F | 0x80
            signal = CrashSignal(
                captured_ns=self._clock.time_ns(),
                epoch=epoch,
                event_id=random.hex(),
                handled=handled,
                mechanism=mechanism,
                exceptions=chain_of(exception),
                user=self._user(),
            )
            return signal.event_id if self._offer(signal) else None
        except Exception:  # noqa: BLE001  # reporting a fault must not make another; it is counted
            self._errors.raise_by_one()
            return None

    def _on_exception(
        self, kind: type[BaseException], exception: BaseException, traceback: TracebackType | None
    ) -> None:
        if _is_crash(exception):
            self.capture(exception, handled=False, mechanism="excepthook")
        self._previous_excepthook(kind, exception, traceback)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if _is_crash(args.exc_value):
            self.capture(args.exc_value, handled=False, mechanism="threading")
        self._previous_threadhook(args)


def _is_crash(exception: object) -> bool:
    # Hooks are called by hand too, with anything.
    return issubclass(type(exception), BaseException) and not issubclass(type(exception), _NOT_CRASHES)
