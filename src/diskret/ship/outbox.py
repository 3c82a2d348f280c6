"""The outbox of one sink: which reports go next, when, and what becomes of them. It decides; others act.

Thread-safe by one short lock, never held during I/O: a withdrawal empties it while a request is under way.
"""

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Protocol

from diskret.model.records import Purpose, Report
from diskret.model.stats import Counters
from diskret.ship.plan import Answer, Refused, Retry, Sent, Split, Stop, Unreachable, Verdict, backoff
from diskret.ship.request import Request

__all__ = ["Batch", "Item", "Outbox", "Sink"]


class Item(NamedTuple):
    """An encoded report that waits: its payload is the sink's own; `size` is its bytes in a request."""

    purpose: Purpose
    epoch: int
    payload: object
    size: int


class Batch(NamedTuple):
    """Items that go in one request; `key` says what they have in common (for Loki: the stream)."""

    key: str
    items: list[Item]


class Sink(Protocol):
    """A kind of server: how reports are written for it, and what its answers mean."""

    max_batch_bytes: int
    max_batch_items: int
    linger: float

    def encode(self, report: Report) -> Item: ...

    def key(self, item: Item, now_ns: int) -> str | None: ...

    def request(self, items: list[Item], key: str) -> Request: ...

    def judge(self, answer: Answer | Unreachable, now: float) -> Verdict: ...


class Outbox:
    """Items in order of capture, bounded by number and by bytes: when full, the oldest goes and is counted."""

    MAX_ITEMS = 5_000
    MAX_BYTES = 16 << 20

    def __init__(
        self,
        sink: Sink,
        counters: Counters,
        covers: Callable[[Purpose, int], bool],
        jitter: Callable[[], float] | None = None,
    ) -> None:
        self.sink = sink
        self.stopped: str | None = None  # why nothing more is sent
        self._counters = counters
        self._covers = covers
        self._jitter = jitter or _random
        self._lock = threading.Lock()
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._under_way = 0
        self._since = 0.0  # monotonic time since which the oldest item waits
        self._not_before = 0.0
        self._attempt = 0
        self._limit = sink.max_batch_items

    def add(self, item: Item, now: float) -> None:
        """Take an item in. `now` is monotonic time, here and below."""
        with self._lock:
            if self.stopped is not None:
                self._counters.drop(item.purpose, self.stopped)
                return
            if not self._items:
                self._since = now
            self._items.append(item)
            self._bytes += item.size
            while len(self._items) > self.MAX_ITEMS or self._bytes > self.MAX_BYTES:
                self._discard(self._items.popleft(), "outbox full")

    @property
    def empty(self) -> bool:
        """Tell whether everything that was taken in has been answered or dropped."""
        with self._lock:
            return not self._items and not self._under_way

    def due_at(self, *, hurry: bool) -> float | None:
        """Give the monotonic time at which something is to be sent; None while there is nothing."""
        with self._lock:
            if not self._items:
                return None
            full = self._bytes >= self.sink.max_batch_bytes or len(self._items) >= self._limit
            return max(self._not_before, self._since + (0.0 if full or hurry else self.sink.linger))

    def next(self, now: float, now_ns: int, *, hurry: bool) -> Batch | None:
        """Give what is to be sent now, None if nothing is. What may no longer be sent is dropped and counted here."""
        due = self.due_at(hurry=hurry)
        if due is None or due > now:
            return None
        with self._lock:
            key: str | None = None
            chosen: list[Item] = []
            size = 0
            while self._items and len(chosen) < self._limit:
                item = self._items[0]
                if not self._covers(item.purpose, item.epoch):
                    self._discard(self._items.popleft(), "consent withdrawn")
                    continue
                its_key = self.sink.key(item, now_ns)
                if its_key is None:
                    self._discard(self._items.popleft(), "too old for the server")
                    continue
                if chosen and (its_key != key or size + item.size > self.sink.max_batch_bytes):
                    break
                key = its_key
                chosen.append(self._items.popleft())
                size += item.size
            self._bytes -= size
            self._under_way = len(chosen)
            return Batch(key or "", chosen) if chosen else None

    def settle(self, batch: Batch, verdict: Verdict, now: float) -> None:
        """Note what became of a batch: sent, put back in front, or dropped; and when to go on."""
        items = batch.items
        with self._lock:
            self._under_way = 0
            match verdict:
                case Sent(pause):
                    for item in items:
                        self._counters.send(item.purpose)
                    self._calm(now + pause)
                case Retry(after):
                    self._put_back(items)
                    wait = backoff(self._attempt, self._jitter()) if after is None else after
                    self._attempt += 1
                    self._not_before = now + wait
                case Split() if len(items) > 1:
                    self._put_back(items)
                    self._limit = max(1, len(items) // 2)
                case Split():
                    self._lose(items, "too large for the server")
                    self._calm(now)
                case Refused(reason):
                    self._lose(items, reason)
                    self._calm(now)
                case Stop(reason):
                    self.stopped = reason
                    self._lose([*items, *self._items], reason)
                    self._items.clear()
                    self._bytes = 0

    def purge(self) -> None:
        """Drop at once whatever consent does not cover any more."""
        with self._lock:
            kept: deque[Item] = deque()
            for item in self._items:
                if self._covers(item.purpose, item.epoch):
                    kept.append(item)
                else:
                    self._discard(item, "consent withdrawn")
            self._items = kept

    def close(self, reason: str) -> None:
        """Drop whatever still waits, and whatever comes from now on."""
        with self._lock:
            self.stopped = reason
            self._lose(list(self._items), reason)
            self._items.clear()
            self._bytes = 0

    def _calm(self, not_before: float) -> None:
        self._attempt = 0
        self._not_before = not_before
        self._limit = self.sink.max_batch_items

    def _put_back(self, items: list[Item]) -> None:
        # A request that a withdrawal cut short comes back here.
        if self.stopped is not None:
            self._lose(items, self.stopped)
            return
        covered: list[Item] = []
        revoked: list[Item] = []
        for item in items:
            (covered if self._covers(item.purpose, item.epoch) else revoked).append(item)
        self._lose(revoked, "consent withdrawn")
        self._items.extendleft(reversed(covered))
        self._bytes += sum(item.size for item in covered)

    def _discard(self, item: Item, reason: str) -> None:
        self._bytes -= item.size
        self._counters.drop(item.purpose, reason)

    def _lose(self, items: list[Item], reason: str) -> None:
        for item in items:
            self._counters.drop(item.purpose, reason)


def _random() -> float:
    """Give a number from 0 up to 1, without importing `random` (5 ms)."""
    return int.from_bytes(os.urandom(4)) / 2.0**32
