"""What the parts of the collector hand to each other, and what a query gives back."""

from typing import NamedTuple

__all__ = ["Answer", "Entry", "Head", "Item", "Line", "Outcome", "Request", "SentItem"]

Headers = tuple[tuple[str, str], ...]


class Head(NamedTuple):
    """The request line and the headers, parsed and as received."""

    method: str
    target: str
    version: str
    headers: Headers
    raw: bytes

    @property
    def path(self) -> str:
        """Give the target without its query."""
        return self.target.partition("?")[0]

    def value(self, name: str) -> str | None:
        """Give the first header of that name (lower case), or None."""
        return next((value for key, value in self.headers if key.lower() == name), None)


class Answer(NamedTuple):
    """A status, a body, and headers beside Content-Length."""

    status: int
    body: bytes = b""
    headers: Headers = ()


class Entry(NamedTuple):
    """A log entry that Loki stored."""

    time_ns: int
    labels: dict[str, str]
    line: str
    metadata: dict[str, str]


class SentItem(NamedTuple):
    """An item of an envelope; `event_id` is set only where the item is an event that may be kept."""

    type: str
    headers: dict[str, object]
    payload: bytes
    event_id: str | None = None


class Outcome(NamedTuple):
    """What a server does with one request: its answer, and what it stores."""

    answer: Answer
    entries: tuple[Entry, ...] = ()
    items: tuple[SentItem, ...] = ()


class Request(NamedTuple):
    """A request as it arrived."""

    id: int
    received_ns: int
    method: str
    path: str  # with its query
    headers: Headers
    head: bytes  # request line and headers
    body: bytes  # as on the wire, chunks joined
    decoded: bytes  # after Content-Encoding; the body where that cannot be decoded
    status: int | None  # None: the connection was cut


class Line(NamedTuple):
    """A stored log line, and the first request that brought it."""

    time_ns: int
    labels: dict[str, str]
    line: str
    metadata: dict[str, str]
    request_id: int


class Item(NamedTuple):
    """An envelope item that was received; `kept` is true for the events that were stored."""

    type: str
    headers: dict[str, object]
    payload: bytes
    request_id: int
    kept: bool
