"""Loki: reports become entries, entries become pushes of one stream each.

One stream a push, since Loki answers with the error of the last stream only: 204 can hide the loss of an earlier
one. Labels are few and shared by the whole fleet; what tells entries apart is structured metadata.
"""

import base64
import gzip
import json
import logging
from typing import NamedTuple

from diskret.model.records import LogBody, Report
from diskret.model.settings import Settings
from diskret.ship.line import LineWriter
from diskret.ship.outbox import Item
from diskret.ship.plan import Answer, Unreachable, Verdict, judge_loki
from diskret.ship.request import Request

__all__ = ["LokiSink", "delivery_of"]

# Loki refuses what is over an hour behind the newest entry of its stream.
LATE_NS = 30 * 60 * 1_000_000_000
# reject_old_samples_max_age is a week; an hour of it is kept for clocks that differ.
TOO_OLD_NS = (7 * 24 - 1) * 3_600 * 1_000_000_000
_HOUR_NS = 3_600 * 1_000_000_000
# 1970-01-01 was a Thursday; the week of `delivery` begins on Monday, 00:00 UTC.
_MONDAY_OFFSET_HOURS = 3 * 24


class Entry(NamedTuple):
    """One line as it stands in a push: `[timestamp, line, metadata]` in JSON."""

    time_ns: int
    json: str


class LokiSink:
    """Write pushes. Timestamps are made strictly increasing, else twins of masked lines would collapse into one."""

    # An agent's usual batch; far below the 4 MiB (decoded) over which Loki answers 500.
    max_batch_bytes = 1_000_000
    max_batch_items = 5_000
    linger = 1.0  # seconds

    def __init__(self, url: str, settings: Settings, formatter: logging.Formatter | None = None) -> None:
        self._url = url
        self._labels = {"app": settings.app, "environment": settings.environment}
        self._headers = _headers(settings)
        self._writer = LineWriter(formatter)
        self._newest_ns = 0
        self._number = 0

    def encode(self, report: Report) -> Item:
        """Make the entry of a log report. Its time, line and metadata never change again, however often it is sent."""
        body = report.body
        if not isinstance(body, LogBody):
            raise TypeError("Loki takes log reports alone")
        self._newest_ns = max(self._newest_ns + 1, report.captured_ns)
        self._number += 1
        metadata = {"level": body.level, **dict(report.metadata), "seq": str(self._number)}
        line = self._writer.write(body)
        text = json.dumps([str(self._newest_ns), line, metadata], ensure_ascii=False)
        return Item(report.purpose, report.epoch, Entry(self._newest_ns, text), len(text.encode()) + 1)

    def key(self, item: Item, now_ns: int) -> str | None:
        """Give the stream that an item belongs to when it is sent now; None: it is too old for Loki."""
        assert isinstance(item.payload, Entry)  # encode() made it
        if now_ns - item.payload.time_ns > TOO_OLD_NS:
            return None
        return delivery_of(item.payload.time_ns, now_ns)

    def request(self, items: list[Item], key: str) -> Request:
        """Make the push of these items, all of the stream `key`."""
        stream = json.dumps({**self._labels, "delivery": key})
        values = ",".join([item.payload.json for item in items if isinstance(item.payload, Entry)])
        body = f'{{"streams":[{{"stream":{stream},"values":[{values}]}}]}}'.encode()
        return Request(self._url, self._headers, gzip.compress(body, compresslevel=6, mtime=0))

    def judge(self, answer: Answer | Unreachable, now: float) -> Verdict:
        """Say what the answer to a push means."""
        return judge_loki(answer, now)


def delivery_of(time_ns: int, now_ns: int) -> str:
    """Give the label `delivery`: `live`, or, over 30 minutes late, the UTC hour of the week (`r000` … `r167`)."""
    if now_ns - time_ns <= LATE_NS:
        return "live"
    return f"r{(time_ns // _HOUR_NS + _MONDAY_OFFSET_HOURS) % 168:03d}"


def _headers(settings: Settings) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    if settings.loki_tenant:
        headers["X-Scope-OrgID"] = settings.loki_tenant
    if settings.loki_token:
        headers["Authorization"] = f"Bearer {settings.loki_token}"
    elif settings.loki_user:
        pair = f"{settings.loki_user}:{settings.loki_password}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    return headers
