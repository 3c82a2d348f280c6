"""Name the place where a value left: which part of a Sentry event, which part of a Loki push."""

import json
import re
from collections.abc import Iterator

from diskret.cli.demo.search import Haystack
from diskret.collector import Collector

__all__ = ["Places"]

# The first that fits the path of a string within a Sentry item names its place.
_SENTRY = (
    (r"\.vars\b", "local variables"),
    (r"^exception\.values\.value$", "exception message"),
    (r"\.(abs_path|filename)$", "stack paths"),
    (r"\.(pre_context|context_line|post_context)$", "source lines"),
    (r"^extra\.sys\.argv", "argv"),
    (r"^extra\b", "extra fields"),
    (r"^breadcrumbs.*\.data\b", "HTTP breadcrumbs"),
    (r"^breadcrumbs\b", "breadcrumbs"),
    (r"^server_name$", "server name"),
    (r"^user\b", "user"),
    (r"^(logentry|message)\b", "log message"),
)


class Places:
    """The places of one run: everything that a collector received, in pieces that have a name."""

    def __init__(self, collector: Collector) -> None:
        pieces: dict[str, list[bytes]] = {}
        for item in collector.items():
            for path, text in _strings(_json(item.payload)):
                place = next((name for pattern, name in _SENTRY if re.search(pattern, path)), path)
                pieces.setdefault(f"Sentry: {place}", []).append(text.encode("utf-8", "replace"))
        for line in collector.all_lines():
            pieces.setdefault("Loki: line", []).append(line.line.encode("utf-8", "replace"))
            pieces.setdefault("Loki: metadata", []).append(json.dumps([line.labels, line.metadata]).encode())
        self._named = {name: Haystack(blobs) for name, blobs in pieces.items()}
        # What decides is the bytes as they came, with headers, before and after decompression.
        self._all = Haystack(blob for r in collector.requests() for blob in (r.head, r.body, r.decoded))

    def of(self, value: str) -> list[str]:
        """Give the places where a value left; "bytes" and the form where no part of a payload shows it."""
        forms = self._all.find(value)
        named = [name for name, haystack in self._named.items() if haystack.find(value)]
        return named or [f"bytes ({form})" for form in forms]


def _json(payload: bytes) -> object:
    try:
        return json.loads(payload)
    except ValueError:
        return payload.decode("utf-8", "replace")


def _strings(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Give each string, and each key, with the path of keys that leads to it (positions in lists left out)."""
    if isinstance(value, dict):
        for key, inner in value.items():
            below = f"{path}.{key}" if path else key
            yield below, key
            yield from _strings(inner, below)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner, path)
    else:
        yield path, str(value)
