"""The one import of sentry_sdk: a hermetic client that builds events, and the transport that hands them to the gate.

Hermetic: no integration, no environment, no spotlight, no host name, no local variables, no sessions, no client
reports, and no network, since its transport is ours. It lives beside a host application's own
`sentry_sdk.init()` without either noticing the other.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sentry_sdk
from sentry_sdk.client import SDK_INFO
from sentry_sdk.envelope import Envelope
from sentry_sdk.profiler import continuous_profiler
from sentry_sdk.transport import Transport as SentryTransport

from diskret.model.records import CrashSignal, ExceptionSnapshot, SentrySignal

__all__ = ["SentryClient", "Transport"]


class Transport(SentryTransport):
    """Hand each item of each envelope to `receive`, one by one, and send nothing."""

    def __init__(self, receive: Callable[[str, Mapping[str, object]], None]) -> None:
        super().__init__()
        self._receive = receive

    def capture_envelope(self, envelope: Envelope) -> None:
        """Take an envelope apart. A payload that is no JSON object is handed over as an empty one: the type decides."""
        for item in envelope.items:
            payload = item.payload.json
            self._receive(item.type or "unknown", payload if isinstance(payload, dict) else {})

    def flush(self, timeout: float, callback: Any = None) -> None:
        """Do nothing: nothing waits here."""

    def kill(self) -> None:
        """Do nothing: nothing runs here."""


class SentryClient:
    """Let sentry_sdk build the event of a crash. Used by the worker alone; not thread-safe."""

    def __init__(self, dsn: str, release: str, environment: str) -> None:
        self._items: list[tuple[str, Mapping[str, object]]] = []
        with _without_effect_on_the_host():
            self._client = sentry_sdk.Client(
                dsn=dsn,
                release=release,
                environment=environment,
                transport=Transport(lambda item_type, event: self._items.append((item_type, event))),
                default_integrations=False,
                auto_enabling_integrations=False,
                integrations=[],
                spotlight=False,  # with SENTRY_SPOTLIGHT set the client posts each envelope itself as well
                server_name="",
                send_client_reports=False,
                auto_session_tracking=False,
                include_local_variables=False,
                include_source_context=False,
                max_request_body_size="never",
                max_breadcrumbs=0,
                attach_stacktrace=False,
                traces_sample_rate=None,
                profiles_sample_rate=None,
                propagate_traces=False,
                trace_propagation_targets=[],
                debug=False,
            )

    def build(self, crash: CrashSignal) -> list[SentrySignal]:
        """Give what sentry_sdk made of a crash: its event, and anything else that it put into the envelope."""
        self._items.clear()
        self._client.capture_event(_skeleton(crash), hint={}, scope=None)
        items, self._items[:] = list(self._items), []
        return [
            SentrySignal(kind, event, crash if event.get("event_id") == crash.event_id else None)
            for kind, event in items
        ]

    def close(self) -> None:
        """Close the client; it holds no thread and no socket."""
        self._client.close(timeout=0)


def _skeleton(crash: CrashSignal) -> Any:
    """Give sentry_sdk the event without a word of text in it: the gate fills in what it admits."""
    return {
        "event_id": crash.event_id,
        "level": "error" if crash.handled else "fatal",
        "timestamp": crash.captured_ns / 1e9,
        "platform": "python",
        "exception": {"values": [_exception(exception) for exception in reversed(crash.exceptions)]},
    }


def _exception(exception: ExceptionSnapshot) -> dict[str, object]:
    return {"type": "", "value": "", "stacktrace": {"frames": [{"lineno": 0} for _ in exception.frames]}}


@contextmanager
def _without_effect_on_the_host() -> Iterator[None]:
    """Give back what every `sentry_sdk.Client()` takes from the others: the SDK's name, a running profiler."""
    name, scheduler = SDK_INFO["name"], continuous_profiler._scheduler
    continuous_profiler._scheduler = None
    try:
        yield
    finally:
        SDK_INFO["name"], continuous_profiler._scheduler = name, scheduler
