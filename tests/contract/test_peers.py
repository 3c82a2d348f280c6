"""Real Sentry-compatible software: what diskret sends is stored as the gate left it, and is valid."""

import http.client
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import diskret
from peers.bugsink import Bugsink, running_bugsink
from peers.relay import normalisation_errors, release_is_valid

ENVIRONMENT = Path(os.environ.get("DISKRET_TEST_BUGSINK", Path(__file__).parents[2] / ".venv" / "bugsink"))


@pytest.fixture(scope="module")
def bugsink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bugsink]:
    with running_bugsink(ENVIRONMENT, tmp_path_factory.mktemp("bugsink")) as running:
        yield running


class SyncError(Exception):
    pass


def test_a_crash_is_stored_as_the_gate_left_it(bugsink: Bugsink) -> None:
    diskret.init(app="contacts", release="1.4.2", sentry_dsn=bugsink.dsn, server_id="srv-12", consent="granted")
    diskret.set_user("alice@example.com")

    def push(password: str) -> None:
        raise SyncError("the server said no")

    try:
        push("hunter2")
    except SyncError:
        event_id = diskret.capture_exception()
    assert event_id is not None
    assert diskret.flush(30)
    stored = bugsink.event(event_id)
    (exception,) = stored["exception"]["values"]
    assert (exception["type"], exception["value"]) == ("SyncError", "the server said no")
    here = test_a_crash_is_stored_as_the_gate_left_it.__code__
    frames = [(f["filename"], f["function"], f["lineno"]) for f in exception["stacktrace"]["frames"]]
    first = here.co_firstlineno
    assert frames == [
        ("contract/test_peers.py", here.co_name, first + 8),
        ("contract/test_peers.py", "push", first + 5),
    ]
    assert stored["tags"]["server_id"] == "srv-12"
    assert stored["release"] == "contacts@1.4.2"
    text = json.dumps(stored)
    assert "hunter2" not in text
    assert "alice" not in text


def post(dsn: str, *events: dict[str, Any], key: str | None = None) -> int:
    parts = urlsplit(dsn)
    lines = [json.dumps({"event_id": events[0]["event_id"]})]
    for event in events:
        lines += [json.dumps({"type": "event"}), json.dumps(event)]
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=30)
    auth = f"Sentry sentry_version=7, sentry_key={key or parts.username}"
    path = f"/api{parts.path}/envelope/"
    connection.request("POST", path, "\n".join(lines), {"X-Sentry-Auth": auth})
    status = connection.getresponse().status
    connection.close()
    return status


def event(**fields: object) -> dict[str, Any]:
    return {"event_id": uuid.uuid4().hex, "timestamp": 1767614400.0, "platform": "python", "message": "x", **fields}


def test_bugsink_answers_as_the_collector_was_told(bugsink: Bugsink) -> None:
    import time

    now = time.time()
    assert post(bugsink.dsn, event(timestamp=now), key="0" * 32) == 403
    assert post(bugsink.dsn, event(timestamp=now, message="x" * (1 << 20))) == 413
    first, second, alone = (event(timestamp=now) for _ in range(3))
    assert post(bugsink.dsn, first, second) == 200
    assert post(bugsink.dsn, alone) == 200
    assert bugsink.event(alone["event_id"])
    for lost in (first, second):
        with pytest.raises(TimeoutError):
            bugsink.event(lost["event_id"], timeout=0.5)


MISTAKES = [
    {"level": "dreadful"},
    {"event_id": "not hex"},
    {"timestamp": "yesterday"},
    {"release": "a/b\n"},
    {"exception": {"values": [{"type": "E", "stacktrace": {"frames": [{"lineno": "seven"}]}}]}},
]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_oracle_finds_mistakes(mistake: dict[str, Any]) -> None:
    assert normalisation_errors(event(**mistake))


def test_the_oracle_finds_none_in_a_good_event() -> None:
    assert normalisation_errors(event(level="error", release="contacts@1.4.2")) == []
    assert release_is_valid("contacts@1.4.2")
    assert not release_is_valid("a/b\n")
