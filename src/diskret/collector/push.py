"""Loki's JSON push, parsed strictly: one thing out of shape and nothing of the push counts."""

import json
import re
from typing import NamedTuple

__all__ = ["Pushed", "PushedEntry", "RefusedError", "parse_push"]

_INTEGER = re.compile(r"[+-]?[0-9]+")
_INT64 = range(-(1 << 63), 1 << 63)


class RefusedError(Exception):
    """The whole push is refused with this status and text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text


class PushedEntry(NamedTuple):
    """An entry, with the sizes (UTF-8) that the limits are about."""

    time_ns: int
    line: str
    metadata: dict[str, str]
    line_bytes: int
    metadata_bytes: int


class Pushed(NamedTuple):
    """A stream of a push: its labels in order, those without a value left out."""

    labels: dict[str, str]
    entries: list[PushedEntry]


def parse_push(body: bytes) -> list[Pushed]:
    """Give the streams of `{"streams": [{"stream": {…}, "values": [["ns", "line", {…}], …]}]}`."""
    if not body.strip():
        raise RefusedError(400, "EOF")
    try:
        push = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, f"malformed JSON: {error}") from error
    if not isinstance(push, dict):
        raise RefusedError(400, "malformed push: not an object")
    streams = push.get("streams")
    if not streams and isinstance(streams, list | None):
        raise RefusedError(422, "error at least one valid stream is required for ingestion")
    if not isinstance(streams, list):
        raise RefusedError(400, "malformed push: 'streams' is not a list")
    return [_stream(stream) for stream in streams]


def _stream(stream: object) -> Pushed:
    if not isinstance(stream, dict):
        raise RefusedError(400, "malformed push: a stream is not an object")
    labels, _ = _pairs(stream.get("stream", {}))
    values = stream.get("values", [])
    if not isinstance(values, list):
        raise RefusedError(400, "malformed push: 'values' is not a list")
    # Loki drops labels without a value, and a stream is the same whatever the order of its labels.
    return Pushed({name: labels[name] for name in sorted(labels) if labels[name]}, [_entry(value) for value in values])


def _entry(value: object) -> PushedEntry:
    if not isinstance(value, list) or len(value) not in (2, 3):
        raise RefusedError(400, "malformed push: an entry is not [time, line] or [time, line, metadata]")
    time, line = value[0], value[1]
    if not isinstance(time, str) or not _INTEGER.fullmatch(time) or len(time) > 20 or int(time) not in _INT64:
        raise RefusedError(400, "malformed push: a time is not a string of nanoseconds")
    if not isinstance(line, str):
        raise RefusedError(400, "malformed push: a line is not a string")
    metadata, metadata_bytes = _pairs(value[2]) if len(value) == 3 else ({}, 0)
    return PushedEntry(int(time), line, metadata, _size(line), metadata_bytes)


def _pairs(value: object) -> tuple[dict[str, str], int]:
    if not isinstance(value, dict):
        raise RefusedError(400, "malformed push: labels or metadata are not an object")
    size = 0
    for name, text in value.items():
        if not isinstance(text, str):
            raise RefusedError(400, f"malformed push: the value of {name!r} is not a string")
        size += _size(name) + _size(text)
    return value, size


def _size(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        raise RefusedError(400, "malformed JSON: lone surrogate") from error


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
