"""How Loki words its errors, and writes streams and times into them."""

import json
from datetime import UTC, datetime, timedelta

from diskret.collector.records import Answer

__all__ = ["moment", "refuse", "selector"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = (("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff"))


def selector(labels: dict[str, str]) -> str:
    """Write labels as `{app="x", environment="y"}`."""
    pairs = (f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in labels.items())
    return "{" + ", ".join(pairs) + "}"


def moment(time_ns: int) -> str:
    """Write a time (nanoseconds, any int64) as RFC 3339 in UTC, to the second."""
    return (_EPOCH + timedelta(seconds=time_ns // 1_000_000_000)).strftime("%Y-%m-%dT%H:%M:%SZ")


def refuse(status: int, text: str) -> Answer:
    """Make an error answer: plain text that ends in a newline, never with Retry-After."""
    return Answer(status, text.encode() + b"\n", _TEXT)
