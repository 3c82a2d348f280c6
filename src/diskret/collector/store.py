"""What was received, in SQLite: one transaction a request, one connection behind one lock."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from diskret.collector.records import Entry, Head, Item, Line, Outcome, Request

__all__ = ["Counts", "Store"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY, received_ns INTEGER, method TEXT, path TEXT, headers TEXT, head BLOB, body BLOB,
    decoded BLOB, status INTEGER);
CREATE TABLE IF NOT EXISTS lines (
    key BLOB PRIMARY KEY, time_ns INTEGER, labels TEXT, line TEXT, metadata TEXT, request_id INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS arrivals (id INTEGER PRIMARY KEY, key BLOB, request_id INTEGER);
CREATE TABLE IF NOT EXISTS items (
    id INTEGER PRIMARY KEY, type TEXT, headers TEXT, payload BLOB, request_id INTEGER, kept INTEGER, event_id TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS kept_events ON items (event_id) WHERE kept;
"""

_COUNT = "SELECT (SELECT count(*) FROM requests), (SELECT count(*) FROM lines), (SELECT count(*) FROM items WHERE kept)"


class Counts(NamedTuple):
    """How much is stored, after deduplication."""

    requests: int
    lines: int
    events: int


class Store:
    """A file, or (None) memory. What was in memory can still be read after `close`."""

    def __init__(self, path: str | Path | None) -> None:
        self._path = ":memory:" if path is None else str(path)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._image: bytes | None = None
        self.counts = Counts(0, 0, 0)

    def open(self) -> None:
        """Open or create the database; what an earlier run left in it counts."""
        with self._lock:
            if self._connection is None:
                self._connection = self._connect()
                self._image = None
                self.counts = Counts(*self._connection.execute(_COUNT).fetchone())

    def close(self) -> None:
        """Close the connection, after which no file of the database is open."""
        with self._lock:
            if self._connection is None:
                return
            if self._path == ":memory:":
                self._image = self._connection.serialize()
            self._connection.close()
            self._connection = None

    def put(
        self, received_ns: int, head: Head, body: bytes, decoded: bytes, status: int | None, outcome: Outcome
    ) -> int:
        """Store a request with what came of it, and give its number."""
        with self._lock, self._using() as connection, connection:
            values = [received_ns, head.method, head.target, json.dumps(head.headers), head.raw, body]
            cursor = connection.execute(
                "INSERT INTO requests (received_ns, method, path, headers, head, body, decoded, status) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [*values, None if decoded == body else decoded, status],
            )
            number = int(cursor.lastrowid or 0)
            lines = _put_lines(connection, number, outcome.entries)
            events = _put_items(connection, number, outcome)
        self.counts = Counts(self.counts.requests + 1, self.counts.lines + lines, self.counts.events + events)
        return number

    def set_status(self, number: int, status: int | None) -> None:
        """Correct the status of a request: None once its answer could not be delivered."""
        with self._lock, self._using() as connection, connection:
            connection.execute("UPDATE requests SET status = ? WHERE id = ?", (status, number))

    def requests(self, after: int) -> list[Request]:
        """Give the requests with a number over `after`, in order of arrival."""
        rows = self._rows(
            "SELECT id, received_ns, method, path, headers, head, body, coalesce(decoded, body), status "
            "FROM requests WHERE id > ? ORDER BY id",
            after,
        )
        return [Request(*row)._replace(headers=_pairs(row[4])) for row in rows]

    def lines(self) -> list[Line]:
        """Give each line once, in order of time."""
        return self._lines("lines ORDER BY time_ns, request_id", "request_id")

    def all_lines(self) -> list[Line]:
        """Give every line as often as it was stored, in order of arrival."""
        return self._lines("arrivals JOIN lines USING (key) ORDER BY arrivals.id", "arrivals.request_id")

    def newest(self) -> list[Line]:
        """Give the newest line of each stream."""
        return self._lines("lines GROUP BY labels", "request_id", time="max(time_ns)")

    def events(self) -> list[dict[str, object]]:
        """Give the kept events in order of arrival."""
        return [json.loads(row[0]) for row in self._rows("SELECT payload FROM items WHERE kept ORDER BY id")]

    def items(self) -> list[Item]:
        """Give every envelope item in order of arrival."""
        rows = self._rows("SELECT type, headers, payload, request_id, kept FROM items ORDER BY id")
        return [Item(row[0], json.loads(row[1]), row[2], row[3], bool(row[4])) for row in rows]

    def _lines(self, source: str, request: str, time: str = "time_ns") -> list[Line]:
        rows = self._rows(f"SELECT {time}, labels, line, metadata, {request} FROM {source}")  # noqa: S608
        return [Line(row[0], json.loads(row[1]), row[2], json.loads(row[3]), row[4]) for row in rows]

    def _rows(self, query: str, *values: int) -> list[tuple[Any, ...]]:
        with self._lock, self._using() as connection:
            # sqlite3 types its rows as Any: the schema above says what they hold.
            return connection.execute(query, values).fetchall()

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        """Lend the open connection, or one for this use alone."""
        if self._connection is not None:
            yield self._connection
            return
        connection = self._connect()
        try:
            yield connection
        finally:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, check_same_thread=False)
        if self._image is not None:
            connection.deserialize(self._image)
        # A reader beside a running collector is not locked out; a killed process loses nothing, a power cut may.
        connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _SCHEMA)
        return connection


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in json.loads(text))


def _put_lines(connection: sqlite3.Connection, number: int, entries: Iterable[Entry]) -> int:
    rows = []
    for entry in entries:
        labels = json.dumps(entry.labels)
        metadata = json.dumps(entry.metadata, sort_keys=True)
        identity = json.dumps([entry.time_ns, labels, entry.line, metadata]).encode()
        key = hashlib.blake2b(identity, digest_size=16).digest()
        rows.append((key, entry.time_ns, labels, entry.line, metadata, number))
    if not rows:
        return 0
    connection.executemany("INSERT INTO arrivals (key, request_id) VALUES (?, ?)", [(row[0], number) for row in rows])
    return connection.executemany("INSERT OR IGNORE INTO lines VALUES (?, ?, ?, ?, ?, ?)", rows).rowcount


def _put_items(connection: sqlite3.Connection, number: int, outcome: Outcome) -> int:
    events = 0
    for item in outcome.items:
        known = connection.execute("SELECT 1 FROM items WHERE kept AND event_id = ?", (item.event_id,)).fetchone()
        kept = item.event_id is not None and known is None
        events += kept
        connection.execute(
            "INSERT INTO items (type, headers, payload, request_id, kept, event_id) VALUES (?, ?, ?, ?, ?, ?)",
            (item.type, json.dumps(item.headers), item.payload, number, kept, item.event_id),
        )
    return events
