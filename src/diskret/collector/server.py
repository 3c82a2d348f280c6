"""The listening socket and a thread a connection: read a request, let the desk decide, play the fault, answer."""

import contextlib
import os
import socket
import socketserver
import threading
from typing import Protocol

from diskret.collector.faults import Fault, Kind
from diskret.collector.records import Answer, Head
from diskret.collector.wire import BadRequestError, CutError, TooLargeError, Wire, encode

__all__ = ["Desk", "Server"]

_JOIN_SECONDS = 5.0


class Desk(Protocol):
    """Who decides. Called from many threads."""

    def fault(self, head: Head) -> Fault | None:
        """Give what shall go wrong with this request."""

    def limit(self, head: Head) -> int:
        """Give how many bytes a body may have."""

    def receive(self, head: Head, body: bytes, fault: Fault | None) -> tuple[int, Answer]:
        """Judge, store and record a request; give its number and what to answer."""

    def too_large(self, head: Head) -> tuple[int, Answer]:
        """Record a request whose body was not read."""

    def cut(self, head: Head, body: bytes) -> int:
        """Record a request that was cut inside its body; give its number."""

    def lost(self, number: int) -> None:
        """Note that the answer to a recorded request could not be delivered."""


class Server(socketserver.TCPServer):
    """Listen from the moment it is made, accept from `start` on, until `stop`."""

    request_queue_size = 128
    # Elsewhere it frees a port of a server just stopped; on Windows it would let two servers share one.
    allow_reuse_address = os.name != "nt"

    def __init__(self, address: tuple[str, int], desk: Desk) -> None:
        self._desk = desk
        self._stopping = threading.Event()
        self._accepting = threading.Thread(target=self._accept, name="diskret-collector", daemon=True)
        # Written by the accepting thread alone; read by `stop` once that has ended.
        self._connections: dict[threading.Thread, socket.socket] = {}
        super().__init__(address, socketserver.BaseRequestHandler)

    def start(self) -> None:
        """Accept connections in a thread."""
        self._accepting.start()

    def stop(self) -> None:
        """Close the port and every connection, and wait for their threads."""
        self._stopping.set()
        if self._accepting.is_alive():
            host, port = self.socket.getsockname()
            # The thread waits for a connection: give it one. Where that fails, it has others to wake it.
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1" if host == "0.0.0.0" else host, port), timeout=1).close()  # noqa: S104
            self._accepting.join()
        self.server_close()
        for connection in self._connections.values():
            # It wakes a thread that waits for the next request; a closed socket has nobody to wake.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._connections:
            thread.join(_JOIN_SECONDS)

    def process_request(self, request: object, client_address: object) -> None:
        """Serve a connection in a thread of its own."""
        assert isinstance(request, socket.socket)  # a TCP server
        if self._stopping.is_set():
            request.close()
            return
        thread = threading.Thread(target=self._serve, args=(request,), name="diskret-collector-connection", daemon=True)
        self._connections = {known: its for known, its in self._connections.items() if known.is_alive()}
        self._connections[thread] = request
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            self.handle_request()

    def _serve(self, connection: socket.socket) -> None:
        wire = Wire(connection)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while not self._stopping.is_set() and self._exchange(wire):
                pass
        except OSError:
            pass  # the client is gone, or this server is stopping: there is nobody to tell
        finally:
            wire.close()

    def _exchange(self, wire: Wire) -> bool:
        """Serve one request; say whether another may follow on this connection."""
        try:
            head = wire.read_head()
        except BadRequestError as error:
            return _refuse(wire, Answer(400, f"{error}\n".encode()))
        if head is None:
            return False
        fault = self._desk.fault(head)
        try:
            if fault is not None and fault.kind in (Kind.RESET_BEFORE_BODY, Kind.RESET_IN_BODY):
                return self._reset_early(wire, head, fault)
            body = wire.read_body(head, self._desk.limit(head))
        except BadRequestError as error:
            return _refuse(wire, Answer(400, f"{error}\n".encode()))
        except TooLargeError:
            return _refuse(wire, self._desk.too_large(head)[1])
        except CutError as cut:
            self._desk.cut(head, cut.body)
            return False
        number, answer = self._desk.receive(head, body, fault)
        try:
            return self._answer(wire, answer, fault, _keeps_alive(head))
        except OSError:
            self._desk.lost(number)
            raise

    def _reset_early(self, wire: Wire, head: Head, fault: Fault) -> bool:
        body = wire.read_body(head, fault.after_bytes, fault.after_bytes)
        # Before it is recorded: who waits for the record may rely on the reset.
        wire.reset()
        self._desk.cut(head, body)
        return False

    def _answer(self, wire: Wire, answer: Answer, fault: Fault | None, keep_alive: bool) -> bool:
        match fault.kind if fault else None:
            case Kind.RESET_BEFORE_ANSWER:
                wire.reset()
                return False
            case Kind.CLOSE:
                return False
            case Kind.HALF_CLOSE:
                wire.end()
                wire.drain(None, None)
                return False
            case Kind.SILENCE:
                wire.drain(None, None)
                return False
            case Kind.TRICKLE:
                data = encode(answer, keep_alive)
                for index in range(len(data)):
                    self._pause(fault)
                    wire.send(data[index : index + 1])
                return keep_alive
            case _:
                self._pause(fault)
                wire.send(encode(answer, keep_alive))
                return keep_alive

    def _pause(self, fault: Fault | None) -> None:
        if fault and self._stopping.wait(fault.seconds):
            raise ConnectionAbortedError("the collector is stopping")


def _refuse(wire: Wire, answer: Answer) -> bool:
    """Answer without having read the body, and let the client finish enough of it to see the answer."""
    wire.send(encode(answer, keep_alive=False))
    wire.end()
    wire.drain()
    return False


def _keeps_alive(head: Head) -> bool:
    wish = (head.value("connection") or "").lower()
    return wish != "close" if head.version == "HTTP/1.1" else wish == "keep-alive"
