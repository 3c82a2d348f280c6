"""How Loki answers a push, row by row: what is sent, the status, what the body says, which lines are stored."""

import gzip
import json
import zlib
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from diskret.collector import Collector

NOW = 1_767_225_600_000_000_000  # the clock of the fixture
MINUTE = 60 * 1_000_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
JSON = {"Content-Type": "application/json"}
MIB = 1 << 20


def entry(line: str = "line", at: int = NOW, **metadata: str) -> list[Any]:
    return [str(at), line, metadata]


def stream(*entries: list[Any], **labels: str) -> dict[str, Any]:
    return {"stream": labels or {"app": "x"}, "values": list(entries)}


def push(*streams: dict[str, Any]) -> bytes:
    return json.dumps({"streams": list(streams)}).encode()


def meta(pairs: dict[str, str]) -> list[Any]:
    return [str(NOW), "line", pairs]


def one(*entries: list[Any], **labels: str) -> bytes:
    return push(stream(*entries, **labels))


def values(text: str) -> bytes:
    return b'{"streams":[{"stream":{"app":"x"},"values":[' + text.encode() + b"]}]}"


def encoded(name: str) -> dict[str, str]:
    return {**JSON, "Content-Encoding": name}


def raw_deflate(body: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()


def many(count: int) -> dict[str, str]:
    return {f"label{number}": "v" for number in range(count)}


FINE_STREAM = stream(entry("line"))
FINE = push(FINE_STREAM)
GZIP, DEFLATE = encoded("gzip"), encoded("deflate")
PROTOBUF = {"Content-Type": "application/x-protobuf"}
# Raw snappy of b"abcd": four bytes promised, one literal of four bytes.
SNAPPY = b"\x04\x0cabcd"
FRAMED_SNAPPY = b"\xff\x06\x00\x00sNaPpY\x01\x08\x00\x00\x00\x00\x00\x00abcd"


ONE = ("line",)
FINE_ONE = ("fine",)


class Row(NamedTuple):
    what: str
    body: bytes
    status: int
    says: str = ""
    stored: tuple[str, ...] = ()
    headers: dict[str, str] = JSON


# fmt: off
ROWS = [
    Row("JSON", FINE, 204, "", ONE),
    Row("JSON, gzip", gzip.compress(FINE), 204, "", ONE, GZIP),
    Row("JSON, gzip of two members", gzip.compress(FINE[:9]) + gzip.compress(FINE[9:]), 204, "", ONE, GZIP),
    Row("JSON, raw deflate", raw_deflate(FINE), 204, "", ONE, DEFLATE),
    Row("charset in the content type", FINE, 204, "", ONE, {"Content-Type": "application/json;charset=utf-8"}),
    Row("structured metadata", one(entry("line", user="u1")), 204, "", ONE),
    Row("no metadata element", values(f'["{NOW}","line"]'), 204, "", ONE),
    Row("a stream without entries", one(), 204),
    Row("zlib-wrapped deflate", zlib.compress(FINE), 400, "EOF", (), DEFLATE),
    Row("zstd", FINE, 400, 'Content-Encoding "zstd" not supported', (), encoded("zstd")),
    Row("the word identity", FINE, 400, 'Content-Encoding "identity" not supported', (), encoded("identity")),
    Row("protobuf, framed snappy", FRAMED_SNAPPY, 400, "snappy: corrupt input", (), PROTOBUF),
    Row("protobuf, no snappy", b"\x0a\x04abcd", 400, "snappy: corrupt input", (), PROTOBUF),
    Row("protobuf, raw snappy: not read here", SNAPPY, 400, "this collector does not read protobuf", (), PROTOBUF),
    Row("no content type", FINE, 400, "mime: no media type", (), {}),
    Row("broken gzip", FINE, 400, "gzip: invalid header", (), GZIP),
    Row("gzip cut short", gzip.compress(FINE)[:-9], 400, "unexpected EOF", (), GZIP),
    Row("exactly 7 days old", one(entry(at=NOW - 7 * DAY)), 204, "", ONE),
    Row("over 7 days old", one(entry(at=NOW - 7 * DAY - 1)), 400, "has timestamp too old: 2025-12-24T23:59:59Z"),
    Row("over 7 days old, the bound", one(entry(at=0)), 400, "oldest acceptable timestamp is: 2025-12-25T00:00:00Z"),
    Row("10 minutes ahead", one(entry(at=NOW + 10 * MINUTE)), 204, "", ONE),
    Row("over 10 minutes ahead", one(entry(at=NOW + 10 * MINUTE + 1)), 400, "timestamp too new: 2026-01-01T00:10:00Z"),
    Row("too old, too new, fine", one(entry(at=0), entry(at=NOW + DAY), entry("fine")), 400, "too new", FINE_ONE),
    Row("a line of 262,144 bytes", one(entry("a" * 262_144)), 204, "", ("a" * 262_144,)),
    Row("a line of 262,145 bytes", one(entry("a" * 262_145), entry("fine")), 400, "max entry size '262144'", FINE_ONE),
    Row("bytes count, not characters", one(entry("é" * 131_073)), 400, "an entry with length '262146' bytes"),
    Row("15 labels", one(entry(), **many(15)), 204, "", ONE),
    Row("15 labels and service_name", one(entry(), service_name="s", **many(15)), 204, "", ONE),
    Row("16 labels", push(stream(entry("lost"), **many(16)), FINE_STREAM), 400, "has 16 label names; limit 15", ONE),
    Row("a label value of 2,048 bytes", one(entry(), app="v" * 2_048), 204, "", ONE),
    Row("a label value of 2,049 bytes", one(entry(), app="v" * 2_049), 400, "has label value too long"),
    Row("a label name of 1,025 bytes", one(entry(), **{"n" * 1_025: "v"}), 400, "has label name too long"),
    Row("a-b as a label name", push(FINE_STREAM, stream(entry(), **{"a-b": "v"})), 400, "couldn't parse labels"),
    Row("a.b as a label name", push(FINE_STREAM, stream(entry(), **{"a.b": "v"})), 400, "couldn't parse labels"),
    Row("é as a label name", push(FINE_STREAM, stream(entry(), é="v")), 400, "couldn't parse labels"),
    Row("no labels", FINE.replace(b'{"app": "x"}', b"{}"), 400, "at least one label pair is required"),
    Row("malformed JSON", b'{"streams":[', 400, "malformed"),
    Row("NaN", b'{"streams":[NaN]}', 400, "NaN"),
    Row("not UTF-8", b'{"streams":"\xff"}', 400, "malformed"),
    Row("a list", b"[]", 400, "malformed"),
    Row("integer timestamp", values(f'["{NOW}","fine"],[{NOW},"line"]'), 400, "a time"),
    Row("timestamp that is no number", values('["now","line"]'), 400, "a time"),
    Row("timestamp over 64 bits", values('["9223372036854775808","line"]'), 400, "a time"),
    Row("non-string line", values(f'["{NOW}","fine"],["{NOW}",1]'), 400, "a line"),
    Row("non-string metadata", values(f'["{NOW}","line",{{"a":1}}]'), 400, "not a string"),
    Row("non-string label", FINE.replace(b'"x"', b"1"), 400, "not a string"),
    Row("lone surrogate", values(f'["{NOW}","fine"],["{NOW}","\\ud800"]'), 400, "lone surrogate"),
    Row("empty body", b"", 400, "EOF"),
    Row("{}", b"{}", 422, "at least one valid stream is required"),
    Row('{"streams":[]}', b'{"streams":[]}', 422, "at least one valid stream is required"),
    Row("é as a metadata key", one(entry("fine"), meta({"é": "v"})), 500, "invalid name"),
    Row("_ as a metadata key", one(entry("fine"), meta({"_": "v"})), 500, "invalid name"),
    Row("- as a metadata key", one(entry("fine"), meta({"-": "v"})), 500, "invalid name"),
    Row("an empty metadata key", one(entry("fine"), meta({"": "v"})), 500, "invalid name"),
    Row("é1 as a metadata key", one(meta({"é1": "v"})), 204, "", ONE),
    Row("128 metadata pairs", one(meta(many(128))), 204, "", ONE),
    Row("129 metadata pairs", one(meta(many(129)), entry("fine")), 400, "too many structured metadata", FINE_ONE),
    Row("64 KiB of metadata", one(meta({"k": "v" * 65_535})), 204, "", ONE),
    Row("over 64 KiB of metadata", one(meta({"k": "v" * 65_536}), entry("fine")), 400, "too large: '65537'", FINE_ONE),
    Row("over 4 MiB after decoding", gzip.compress(FINE + b" " * 4 * MIB), 500, "ResourceExhausted", (), GZIP),
    Row("late in one push", one(entry("fine"), entry(at=NOW - HOUR - 1)), 400, "total ignored: 1 out of 2", FINE_ONE),
]
# fmt: on


@pytest.mark.parametrize("row", ROWS, ids=[row.what for row in ROWS])
def test_loki_answers_a_push_as_measured(row: Row, collector: Collector, client: Any) -> None:
    reply = client.push(row.body, row.headers)
    check(reply, row, collector)


class Later(NamedTuple):
    """What follows on a push of `line`, under limits that differ from the defaults."""

    what: str
    limits: dict[str, Any]
    body: bytes
    status: int
    says: str = ""
    stored: tuple[str, ...] = ONE
    headers: dict[str, str] = JSON


TOO_LATE = entry("late", NOW - HOUR - 1)
LATE = stream(TOO_LATE)
OTHER = stream(entry("other"), app="y")
A, B = "a" * 60, "b" * 60
TEAM = {**JSON, "X-Scope-OrgID": "team"}
# fmt: off
LATER = [
    Later("an hour behind", {}, one(entry("late", NOW - HOUR)), 204, "", ("line", "late")),
    Later("over an hour behind", {}, one(TOO_LATE, entry("fine")), 400, "too far behind", ("line", "fine")),
    Later("over an hour behind another stream", {}, one(entry("late", NOW - DAY), app="y"), 204, "", ("line", "late")),
    Later("the trap: a lost stream, then a fine one", {}, push(LATE, OTHER), 204, "", ("line", "other")),
    Later("a fine stream, then a lost one", {}, push(OTHER, LATE), 400, "entry too far behind", ("line", "other")),
    Later("the tenant's burst used up", {"tenant_burst": 63}, one(entry(A)), 429, "ingestion rate limit exceeded"),
    Later("over the tenant's burst at once", {"tenant_burst": 100}, one(entry(A), entry(B)), 429, "'120' bytes"),
    Later("the stream's rate", {"stream_burst": 100}, one(entry(A), entry(B)), 429, "Per stream rate", ("line", A)),
    Later("too many streams", {"max_streams": 1}, push(FINE_STREAM, OTHER), 429, "maximum active stream limit"),
    Later("too many, but hidden", {"max_streams": 1}, push(OTHER, stream(entry("more"))), 204, "", ("line", "more")),
    Later("a body over the limit", {"max_body_bytes": 20}, FINE, 413, "too large"),
    Later("no tenant where auth is on", {"auth": True}, one(entry("fine")), 401, "no org id"),
    Later("a tenant where auth is on", {"auth": True}, one(entry("fine")), 204, "", ("line", "fine"), TEAM),
    Later("ingestion blocked", {"blocked": True}, one(entry("fine")), 260, "ingestion blocked"),
    Later("ingestion blocked, otherwise", {"blocked": True, "blocked_status": 403}, one(entry("fine")), 403, "blocked"),
]
# fmt: on


@pytest.mark.parametrize("row", LATER, ids=[row.what for row in LATER])
def test_loki_answers_a_later_push_as_measured(row: Later, collector: Collector, client: Any) -> None:
    assert client.push(FINE).status == 204
    collector.limits = replace(collector.limits, **row.limits)
    reply = client.push(row.body, row.headers)
    check(reply, row, collector)


def check(reply: Any, row: Row | Later, collector: Collector) -> None:
    assert reply.status == row.status
    assert row.says in reply.text
    assert sorted(line.line for line in collector.lines()) == sorted(row.stored)
    assert (reply.text == "") if row.status == 204 else reply.text.endswith("\n")
    assert "retry-after" not in reply.headers


def test_errors_are_counted_by_their_rule(client: Any) -> None:
    reply = client.push(push(stream(*[entry(at=NOW - 8 * DAY)] * 5, entry(at=NOW + HOUR))))
    assert "5 errors like: entry for stream '{app=\"x\"}' has timestamp too old" in reply.text
    assert "; 1 errors like: entry for stream '{app=\"x\"}' has timestamp too new" in reply.text


def test_a_stored_line_is_what_was_sent(collector: Collector, client: Any) -> None:
    client.push(push(stream(entry("naïve\u2028\x00 line", level="info"), b="2", a="1", none="")))
    [line] = collector.lines()
    assert line == (NOW, {"a": "1", "b": "2"}, "naïve\u2028\x00 line", {"level": "info"}, 1)


def test_a_line_that_came_twice_shows_once(collector: Collector, client: Any) -> None:
    client.push_line("same")
    client.push_line("same")
    assert [line.request_id for line in collector.lines()] == [1]
    assert [line.request_id for line in collector.all_lines()] == [1, 2]


@pytest.mark.parametrize(
    "other",
    [
        stream(entry("same", NOW + 1, k="v")),
        stream(entry("same", k="w")),
        stream(entry("other", k="v")),
        stream(entry("same", k="v"), app="y"),
    ],
    ids=["time", "metadata", "line", "labels"],
)
def test_lines_that_differ_in_one_thing_both_show(other: dict[str, Any], collector: Collector, client: Any) -> None:
    client.push(push(stream(entry("same", k="v")), other))
    assert len(collector.lines()) == 2


def test_a_tenants_rate_refills_with_the_clock(collector: Collector, clock: Any, client: Any) -> None:
    collector.limits = replace(collector.limits, tenant_burst=100, tenant_rate=10)
    body = push(stream(entry("a" * 100)))
    statuses = [client.push(body).status, client.push(body).status]
    clock.advance(9)
    statuses.append(client.push(body).status)
    clock.advance(1)
    statuses.append(client.push(body).status)
    assert statuses == [204, 429, 429, 204]


def test_tenants_do_not_share_a_rate(collector: Collector, client: Any) -> None:
    collector.limits = replace(collector.limits, auth=True, tenant_burst=100)
    body = push(stream(entry("a" * 100)))
    tenants = ["a", "b", "a"]
    assert [client.push(body, {**JSON, "X-Scope-OrgID": t}).status for t in tenants] == [204, 204, 429]


def test_a_get_is_no_push(client: Any) -> None:
    assert client.send("GET", "/loki/api/v1/push").status == 405


def test_it_says_when_it_is_ready(client: Any) -> None:
    reply = client.send("GET", "/ready")
    assert (reply.status, reply.text) == (200, "ready\n")
