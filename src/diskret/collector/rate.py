"""A token bucket on a given clock: full at first, refilled with time, never above its burst."""

__all__ = ["Bucket"]


class Bucket:
    """Not safe to share between threads: its owner holds a lock."""

    __slots__ = ("_filled_ns", "_used")

    def __init__(self) -> None:
        self._used = 0.0
        self._filled_ns: int | None = None

    def take(self, amount: int, rate: int, burst: int, now_ns: int) -> bool:
        """Take `amount` at once or nothing. `rate` is per second. A clock that goes back refills nothing."""
        if self._filled_ns is not None:
            self._used = max(0.0, self._used - rate * max(0, now_ns - self._filled_ns) / 1e9)
        self._filled_ns = now_ns
        if self._used + amount > burst:
            return False
        self._used += amount
        return True
