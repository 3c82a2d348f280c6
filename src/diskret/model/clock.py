"""Time as a parameter: what is decided by time takes a clock, so that tests can turn it."""

import time
from typing import Protocol

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """Tell wall-clock time (ns since 1970, UTC) and monotonic time (seconds, arbitrary zero)."""

    def time_ns(self) -> int: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's clock."""

    time_ns = staticmethod(time.time_ns)
    monotonic = staticmethod(time.monotonic)
