"""A withdrawal is final the moment it returns: counted in bytes at a receiver that reads slowly."""

import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator

import pytest

import diskret

# What the kernels on both sides already held may still arrive; diskret itself writes nothing more.
ALREADY_HELD = 16 << 10
log = logging.getLogger("withdrawal")
log.addHandler(logging.NullHandler())


class SlowReader:
    """Accepts connections, reads when it is told to, and knows how each ended."""

    def __init__(self) -> None:
        self._server = socket.socket()
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._server.bind(("127.0.0.1", 0))
        self._server.listen()
        self.connections: list[socket.socket] = []
        self._arrived = threading.Event()
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections.append(connection)
            self._arrived.set()

    def wait_for_bytes(self) -> None:
        assert self._arrived.wait(10)
        assert self.connections[0].recv(100)

    def rest(self) -> int:
        """Read what still comes, until the connection ends; give its size."""
        number = 0
        for connection in self.connections:
            connection.settimeout(10)
            try:
                while chunk := connection.recv(1 << 16):
                    number += len(chunk)
            except ConnectionResetError:
                pass
        return number

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()
        for connection in self.connections:
            connection.close()


@pytest.fixture
def reader() -> Iterator[SlowReader]:
    reader = SlowReader()
    yield reader
    reader.close()


def test_a_push_under_way_is_cut(reader: SlowReader) -> None:
    diskret.init(app="a", release="1", loki_url=reader.url, consent=None)
    diskret.consent.grant()
    for _ in range(1_800):
        log.warning("filler %s", diskret.safe(os.urandom(250).hex()))  # does not compress: about 450 KB on the wire
    assert not diskret.flush(1.0)
    reader.wait_for_bytes()
    diskret.consent.withdraw()
    assert reader.rest() <= ALREADY_HELD
    assert len(reader.connections) == 1


def test_after_a_close_nothing_is_under_way_either(reader: SlowReader) -> None:
    diskret.init(app="a", release="1", loki_url=reader.url)
    diskret.consent.grant()
    for _ in range(1_800):
        log.warning("filler %s", diskret.safe(os.urandom(250).hex()))
    assert not diskret.flush(1.0)
    reader.wait_for_bytes()
    diskret.close(timeout=0)
    assert reader.rest() <= ALREADY_HELD


def test_a_request_that_races_with_a_withdrawal_writes_nothing_after_it(reader: SlowReader) -> None:
    diskret.init(app="a", release="1", loki_url=reader.url)
    for round_number in range(30):
        diskret.consent.grant()
        log.warning("line")
        flushing = threading.Thread(target=diskret.flush, args=(0.2,))
        flushing.start()
        time.sleep(round_number * 0.0005)  # a different moment each round; no outcome depends on which
        diskret.consent.withdraw()
        returned_with = len(reader.connections)
        flushing.join()
        for connection in reader.connections[returned_with:]:
            connection.settimeout(5)
            # A connection may still be opened by a request that was under way; it ends before its first byte.
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b""
    assert diskret.stats().balanced()
