"""The desk: each request is judged, stored and counted in one step, under one lock."""

import threading
from collections.abc import Callable

from diskret.collector.decode import CannotDecodeError, decode
from diskret.collector.faults import Fault, FaultPlan, Kind, Service
from diskret.collector.ingester import LokiState, reopen_streams
from diskret.collector.limits import LokiLimits, SentryLimits
from diskret.collector.loki import judge_push
from diskret.collector.records import Answer, Head, Outcome
from diskret.collector.sentry import is_envelope_path, judge_envelope
from diskret.collector.store import Counts, Store
from diskret.collector.wording import refuse

__all__ = ["PROJECT", "PUSH_PATH", "Desk"]

PUSH_PATH = "/loki/api/v1/push"
PROJECT = "1"
_NO_ANSWER = (Kind.CLOSE, Kind.HALF_CLOSE, Kind.RESET_BEFORE_ANSWER, Kind.SILENCE)


class Desk:
    """Decide what a server decides. `limits` and `sentry_limits` may be replaced at any time."""

    def __init__(
        self,
        store: Store,
        clock_ns: Callable[[], int],
        limits: LokiLimits,
        sentry_limits: SentryLimits,
        sentry_key: str,
    ) -> None:
        self.limits = limits
        self.sentry_limits = sentry_limits
        self.sentry_key = sentry_key
        self.faults = FaultPlan()
        self._store = store
        self._clock_ns = clock_ns
        self._tenants: dict[str, LokiState] = {}
        # Held from judgement to storage, so that the order of the judgements is the order of what is stored.
        self._changed = threading.Condition()

    def open(self) -> None:
        """Take up what the store knows: a stream's newest entry outlives a restart, used-up rates do not."""
        with self._changed:
            self._tenants = {"fake": reopen_streams(self._store.newest())}

    def wait_for(self, enough: Callable[[Counts], bool], timeout: float) -> bool:
        """Wait until the counts are enough, or `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: enough(self._store.counts), timeout)

    def fault(self, head: Head) -> Fault | None:
        """Give what shall go wrong with this request."""
        return self.faults.take(_service(head))

    def limit(self, head: Head) -> int:
        """Give how many bytes a body may have."""
        return self.sentry_limits.max_body_bytes if _service(head) == "sentry" else self.limits.max_body_bytes

    def receive(self, head: Head, body: bytes, fault: Fault | None) -> tuple[int, Answer]:
        """Judge, store and record a request; give its number and what to answer."""
        with self._changed:
            kept = fault is None or fault.keep
            outcome = self._judge(head, body) if kept else Outcome(Answer(500))
            answer = outcome.answer
            if fault is not None and fault.kind is Kind.ANSWER:
                usual = answer.body if kept else b""
                answer = Answer(fault.status, usual if fault.body is None else fault.body, fault.headers)
            status = None if fault is not None and fault.kind in _NO_ANSWER else answer.status
            return self._record(head, body, status, outcome), answer

    def too_large(self, head: Head) -> tuple[int, Answer]:
        """Record a request whose body was not read."""
        answer = refuse(413, f"request body too large, limit: {self.limit(head)} bytes")
        with self._changed:
            return self._record(head, b"", answer.status, Outcome(answer)), answer

    def cut(self, head: Head, body: bytes) -> int:
        """Record a request that was cut inside its body; give its number."""
        with self._changed:
            return self._record(head, body, None, Outcome(Answer(500)))

    def lost(self, number: int) -> None:
        """Note that the answer to a recorded request could not be delivered."""
        self._store.set_status(number, None)

    def _judge(self, head: Head, body: bytes) -> Outcome:
        match _service(head), head.method, head.path:
            case "loki", "POST", _:
                return judge_push(head, body, self._tenants, self.limits, self._clock_ns())
            case "sentry", "POST", _:
                return judge_envelope(head, body, self.sentry_key, PROJECT, self.sentry_limits)
            case "loki" | "sentry", _, _:
                return Outcome(refuse(405, "method not allowed"))
            case _, "GET", "/ready":
                return Outcome(refuse(200, "ready"))
            case _:
                return Outcome(refuse(404, "404 page not found"))

    def _record(self, head: Head, body: bytes, status: int | None, outcome: Outcome) -> int:
        number = self._store.put(self._clock_ns(), head, body, _decoded(head, body), status, outcome)
        self._changed.notify_all()
        return number


def _service(head: Head) -> Service:
    if head.path == PUSH_PATH:
        return "loki"
    return "sentry" if is_envelope_path(head.path) else "other"


def _decoded(head: Head, body: bytes) -> bytes:
    try:
        return decode(body, head.value("content-encoding"), brotli=True)
    except CannotDecodeError:
        return body
