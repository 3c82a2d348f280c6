"""The collector as a server: connections, bodies, records, waiting, stopping and starting again."""

import gzip
import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from diskret.collector import Collector, LokiLimits

NOW = 1_767_225_600_000_000_000  # the clock of the fixture
LINE = json.dumps({"streams": [{"stream": {"app": "x"}, "values": [[str(NOW), "line"]]}]}).encode()
PUSH = "/loki/api/v1/push"
JSON = {"Content-Type": "application/json"}


def connect(collector: Collector) -> socket.socket:
    host, port = collector.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=5)


def test_a_connection_serves_many_requests(client: Any, collector: Collector) -> None:
    client.push_line("one")
    first = client.connection.sock
    client.push_line("two")
    assert client.connection.sock is first
    assert [line.line for line in collector.all_lines()] == ["one", "two"]


def test_two_requests_in_one_packet_get_two_answers(collector: Collector) -> None:
    request = b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with connect(collector) as connection, connection.makefile("rb") as reader:
        connection.sendall(request + last)
        assert reader.read().count(b"200 OK") == 2


def test_a_chunked_body_is_read(client: Any, collector: Collector) -> None:
    reply = client.send("POST", PUSH, iter([LINE[:5], LINE[5:]]), JSON)
    assert reply.status == 204
    [request] = collector.requests()
    assert request.body == LINE
    assert ("Transfer-Encoding", "chunked") in request.headers


def test_a_chunked_body_leaves_the_connection_usable(client: Any) -> None:
    client.send("POST", PUSH, iter([LINE]), JSON)
    assert client.push_line("next").status == 204


def test_a_client_that_asks_whether_to_go_on_is_told_so(collector: Collector) -> None:
    head = f"POST {PUSH} HTTP/1.1\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
    with connect(collector) as connection, connection.makefile("rb") as reader:
        connection.sendall(f"{head}Content-Length: {len(LINE)}\r\n\r\n".encode())
        assert reader.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert reader.readline() == b"\r\n"
        connection.sendall(LINE)
        assert reader.readline() == b"HTTP/1.1 204 No Content\r\n"


