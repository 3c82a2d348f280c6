"""Sentry: a crash report becomes one event in an envelope of its own, headers and all built here.

One event an envelope: a server was seen to answer 200 to two, and to keep neither.
"""

import gzip
import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from diskret._version import __version__
from diskret.model.endpoints import Dsn
from diskret.model.records import CrashBody, ExceptionReport, Report
from diskret.model.settings import Settings
from diskret.ship.outbox import Item
from diskret.ship.plan import Answer, Unreachable, Verdict, judge_sentry
from diskret.ship.request import Request

__all__ = ["SentrySink", "event_of"]

_RUNTIME = {"name": platform.python_implementation(), "version": platform.python_version()}
_TAGS = ("client_version", "server_version", "language", "server_id", "oem_id", "run")


class SentrySink:
    """Write envelopes."""

    max_batch_bytes = 1_000_000  # servers refuse events over 1 MiB
    max_batch_items = 1
    linger = 0.0

    def __init__(self, dsn: Dsn, settings: Settings) -> None:
        self._url = dsn.envelope_url
        self._release = f"{settings.app}@{settings.release}"
        self._environment = settings.environment
        client = f"diskret/{__version__}"
        self._headers = {
            "Content-Type": "application/x-sentry-envelope",
            "Content-Encoding": "gzip",
            "X-Sentry-Auth": f"Sentry sentry_version=7, sentry_client={client}, sentry_key={dsn.public_key}",
        }

    def encode(self, report: Report) -> Item:
        """Make the envelope of a crash report; its bytes never change again, however often it is sent."""
        body = report.body
        if not isinstance(body, CrashBody):
            raise TypeError("Sentry takes crash reports alone")
        event = json.dumps(event_of(report, self._release, self._environment), ensure_ascii=False).encode()
        header = json.dumps({"event_id": body.event_id}).encode()
        item = json.dumps({"type": "event", "length": len(event), "content_type": "application/json"}).encode()
        envelope = b"\n".join((header, item, event, b""))
        return Item(report.purpose, report.epoch, envelope, len(envelope))

    def key(self, item: Item, now_ns: int) -> str:
        """Give what may be sent together: nothing is, since a batch has one item."""
        return ""

    def request(self, items: list[Item], key: str) -> Request:
        """Make the POST of one envelope."""
        (item,) = items
        assert isinstance(item.payload, bytes)  # encode() made it
        return Request(self._url, self._headers, gzip.compress(item.payload, compresslevel=6, mtime=0))

    def judge(self, answer: Answer | Unreachable, now: float) -> Verdict:
        """Say what the answer to an envelope means."""
        return judge_sentry(answer, now)


def event_of(report: Report, release: str, environment: str) -> dict[str, Any]:
    """Build the event: https://develop.sentry.dev/sdk/data-model/event-payloads/."""
    body = report.body
    assert isinstance(body, CrashBody)  # encode() checked it
    metadata = dict(report.metadata)
    event: dict[str, Any] = {
        "event_id": body.event_id,
        "timestamp": datetime.fromtimestamp(report.captured_ns / 1e9, UTC).isoformat(),
        "platform": "python",
        "level": body.level,
        "release": release,
        "environment": environment,
        "sdk": {"name": "diskret", "version": __version__},
        "contexts": {"runtime": _RUNTIME, **_os(metadata)},
        "tags": {name: metadata[name] for name in _TAGS if name in metadata},
        # Sentry wants the reported exception last; here it comes first.
        "exception": {"values": [_exception(body, index) for index in reversed(range(len(body.exceptions)))]},
    }
    if "user" in metadata:
        event["user"] = {"id": metadata["user"]}
    return event


def _exception(body: CrashBody, index: int) -> dict[str, Any]:
    exception = body.exceptions[index]
    mechanism: dict[str, Any] = {"type": body.mechanism, "handled": body.handled, "exception_id": index}
    if exception.parent is not None:
        mechanism.update(type="chained", parent_id=exception.parent, source=exception.source)
    value: dict[str, Any] = {
        "type": exception.type,
        "module": exception.module,
        "value": exception.value,
        "mechanism": mechanism,
    }
    if exception.frames:
        value["stacktrace"] = {"frames": _frames(exception)}
    return value


def _frames(exception: ExceptionReport) -> list[dict[str, Any]]:
    return [
        {
            "module": frame.module,
            "function": frame.function,
            "filename": frame.path,
            "lineno": frame.line,
            "in_app": frame.in_app,
        }
        for frame in exception.frames
    ]


def _os(metadata: Mapping[str, str]) -> dict[str, dict[str, str]]:
    if "os" not in metadata:
        return {}
    version = {"version": metadata["os_version"]} if "os_version" in metadata else {}
    return {"os": {"name": metadata["os"], **version}}
