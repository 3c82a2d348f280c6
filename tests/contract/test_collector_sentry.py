"""How a Sentry-compatible server answers an envelope, row by row; and what it keeps."""

import gzip
import json
import zlib
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from diskret.collector import Collector

KEY = "0123456789abcdef0123456789abcdef"
ID = "a" * 32
OTHER = "b" * 32
AUTH = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={KEY}, sentry_client=test/1"}
WRONG = {"X-Sentry-Auth": f"Sentry sentry_key={'f' * 32}"}
PATH = "/api/1/envelope/"
MIB = 1 << 20


def item(kind: str, payload: bytes, **headers: Any) -> bytes:
    return json.dumps({"type": kind, "length": len(payload), **headers}).encode() + b"\n" + payload + b"\n"


def event(event_id: str = ID, **fields: Any) -> bytes:
    return item("event", json.dumps({"event_id": event_id, **fields}).encode())


def envelope(*items: bytes, **header: Any) -> bytes:
    return json.dumps(header or {"event_id": ID}).encode() + b"\n" + b"".join(items)


def sized_event(size: int) -> bytes:
    frame = len(json.dumps({"event_id": ID, "message": ""}))
    return envelope(event(message="m" * (size - frame)))


def raw_deflate(body: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()


def encoded(name: str) -> dict[str, str]:
    return {**AUTH, "Content-Encoding": name}


@pytest.fixture
def collector(clock: Any) -> Any:
    with Collector(clock_ns=clock, sentry_key=KEY) as running:
        yield running


class Row(NamedTuple):
    what: str
    body: bytes
    status: int
    kept: tuple[str, ...] = ()
    headers: dict[str, str] = AUTH
    path: str = PATH


FINE = envelope(event())
WITH_DSN = envelope(event(), event_id=ID, dsn=f"http://{KEY}@127.0.0.1/1")
# fmt: off
ROWS = [
    Row("an event", FINE, 200, (ID,)),
    Row("gzip", gzip.compress(FINE), 200, (ID,), encoded("gzip")),
    Row("raw deflate", raw_deflate(FINE), 200, (ID,), encoded("deflate")),
    Row("zstd", FINE, 400, (), encoded("zstd")),
    Row("broken gzip", FINE, 400, (), encoded("gzip")),
    Row("broken brotli, or no brotli at all", b"\xff" + FINE, 400, (), encoded("br")),
    Row("the key in the query", FINE, 200, (ID,), {}, f"{PATH}?sentry_version=7&sentry_key={KEY}"),
    Row("the key in the DSN of the envelope", WITH_DSN, 200, (ID,), {}),
    Row("a wrong key", FINE, 403, (), WRONG),
    Row("a wrong key beside the right DSN", WITH_DSN, 403, (), WRONG),
    Row("a wrong key in the query", FINE, 403, (), {}, f"{PATH}?sentry_key=f"),
    Row("a wrong key in the DSN", WITH_DSN.replace(KEY.encode(), b"f"), 403, (), {}),
    Row("no key", FINE, 403, (), {}),
    Row("a wrong project", FINE, 403, (), AUTH, "/api/2/envelope/"),
    Row("an empty body", b"", 400),
    Row("an envelope header that is no JSON", b"x\n" + event(), 400),
    Row("an item header that is no JSON", FINE.replace(b'{"type"', b'{"type', 1), 400),
    Row("an item without a type", envelope(b'{"length":2}\n{}\n'), 400),
    Row("an item shorter than its length", envelope(b'{"type":"event","length":99}\n{}\n'), 400),
    Row("an item longer than its length", envelope(b'{"type":"event","length":1}\n{}\n'), 400),
    Row("an event that is no JSON", envelope(item("event", b"x")), 400),
    Row("an event id that is none", envelope(event("x"), event_id="x"), 400),
    Row("no event id at all", envelope(item("event", b"{}"), sdk={}), 400),
    Row("an event id in the event alone", envelope(event(), sdk={}), 200, (ID,)),
    Row("an event id with dashes", envelope(event(), event_id="aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"), 200, (ID,)),
    Row("an item without a length", envelope(b'{"type":"event"}\n{"event_id":"%s"}\n' % ID.encode()), 200, (ID,)),
    Row("no newline at the end", FINE.rstrip(b"\n"), 200, (ID,)),
    Row("an event of 1 MiB", sized_event(MIB), 200, (ID,)),
    Row("an event over 1 MiB", sized_event(MIB + 1), 413),
    Row("two events: neither is kept", envelope(event(), event(OTHER)), 200),
    Row("an event and an attachment", envelope(item("attachment", b"\x00\n\xff"), event()), 200, (ID,)),
    *[Row(f"{kind} alone", envelope(item(kind, b"{}")), 200) for kind in ("session", "transaction", "log")],
]
# fmt: on


@pytest.mark.parametrize("row", ROWS, ids=[row.what for row in ROWS])
def test_sentry_answers_as_measured(row: Row, collector: Collector, client: Any) -> None:
    reply = client.send("POST", row.path, row.body, row.headers)
    assert reply.status == row.status
    assert tuple(str(kept["event_id"]) for kept in collector.events()) == row.kept
    assert json.loads(reply.text).get("id") == (ID if row.status == 200 else None)


def test_an_event_that_came_twice_is_kept_once(collector: Collector, client: Any) -> None:
    replies = [client.send("POST", PATH, FINE, AUTH) for _ in range(2)]
    assert [reply.status for reply in replies] == [200, 200]
    assert len(collector.events()) == 1
    assert [(kept.kept, kept.request_id) for kept in collector.items()] == [(True, 1), (False, 2)]


def test_every_item_is_on_record_and_events_alone_are_kept(collector: Collector, client: Any) -> None:
    client.send("POST", PATH, envelope(item("attachment", b"\x00\n\xff", filename="f"), event()), AUTH)
    attachment, kept = collector.items()
    assert attachment == ("attachment", {"type": "attachment", "length": 3, "filename": "f"}, b"\x00\n\xff", 1, False)
    assert (kept.type, kept.kept) == ("event", True)


def test_an_envelope_without_an_id_gets_none(client: Any) -> None:
    reply = client.send("POST", PATH, envelope(item("session", b"{}"), sent_at="now"), AUTH)
    assert (reply.status, reply.text) == (200, "{}")


def test_the_limit_of_a_body_is_sentrys_own(collector: Collector, client: Any) -> None:
    collector.sentry_limits = replace(collector.sentry_limits, max_body_bytes=10)
    assert client.send("POST", PATH, FINE, AUTH).status == 413
    assert client.push_line("fine").status == 204


def test_the_dsn_names_key_port_and_project(collector: Collector) -> None:
    assert collector.sentry_dsn == collector.url.replace("http://", f"http://{KEY}@") + "/1"
