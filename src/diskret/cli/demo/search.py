"""Find a value in bytes, however it is written: as it is, percent-encoded, JSON-escaped, base64, hex, in any case."""

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote_to_bytes

__all__ = ["FORMS", "Haystack"]

FORMS = ("plain", "percent-encoded", "JSON-escaped", "base64", "hex")

# One backslash or more: a JSON text that stands within another one has its own escaped.
_ESCAPE = re.compile(rb"\\+u([0-9a-fA-F]{4})")
_PAIR = re.compile(rb"\\+u([dD][89abAB][0-9a-fA-F]{2})\\+u([dD][c-fC-F][0-9a-fA-F]{2})")


class Haystack:
    """Bytes to search, prepared once for many values."""

    def __init__(self, blobs: Iterable[bytes]) -> None:
        self._bytes = b"\n\0\n".join(blobs)
        self._plain = _fold(self._bytes)
        decoded = unquote_to_bytes(self._bytes)
        self._percent = (_fold(decoded), _fold(unquote_to_bytes(self._bytes.replace(b"+", b" "))))
        self._json = _fold(_unescape(self._bytes))

    def find(self, value: str) -> list[str]:
        """Give the forms of `FORMS` in which a value occurs."""
        needle = value.encode()
        folded = _fold(needle)
        found = []
        if folded in self._plain:
            found.append("plain")
        elif any(folded in text for text in self._percent) or any(text in self._plain for text in _quoted(value)):
            found.append("percent-encoded")
        elif folded in self._json:
            found.append("JSON-escaped")
        if any(piece in self._bytes for piece in _base64(needle)):
            found.append("base64")
        if needle.hex().encode() in self._plain:
            found.append("hex")
        return found


def _fold(text: bytes) -> bytes:
    # Letters beyond ASCII have cases too, and "ß" is "SS" in capitals; what is no UTF-8 keeps its bytes.
    return text.decode("utf-8", "surrogateescape").casefold().encode("utf-8", "surrogateescape")


def _quoted(value: str) -> list[bytes]:
    # Beside decoding, since a stray "%" in front takes the first two characters with it when it is decoded.
    return [_fold(write(value, safe="").encode()) for write in (quote, quote_plus)]


def _unescape(text: bytes) -> bytes:
    def pair(match: re.Match[bytes]) -> bytes:
        high, low = int(match[1], 16), int(match[2], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).encode()

    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)).encode("utf-8", "replace"), _PAIR.sub(pair, text))


def _base64(needle: bytes) -> list[bytes]:
    """Give what the value looks like at each of the three alignments, without the characters that neighbours share."""
    pieces = []
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + needle)
        first = (0, 2, 3)[before]
        last = len(encoded) - (0, 3, 2)[(before + len(needle)) % 3]
        pieces.append(encoded[first:last])
    return [variant for piece in pieces for variant in (piece, piece.replace(b"+", b"-").replace(b"/", b"_"))]