def test_a_request_is_on_record_as_it_came(collector: Collector) -> None:
    body = gzip.compress(LINE)
    head = (
        f"POST {PUSH}?a=1 HTTP/1.1\r\nhost:x\r\nX-Twice: 1\r\nx-twice: 2\r\nContent-Type: application/json\r\n"
        f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode()
    with connect(collector) as connection, connection.makefile("rb") as reader:
        connection.sendall(head + body)
        reader.read()
    [request] = collector.requests()
    assert (request.id, request.received_ns, request.method, request.status) == (1, NOW, "POST", 204)
    assert (request.path, request.head, request.body, request.decoded) == (f"{PUSH}?a=1", head, body, LINE)
    assert request.headers[:3] == (("host", "x"), ("X-Twice", "1"), ("x-twice", "2"))


def test_a_body_that_cannot_be_decoded_is_on_record_as_it_came(client: Any, collector: Collector) -> None:
    client.push(b"no gzip", {**JSON, "Content-Encoding": "gzip"})
    assert collector.requests()[0].decoded == b"no gzip"


def test_an_unknown_path_is_refused_and_on_record(client: Any, collector: Collector) -> None:
    assert client.send("POST", "/api/v2/write", b"x").status == 404
    assert [(r.path, r.body, r.status) for r in collector.requests()] == [("/api/v2/write", b"x", 404)]


def test_requests_after_a_number_are_given_alone(client: Any, collector: Collector) -> None:
    client.push_line("one")
    client.push_line("two")
    assert [request.id for request in collector.requests(after=1)] == [2]


def test_what_is_not_http_is_refused(collector: Collector) -> None:
    with connect(collector) as connection, connection.makefile("rb") as reader:
        connection.sendall(b"\x16\x03\x01 TLS\r\n\r\n")
        assert reader.readline() == b"HTTP/1.1 400 Bad Request\r\n"


@pytest.mark.parametrize("size", [b"-5", b"0x5", b"", b"x"])
def test_a_chunk_without_a_proper_size_is_refused(size: bytes, collector: Collector) -> None:
    with connect(collector) as connection, connection.makefile("rb") as reader:
        connection.sendall(f"POST {PUSH} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + size + b"\r\n")
        assert reader.readline() == b"HTTP/1.1 400 Bad Request\r\n"


def test_a_chunked_body_over_the_limit_is_refused(client: Any, collector: Collector) -> None:
    collector.limits = LokiLimits(max_body_bytes=len(LINE) - 1)
    assert client.send("POST", PUSH, iter([LINE[:9], LINE[9:]]), JSON).status == 413


def test_a_request_cut_by_the_client_is_on_record_and_stores_nothing(collector: Collector) -> None:
    head = f"POST {PUSH} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {len(LINE) + 1}\r\n\r\n"
    with connect(collector) as connection:
        connection.sendall(head.encode() + LINE)
    assert collector.wait_for(requests=1)
    assert [(request.body, request.status) for request in collector.requests()] == [(LINE, None)]
    assert collector.lines() == []


def test_many_clients_at_once_lose_nothing(collector: Collector, client: Any) -> None:
    def send(number: int) -> None:
        mine = type(client)(collector)
        for index in range(25):
            assert mine.push_line(f"{number} {index}").status == 204
        mine.connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({line.line for line in collector.lines()}) == 200
    assert [request.id for request in collector.requests()] == list(range(1, 201))


def test_waiting_ends_when_what_is_waited_for_arrives(collector: Collector, client: Any) -> None:
    sender = threading.Thread(target=client.push_line, args=("line",))
    sender.start()
    assert collector.wait_for(lines=1, requests=1)
    sender.join()


def test_waiting_counts_a_line_that_came_twice_once(collector: Collector, client: Any) -> None:
    client.push_line("same")
    client.push_line("same")
    assert not collector.wait_for(lines=2, timeout=0)
    assert collector.wait_for(requests=2, timeout=0)


def test_stopping_cuts_idle_connections_and_frees_the_port(clock: Any, client: Any, collector: Collector) -> None:
    client.push_line("line")
    collector.stop()
    assert client.connection.sock.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        connect(collector)


def test_what_was_received_can_be_read_after_stopping(client: Any, collector: Collector) -> None:
    client.push_line("line")
    collector.stop()
    assert [line.line for line in collector.lines()] == ["line"]
    assert [line.line for line in collector.lines()] == ["line"]


def test_started_again_it_has_the_same_address_and_data(client: Any, collector: Collector) -> None:
    client.push_line("one")
    before = collector.loki_url, collector.sentry_dsn
    collector.stop()
    client.connection.close()
    collector.start()
    assert (collector.loki_url, collector.sentry_dsn) == before
    assert client.push_line("two").status == 204
    assert collector.wait_for(lines=2, requests=2, timeout=0)
    assert [line.line for line in collector.all_lines()] == ["one", "two"]


def test_a_database_outlives_its_collector(tmp_path: Path, clock: Any, client: Any) -> None:
    database = tmp_path / "received.sqlite"
    with Collector(database=database, clock_ns=clock) as first:
        mine = type(client)(first)
        mine.push_line("one")
        mine.connection.close()
    with Collector(database=database, clock_ns=clock) as second:
        assert [line.line for line in second.lines()] == ["one"]
        # The newest entry of a stream outlives a restart, as it does with Loki.
        mine = type(client)(second)
        assert mine.push_line("late", NOW - 2 * 3_600 * 10**9).status == 400
        mine.connection.close()
    assert [path.name for path in tmp_path.iterdir()] == ["received.sqlite"]


def test_stopping_leaves_no_thread(clock: Any, client: Any) -> None:
    before = set(threading.enumerate())
    with Collector(clock_ns=clock) as collector:
        mine = type(client)(collector)
        mine.push_line("line")
    mine.connection.close()
    assert set(threading.enumerate()) <= before


def test_a_port_that_is_taken_is_an_error(collector: Collector) -> None:
    with pytest.raises(OSError, match="in use"):
        Collector(port=int(collector.url.rsplit(":", 1)[1])).start()
