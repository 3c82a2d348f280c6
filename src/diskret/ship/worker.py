"""The one thread: takes signals from the inbox, has them admitted, and sends what is due.

Nothing of the application waits for it but `flush` and `close`, each as long as it was told. It sleeps on a
SimpleQueue, whose `put` may be called from anywhere, a signal handler included.
"""

import logging
import math
import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from diskret.capture.inbox import Inbox
from diskret.model.clock import Clock
from diskret.model.records import CrashSignal, LogSignal, Purpose, Recipient, Report, Withheld
from diskret.model.stats import Counters
from diskret.ship.outbox import Batch, Outbox
from diskret.ship.plan import Answer, Retry, Unreachable, Verdict
from diskret.ship.request import Request

__all__ = ["Admit", "Poster", "Worker"]

_log = logging.getLogger("diskret.worker")

Admit = Callable[[LogSignal | CrashSignal], Report | Withheld]

# A log call does not wake the worker (that would cost it a lock): it looks this often. Lines wait a second anyway.
LOOK_EVERY = 0.25
# Signals admitted between two looks at what else there is to do.
AT_A_TIME = 500


class Poster(Protocol):
    """What brings requests to servers."""

    def post(self, request: Request, may_send: Callable[[], bool], budget: float) -> Answer | Unreachable: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


class _Order(NamedTuple):
    """Send everything now, tell `done` when it is answered; `last`: then stop."""

    deadline: float
    done: threading.Event
    last: bool


