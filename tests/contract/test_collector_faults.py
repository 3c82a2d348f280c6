"""Each fault of the collector, as a client meets it, and what is stored and recorded meanwhile."""

import http.client
import json
import socket
from typing import Any

import pytest

from diskret.collector import Collector, Fault

NOW = 1_767_225_600_000_000_000  # the clock of the fixture
LINE = json.dumps({"streams": [{"stream": {"app": "x"}, "values": [[str(NOW), "line"]]}]}).encode()
RATE_LIMITS = {"X-Sentry-Rate-Limits": "60:error:organization"}


def statuses(collector: Collector) -> list[int | None]:
    return [request.status for request in collector.requests()]


def is_reset(error: BaseException) -> bool:
    """Tell a reset from an orderly end, which `http.client` makes a kind of reset."""
    return isinstance(error, ConnectionError) and not isinstance(error, http.client.RemoteDisconnected)


@pytest.mark.parametrize(
    ("fault", "status", "text", "stored"),
    [
        (Fault.answer(429, b"slow down\n", {"Retry-After": "7"}), 429, "slow down\n", 0),
        (Fault.answer(500), 500, "", 0),
        (Fault.answer(260, b"blocked\n"), 260, "blocked\n", 0),
        (Fault.answer(307, headers={"Location": "http://127.0.0.1:9/"}), 307, "", 0),
        (Fault.answer(200), 200, "", 1),
        (Fault.answer(204), 204, "", 1),
        (Fault.answer(204, keep=False), 204, "", 0),
        (Fault.answer(500, keep=True), 500, "", 1),
    ],
)
def test_an_answer_is_given_as_planned(
    fault: Fault, status: int, text: str, stored: int, collector: Collector, client: Any
) -> None:
    collector.faults.add(fault)
    reply = client.push(LINE)
    assert (reply.status, reply.text) == (status, text)
    assert dict(fault.headers).items() <= {name.title(): value for name, value in reply.headers.items()}.items()
    assert len(collector.lines()) == stored
    assert statuses(collector) == [status]


def test_rate_limits_can_ride_on_a_usual_answer(collector: Collector, client: Any) -> None:
    key = collector.sentry_dsn.removeprefix("http://").partition("@")[0]
    collector.faults.add(Fault.answer(200, headers=RATE_LIMITS), "sentry")
    body = b'{"event_id":"%s"}\n{"type":"event"}\n{"event_id":"%s"}\n' % (b"a" * 32, b"a" * 32)
    reply = client.send("POST", f"/api/1/envelope/?sentry_key={key}", body)
    assert (reply.status, json.loads(reply.text)) == (200, {"id": "a" * 32})
    assert reply.headers["x-sentry-rate-limits"] == RATE_LIMITS["X-Sentry-Rate-Limits"]
    assert len(collector.events()) == 1


def test_a_fault_ends_after_its_times(collector: Collector, client: Any) -> None:
    collector.faults.add(Fault.answer(500), times=2)
    assert [client.push(LINE).status for _ in range(3)] == [500, 500, 204]


def test_faults_follow_each_other(collector: Collector, client: Any) -> None:
    collector.faults.add(Fault.answer(500), times=1)
    collector.faults.add(Fault.answer(429), times=1)
    assert [client.push(LINE).status for _ in range(3)] == [500, 429, 204]


def test_a_fault_lasts_until_it_is_cleared(collector: Collector, client: Any) -> None:
    collector.faults.add(Fault.answer(500))
    before = [client.push(LINE).status for _ in range(3)]
    collector.faults.clear()
    assert [*before, client.push(LINE).status] == [500, 500, 500, 204]


def test_a_fault_can_be_for_one_service(collector: Collector, client: Any) -> None:
    collector.faults.add(Fault.answer(500), "sentry")
    assert client.push(LINE).status == 204
    assert client.send("POST", "/api/1/envelope/", b"{}").status == 500


def test_clearing_one_service_leaves_the_other(collector: Collector, client: Any) -> None:
    collector.faults.add(Fault.answer(500), "sentry")
    collector.faults.add(Fault.answer(503), "loki")
    collector.faults.clear("loki")
    assert client.push(LINE).status == 204
    assert client.send("POST", "/api/1/envelope/", b"{}").status == 500


def test_a_fault_for_no_request_is_an_error(collector: Collector) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        collector.faults.add(Fault.answer(500), times=0)


