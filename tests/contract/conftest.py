"""Fixtures for contract tests: a collector on a clock that stands still, and a plain HTTP client."""

import http.client
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import pytest

from diskret.collector import Collector

# 2026-01-01T00:00:00Z
NOW_NS = 1_767_225_600_000_000_000


class Clock:
    """Time in nanoseconds; it passes when it is told to."""

    def __init__(self) -> None:
        self.now_ns = NOW_NS

    def __call__(self) -> int:
        return self.now_ns

    def advance(self, seconds: float) -> None:
        self.now_ns += int(seconds * 1e9)


class Reply(NamedTuple):
    status: int
    text: str
    headers: dict[str, str]


class Client:
    """One connection, kept alive. `http.client` alone, so that nothing of the package is on this side."""

    def __init__(self, collector: Collector) -> None:
        host, port = collector.url.removeprefix("http://").split(":")
        self.connection = http.client.HTTPConnection(host, int(port), timeout=5)

    def send(
        self, method: str, path: str, body: bytes | Iterable[bytes] = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        self.connection.request(method, path, body, headers or {})
        return self.receive()

    def receive(self) -> Reply:
        response = self.connection.getresponse()
        text = response.read().decode()
        return Reply(response.status, text, {name.lower(): value for name, value in response.getheaders()})

    def push(self, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        return self.send(
            "POST", "/loki/api/v1/push", body, {"Content-Type": "application/json"} if headers is None else headers
        )

    def push_line(self, line: str, time_ns: int = NOW_NS, **labels: str) -> Reply:
        stream = {"stream": labels or {"app": "x"}, "values": [[str(time_ns), line]]}
        return self.push(json.dumps({"streams": [stream]}).encode())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def collector(clock: Clock) -> Iterator[Collector]:
    with Collector(clock_ns=clock) as running:
        yield running


@pytest.fixture
def client(collector: Collector) -> Iterator[Client]:
    made = Client(collector)
    yield made
    made.connection.close()
