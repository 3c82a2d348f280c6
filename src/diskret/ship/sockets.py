"""The sockets of requests under way, so that a withdrawal can cut them all: nothing is written to one afterwards.

Closing a client alone lets what its sockets hold go on to a slow reader. A socket that is reset (SO_LINGER 0, RFC 9293,
3.10.4: abort) drops what waits in it. A request that has no socket yet finds, as soon as it has one and again before it
writes its first byte, that its time is over.
"""

import socket
import struct
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

__all__ = ["Sockets"]

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_CONNECTED = ("connect_tcp.complete", "start_tls.complete")


class CutOffError(OSError):
    """The request was begun before a withdrawal, and may not go on."""


class Sockets:
    """Watch the connections of an httpcore client through its trace extension. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._generation = 0
        self._deadline = 0.0
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()

    def begin(self, deadline: float) -> Callable[[str, dict[str, Any]], None]:
        """Give the trace function of a request that begins now; it raises OSError in it once `cut` was called.

        `deadline` (monotonic) is for the whole answer: a server that sends a byte now and then would hold the thread
        for ever, since timeouts of httpx are for each read.
        """
        with self._lock:
            generation = self._generation
            self._deadline = deadline

        def trace(event: str, info: dict[str, Any]) -> None:
            if event.endswith(_CONNECTED):
                stream = info["return_value"]
                stream.read = self._bounded(stream.read)
                connection = stream.get_extra_info("socket")
            elif event.endswith("send_request_headers.started"):
                connection = None
            else:
                return
            with self._lock:
                if generation != self._generation:
                    if connection is not None:
                        _reset(connection)
                    raise CutOffError("cut off by a withdrawal")
                if connection is not None:
                    self._open.add(connection)

        return trace

    def _bounded(self, read: Callable[..., bytes]) -> Callable[..., bytes]:
        def bounded(max_bytes: int, timeout: float | None = None) -> bytes:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer took too long")
            return read(max_bytes, left if timeout is None else min(timeout, left))

        return bounded

    def cut(self) -> None:
        """Reset every connection, and stop every request that has none yet."""
        with self._lock:
            self._generation += 1
            for connection in list(self._open):
                _reset(connection)
            self._open.clear()


def _reset(connection: socket.socket) -> None:
    """Abort a connection. By a duplicate: its own thread closes the socket, and with TLS it is not plain."""
    try:
        duplicate = socket.fromfd(connection.fileno(), connection.family, connection.type)
    except OSError:
        return  # closed already
    with duplicate:
        try:
            duplicate.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            if not _disconnect(duplicate.fileno()):
                duplicate.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the other side was quicker


def _disconnect(descriptor: int) -> bool:
    """Reset a connection at once, also while another thread waits in a write to it; False: this system cannot.

    connect(2) of Linux: "dissolve the association by connecting to an address with sa_family set to AF_UNSPEC". A
    shutdown instead goes on sending what the socket holds, until its own thread has got round to closing it.
    """
    if not sys.platform.startswith("linux"):
        return False
    import ctypes  # for the rare withdrawal alone

    return int(ctypes.CDLL(None).connect(descriptor, bytes(16), 16)) == 0