def test_a_delayed_push_is_stored_before_the_answer(collector: Collector, client: Any) -> None:
    collector.faults.add(Fault.delay(0.2))
    client.connection.request("POST", "/loki/api/v1/push", LINE, {"Content-Type": "application/json"})
    assert collector.wait_for(lines=1)
    assert client.receive().status == 204


def test_a_trickled_answer_comes_in_pieces_and_whole(collector: Collector, client: Any) -> None:
    collector.faults.add(Fault.trickle(0.002), times=1)
    client.connection.request("POST", "/loki/api/v1/push", LINE, {"Content-Type": "application/json"})
    pieces = []
    while not b"".join(pieces).endswith(b"\r\n\r\n"):
        pieces.append(client.connection.sock.recv(65_536))
    assert len(pieces) > 1
    assert b"".join(pieces).startswith(b"HTTP/1.1 204 No Content\r\n")
    assert len(collector.lines()) == 1


def test_silence_is_no_answer_on_an_open_connection(collector: Collector, client: Any) -> None:
    collector.faults.add(Fault.silence())
    client.connection.timeout = 0.2
    with pytest.raises(TimeoutError):
        client.push(LINE)
    assert collector.wait_for(requests=1)
    assert statuses(collector) == [None]
    assert collector.lines() == []


def test_stopping_ends_silence(collector: Collector, client: Any) -> None:
    collector.faults.add(Fault.silence())
    client.connection.request("POST", "/loki/api/v1/push", LINE)
    assert collector.wait_for(requests=1)
    collector.stop()
    with pytest.raises(http.client.RemoteDisconnected):
        client.receive()


@pytest.mark.parametrize("fault", [Fault.delay(60), Fault.trickle(60), Fault.answer(500, delay=60)])
def test_stopping_ends_a_long_fault_and_the_answer_is_on_record_as_lost(
    fault: Fault, collector: Collector, client: Any
) -> None:
    collector.faults.add(fault)
    client.connection.request("POST", "/loki/api/v1/push", LINE)
    assert collector.wait_for(requests=1)
    collector.stop()
    assert statuses(collector) == [None]


def test_a_reset_before_the_body(collector: Collector, client: Any) -> None:
    collector.faults.add(Fault.reset_before_body())
    with pytest.raises(ConnectionError) as caught:
        client.push(LINE)
    assert is_reset(caught.value)
    assert collector.wait_for(requests=1)
    assert [(request.body, request.status) for request in collector.requests()] == [(b"", None)]


def test_a_reset_inside_the_body(collector: Collector, client: Any) -> None:
    collector.faults.add(Fault.reset_in_body(10))
    with pytest.raises(ConnectionError) as caught:
        client.push(LINE)
    assert is_reset(caught.value)
    assert collector.wait_for(requests=1)
    assert [(request.body, request.status) for request in collector.requests()] == [(LINE[:10], None)]


@pytest.mark.parametrize("keep", [False, True])
def test_a_reset_before_the_answer(keep: bool, collector: Collector, client: Any) -> None:
    collector.faults.add(Fault.reset_before_answer(keep=keep))
    with pytest.raises(ConnectionError) as caught:
        client.push(LINE)
    assert is_reset(caught.value)
    assert [(request.body, request.status) for request in collector.requests()] == [(LINE, None)]
    assert len(collector.lines()) == keep


@pytest.mark.parametrize("keep", [False, True])
def test_an_orderly_end_without_an_answer(keep: bool, collector: Collector, client: Any) -> None:
    collector.faults.add(Fault.close(keep=keep))
    with pytest.raises(http.client.RemoteDisconnected):
        client.push(LINE)
    assert statuses(collector) == [None]
    assert len(collector.lines()) == keep


def test_a_half_closed_connection_still_takes_bytes(collector: Collector, client: Any) -> None:
    collector.faults.add(Fault.half_close())
    client.connection.request("POST", "/loki/api/v1/push", LINE)
    connection: socket.socket = client.connection.sock
    assert connection.recv(1) == b""
    for _ in range(3):
        connection.sendall(b"more")
    assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    assert statuses(collector) == [None]


def test_an_answer_lost_and_a_push_sent_again_shows_its_line_once(collector: Collector, client: Any) -> None:
    collector.faults.add(Fault.reset_before_answer(keep=True), times=1)
    with pytest.raises(ConnectionError):
        client.push(LINE)
    client.connection.close()
    assert client.push(LINE).status == 204
    assert (len(collector.all_lines()), len(collector.lines())) == (2, 1)
