"""Sentry's envelope endpoint, decided without I/O: head and body in, the answer and the items out.

The answers are those of a self-hosted, Sentry-compatible server that keeps events only. Whether an event is a
duplicate is for the store to say: the answer is the same.
"""

import json
import re
import uuid
from urllib.parse import parse_qs, urlsplit

from diskret.collector.decode import CannotDecodeError, decode
from diskret.collector.limits import SentryLimits
from diskret.collector.records import Answer, Head, Outcome, SentItem

__all__ = ["is_envelope_path", "judge_envelope"]

_PATH = re.compile(r"/api/([^/]+)/envelope/")
_KEY = re.compile(r"\bsentry_key=([^,\s]+)")
_JSON = (("Content-Type", "application/json"),)


class _RefusedError(Exception):
    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status, detail)
        self.answer = Answer(status, json.dumps({"detail": detail}).encode(), _JSON)


def is_envelope_path(path: str) -> bool:
    """Say whether a path (without query) is an envelope endpoint."""
    return _PATH.fullmatch(path) is not None


def judge_envelope(head: Head, body: bytes, key: str, project: str, limits: SentryLimits) -> Outcome:
    """Decide an envelope sent to a server that has one project with one key."""
    try:
        return _judge(head, body, key, project, limits)
    except _RefusedError as refusal:
        return Outcome(refusal.answer)


def _judge(head: Head, body: bytes, key: str, project: str, limits: SentryLimits) -> Outcome:
    found = _PATH.fullmatch(head.path)
    given = _key_of(head)
    if found is None or found[1] != project or given not in (None, key):
        raise _RefusedError(403, "wrong key or project")
    try:
        decoded = decode(body, head.value("content-encoding"), brotli=True)
    except CannotDecodeError as error:
        raise _RefusedError(400, str(error)) from error
    header, rest = _header(decoded)
    if given is None and _key_in_dsn(header.get("dsn")) != key:
        raise _RefusedError(403, "no key, or a wrong one")
    items = _items(rest)
    events = [item for item in items if item.type == "event"]
    if any(len(event.payload) > limits.max_event_bytes for event in events):
        raise _RefusedError(413, "event too large")
    event_id = _hex_id(header.get("event_id"))
    if events:
        payloads = [_object(event.payload, "event") for event in events]
        event_id = event_id or _hex_id(payloads[0].get("event_id"))
        if event_id is None:
            raise _RefusedError(400, "no event_id")
    # Two events in one envelope: 200, and neither is kept.
    kept = event_id if len(events) == 1 else None
    items = [item._replace(event_id=kept) if item.type == "event" else item for item in items]
    return Outcome(Answer(200, json.dumps({"id": event_id} if event_id else {}).encode(), _JSON), items=tuple(items))


def _key_of(head: Head) -> str | None:
    """Give the key in X-Sentry-Auth, else the one in the query, else None."""
    found = _KEY.search(head.value("x-sentry-auth") or "")
    if found:
        return found[1]
    return next(iter(parse_qs(urlsplit(head.target).query).get("sentry_key", [])), None)


def _key_in_dsn(dsn: object) -> str | None:
    if not isinstance(dsn, str):
        return None
    try:
        return urlsplit(dsn).username
    except ValueError:
        return None


def _header(decoded: bytes) -> tuple[dict[str, object], bytes]:
    line, _, rest = decoded.partition(b"\n")
    return _object(line, "envelope header"), rest


def _items(rest: bytes) -> list[SentItem]:
    """Read the items: a header line each, then `length` bytes, or up to the end of the line where it has none."""
    items: list[SentItem] = []
    while rest:
        line, _, rest = rest.partition(b"\n")
        if not line.strip():
            continue
        header = _object(line, "item header")
        kind, length = header.get("type"), header.get("length")
        if not isinstance(kind, str) or not kind.isascii():
            raise _RefusedError(400, "item without a type")
        if length is None:
            payload, _, rest = rest.partition(b"\n")
        elif type(length) is int and 0 <= length <= len(rest):
            payload, rest = rest[:length], rest[length:]
            if rest and not rest.startswith(b"\n"):
                raise _RefusedError(400, "item longer than its length")
            rest = rest[1:]
        else:
            raise _RefusedError(400, "item shorter than its length")
        items.append(SentItem(kind, header, payload))
    return items


def _object(text: bytes, what: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _RefusedError(400, f"malformed {what}") from error
    if not isinstance(value, dict):
        raise _RefusedError(400, f"malformed {what}")
    return value


def _hex_id(value: object) -> str | None:
    if value is None:
        return None
    try:
        return uuid.UUID(str(value)).hex
    except ValueError as error:
        raise _RefusedError(400, "malformed event_id") from error
