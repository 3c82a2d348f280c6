"""Helpers for the tests of applications that use diskret, and for its own."""

__all__ = ["FakeClock"]


class FakeClock:
    """A clock that moves only when it is told to. It starts at 2026-01-05 12:00 UTC, a Monday."""

    def __init__(self, start_ns: int = 1_767_614_400_000_000_000) -> None:
        self._ns = start_ns
        self._start_ns = start_ns

    def time_ns(self) -> int:
        """Give nanoseconds since 1970."""
        return self._ns

    def monotonic(self) -> float:
        """Give seconds since the clock was made."""
        return (self._ns - self._start_ns) / 1e9

    def advance(self, seconds: float) -> None:
        """Move on, or back where `seconds` is negative."""
        self._ns += round(seconds * 1e9)