class Worker:
    """Run the way of a record from the inbox to the wire. One per process; `start` once."""

    def __init__(
        self,
        inbox: Inbox,
        admit: Admit,
        make_outboxes: Callable[[], Mapping[Recipient, Outbox]],
        make_wire: Callable[[], Poster],
        counters: Counters,
        covers: Callable[[Purpose, int], bool],
        clock: Clock,
    ) -> None:
        self._inbox = inbox
        self._admit = admit
        # Made with the first signal: what writes and sends takes 100 ms to import, which many runs never need.
        self._make_outboxes = make_outboxes
        self._outboxes: Mapping[Recipient, Outbox] = {}
        self._make_wire = make_wire
        self._wire: Poster | None = None
        self._counters = counters
        self._covers = covers
        self._clock = clock
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._pending: list[_Order] = []
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="diskret", daemon=True)

    @property
    def ident(self) -> int | None:
        """The thread's identifier, None before it runs."""
        return self._thread.ident

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wake(self) -> None:
        """Have the worker look at once."""
        self._orders.put(None)

    def flush(self, timeout: float) -> bool:
        """Send all that was captured until now; tell whether servers have answered for everything in time."""
        return self._order(timeout, last=False)

    def stop(self, timeout: float) -> bool:
        """Send what can be sent within `timeout` seconds, drop the rest, end. Tells whether nothing was left."""
        finished = self._order(timeout, last=True)
        # What the thread did not get done it must not do later: it may be in the middle of a request.
        self._ended = True
        for purpose in Purpose:
            self._empty_inbox(purpose, "not sent before exit")
        for outbox in self._outboxes.values():
            outbox.close("not sent before exit")
        if not finished and self._wire is not None:
            self._wire.abort()
        self.wake()
        return finished

    def purge(self, purposes: Iterable[Purpose]) -> None:
        """Drop what was captured for these purposes, cut what is under way. For the thread that withdraws."""
        wire = self._wire
        for purpose in purposes:
            self._empty_inbox(purpose, "consent withdrawn")
        for outbox in self._outboxes.values():
            outbox.purge()
        if wire is not None:
            wire.abort()

    def _order(self, timeout: float, *, last: bool) -> bool:
        if not self._thread.is_alive():
            return False
        done = threading.Event()
        self._orders.put(_Order(self._clock.monotonic() + timeout, done, last))
        return done.wait(timeout) and self._nothing_left()

    def _nothing_left(self) -> bool:
        return not any(self._inbox.waiting().values()) and all(outbox.empty for outbox in self._outboxes.values())

    def _empty_inbox(self, purpose: Purpose, reason: str) -> None:
        with self._counters.lock:
            number = self._inbox.clear(purpose)
            self._counters.take(purpose, number)
            self._counters.drop(purpose, reason, number)

    def _run(self) -> None:
        while not self._ended:
            try:
                self._hear()
                while self._take_some():
                    pass
                self._send_due(hurry=bool(self._pending))
                if self._answer_orders():
                    break
            except BaseException:  # noqa: BLE001  # also a SystemExit of somebody's formatter: the thread has to go on
                _log.debug("the worker stumbled", exc_info=True)
                self._inbox.errors.raise_by_one()
        if self._wire is not None:
            self._wire.close()

    def _hear(self) -> None:
        """Wait for an order, for the next time that something is due, or for the next look."""
        now = self._clock.monotonic()
        hurry = bool(self._pending)
        due = [at - now for outbox in self._outboxes.values() if (at := outbox.due_at(hurry=hurry)) is not None]
        due += [order.deadline - now for order in self._pending]
        try:
            order = self._orders.get(timeout=max(0.0, min([LOOK_EVERY, *due])))
        except queue.Empty:
            return
        if order is not None:
            self._pending.append(order)

    def _take_some(self) -> bool:
        for _ in range(AT_A_TIME):
            with self._counters.lock:
                signal = self._inbox.take()
                if signal is None:
                    return False
                purpose = Purpose.LOGS if isinstance(signal, LogSignal) else Purpose.CRASH_REPORTS
                self._counters.take(purpose)
            if self._covers(purpose, signal.epoch):
                self._place(signal, purpose)
            else:
                self._counters.drop(purpose, "consent withdrawn")
        return True

    def _place(self, signal: LogSignal | CrashSignal, purpose: Purpose) -> None:
        """Have a signal admitted and its report put into its outbox; whatever happens, it is counted once."""
        try:
            report = self._admit(signal)
        except Exception:  # noqa: BLE001  # fail closed: it does not leave, and is counted
            _log.debug("a signal could not be judged", exc_info=True)
            report = Withheld(purpose, "not judged")
        if isinstance(report, Withheld):
            self._counters.withhold(purpose, report.reason)
            return
        if not self._outboxes:
            self._outboxes = self._make_outboxes()
        outbox = self._outboxes.get(report.recipient)
        if outbox is None:
            self._counters.withhold(purpose, f"no {report.recipient} configured")
            return
        try:
            item = outbox.sink.encode(report)
        except BaseException:  # noqa: BLE001  # what cannot be written does not leave, and is counted
            _log.debug("a report could not be encoded", exc_info=True)
            self._counters.withhold(purpose, "not encodable")
            return
        outbox.add(item, self._clock.monotonic())

    def _send_due(self, *, hurry: bool) -> None:
        for outbox in self._outboxes.values():
            while (batch := outbox.next(self._clock.monotonic(), self._clock.time_ns(), hurry=hurry)) is not None:
                verdict: Verdict = Retry()
                try:
                    verdict = self._send(outbox, batch)
                except Exception:  # noqa: BLE001  # a fault of ours; the batch must not be lost with it
                    self._inbox.errors.raise_by_one()
                    _log.debug("a batch could not be sent", exc_info=True)
                finally:
                    outbox.settle(batch, verdict, self._clock.monotonic())

    def _send(self, outbox: Outbox, batch: Batch) -> Verdict:
        if self._wire is None:
            self._wire = self._make_wire()
        request = outbox.sink.request(batch.items, batch.key)
        last = [order.deadline for order in self._pending if order.last]
        budget = max(0.0, min(last) - self._clock.monotonic()) if last else math.inf
        answer = self._wire.post(
            request, lambda: all(self._covers(item.purpose, item.epoch) for item in batch.items), budget
        )
        return outbox.sink.judge(answer, self._clock.time_ns() / 1e9)

    def _answer_orders(self) -> bool:
        """Tell those who wait that everything is answered, or that their time is over; True: the last order is done."""
        now = self._clock.monotonic()
        done = [order for order in self._pending if now >= order.deadline or self._nothing_left()]
        self._pending = [order for order in self._pending if order not in done]
        for order in done:
            order.done.set()
        return any(order.last for order in done)
