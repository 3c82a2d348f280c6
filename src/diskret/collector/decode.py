"""Undo Content-Encoding; what cannot be undone is an error with the words that Loki uses."""

import importlib
import importlib.util
import zlib

__all__ = ["CannotDecodeError", "decode"]

# A gzip bomb must not take the machine of whoever runs the tests.
MAX_DECODED_BYTES = 512 << 20
_GZIP = 16 + zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS


class CannotDecodeError(ValueError):
    """The body is not what Content-Encoding says, or the encoding is not known. The text is Loki's."""


def decode(body: bytes, encoding: str | None, *, brotli: bool = False) -> bytes:
    """Give the body without its encoding: none, gzip, raw deflate, and `br` where asked for and installed.

    The names are compared as Loki does: exactly. `identity` is not among them.
    """
    match encoding:
        case None | "":
            return body
        case "gzip":
            return _gunzip(body)
        case "deflate":
            return _inflate(body)
        case "br" if brotli and importlib.util.find_spec("brotli"):
            return _unbrotli(body)
        case _:
            raise CannotDecodeError(f'Content-Encoding "{encoding}" not supported')


def _gunzip(body: bytes) -> bytes:
    if not body:
        raise CannotDecodeError("EOF")
    parts: list[bytes] = []
    room = MAX_DECODED_BYTES
    # A gzip file may hold several members, one after the other.
    while body:
        part, body = _member(body, _GZIP, room, "gzip: invalid header")
        room -= len(part)
        parts.append(part)
    return b"".join(parts)


def _inflate(body: bytes) -> bytes:
    # A zlib wrapper reads as broken deflate; Loki's answer to it is the bare word below.
    return _member(body, _RAW, MAX_DECODED_BYTES, "EOF")[0]


def _member(body: bytes, window: int, room: int, complaint: str) -> tuple[bytes, bytes]:
    decoder = zlib.decompressobj(window)
    try:
        part = decoder.decompress(body, room)
    except zlib.error as error:
        raise CannotDecodeError(complaint) from error
    if not decoder.eof:
        raise CannotDecodeError("too large after decoding" if decoder.unconsumed_tail else "unexpected EOF")
    return part, decoder.unused_data


def _unbrotli(body: bytes) -> bytes:
    module = importlib.import_module("brotli")
    try:
        return bytes(module.decompress(body))
    except module.error as error:
        raise CannotDecodeError("br: corrupt input") from error
