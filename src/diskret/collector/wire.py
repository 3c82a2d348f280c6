"""HTTP/1.1 on one connection: heads, bodies, answers; and the ways in which a connection can go wrong."""

import contextlib
import os
import re
import socket
import struct
from http.client import responses

from diskret.collector.records import Answer, Head

__all__ = ["BadRequestError", "CutError", "TooLargeError", "Wire", "encode"]

MAX_HEAD_BYTES = 64 << 10
# What a server reads on after a refusal, so that the client gets to see the answer and not a reset.
_DRAIN_BYTES = 1 << 20
_DRAIN_SECONDS = 1.0
# struct linger: on, for 0 seconds. Windows has it in shorts.
_NO_LINGER = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
_CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]{1,8}")


class BadRequestError(Exception):
    """What came is not HTTP/1.x."""


class CutError(Exception):
    """The client went away inside a body; `body` is what had come."""

    def __init__(self, body: bytes) -> None:
        super().__init__(len(body))
        self.body = body


class TooLargeError(Exception):
    """The body is over the limit."""


class Wire:
    """One connection. OSError passes through: the connection is gone then."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._reader = connection.makefile("rb")

    def read_head(self) -> Head | None:
        """Read the next request up to its blank line; None: the client closed in between."""
        lines: list[bytes] = []
        left = MAX_HEAD_BYTES
        while True:
            line = self._reader.readline(left)
            left -= len(line)
            if not line and not lines:
                return None
            if not line.endswith(b"\n"):
                raise BadRequestError("head cut short or too long")
            if line in (b"\r\n", b"\n"):
                if lines:
                    return _parse_head(b"".join([*lines, line]))
                continue  # RFC 9112, 2.2: ignore an empty line before the request line
            lines.append(line)

    def read_body(self, head: Head, limit: int, stop_after: int | None = None) -> bytes:
        """Read the whole body, or its first `stop_after` bytes."""
        body = bytearray()
        enough = limit + 1 if stop_after is None else stop_after
        if (head.value("expect") or "").lower() == "100-continue":
            self._socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in (head.value("transfer-encoding") or "").lower():
            while len(body) < enough and (size := self._chunk_size(body)):
                self._read_into(body, min(size, enough - len(body)))
                if len(body) < enough:
                    self._reader.readline(MAX_HEAD_BYTES)
        else:
            size = _length(head)
            if stop_after is None and size > limit:
                raise TooLargeError
            self._read_into(body, min(size, enough))
        if stop_after is None and len(body) > limit:
            raise TooLargeError
        return bytes(body)

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(data)

    def reset(self) -> None:
        """Close so that the client gets a reset, not an end: SO_LINGER with 0 seconds discards and sends RST."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.close()

    def end(self) -> None:
        """End the own direction; the client's stays open."""
        self._socket.shutdown(socket.SHUT_WR)

    def drain(self, seconds: float | None = _DRAIN_SECONDS, most: int | None = _DRAIN_BYTES) -> None:
        """Read and forget until the client closes, so many seconds pass without a byte, or `most` bytes came."""
        self._socket.settimeout(seconds)
        with contextlib.suppress(OSError):
            while (most is None or most > 0) and (data := self._reader.read1(65_536)):
                most = None if most is None else most - len(data)

    def close(self) -> None:
        """Close both directions."""
        self._reader.close()
        self._socket.close()

    def _chunk_size(self, body: bytearray) -> int:
        line = self._reader.readline(MAX_HEAD_BYTES)
        if not line.endswith(b"\n"):
            raise CutError(bytes(body))
        text = line.partition(b";")[0].strip()
        if not _CHUNK_SIZE.fullmatch(text):
            raise BadRequestError("chunk without a size")
        size = int(text, 16)
        if size == 0:
            while self._reader.readline(MAX_HEAD_BYTES) not in (b"\r\n", b"\n", b""):
                pass
        return size

    def _read_into(self, body: bytearray, size: int) -> None:
        while size > 0:
            try:
                data = self._reader.read1(min(size, 1 << 20))
            except OSError as error:
                raise CutError(bytes(body)) from error
            if not data:
                raise CutError(bytes(body))
            body += data
            size -= len(data)


def _parse_head(raw: bytes) -> Head:
    first, *rest = [line.removesuffix("\r") for line in raw.decode("latin-1").split("\n")]
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequestError("no request line")
    headers = []
    for line in rest:
        if not line:
            continue
        name, colon, value = line.partition(":")
        if not colon or name != name.strip():
            raise BadRequestError("no header line")
        headers.append((name, value.strip()))
    return Head(words[0], words[1], words[2], tuple(headers), raw)


def _length(head: Head) -> int:
    text = head.value("content-length") or "0"
    if not (text.isascii() and text.isdigit()):
        raise BadRequestError("no content length")
    return int(text)


def encode(answer: Answer, keep_alive: bool) -> bytes:
    """Write an answer as it goes over the wire."""
    lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if answer.status != 204:  # RFC 9110, 8.6: no Content-Length in a 204
        lines.append(f"Content-Length: {len(answer.body)}")
    if not keep_alive:
        lines.append("Connection: close")
    body = b"" if answer.status == 204 else answer.body
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
