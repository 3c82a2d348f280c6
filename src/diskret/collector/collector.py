"""The collector: server, desk and store behind one object."""

import time
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Self

from diskret.collector.desk import PROJECT, PUSH_PATH, Desk
from diskret.collector.faults import FaultPlan
from diskret.collector.limits import LokiLimits, SentryLimits
from diskret.collector.records import Item, Line, Request
from diskret.collector.server import Server
from diskret.collector.store import Store

__all__ = ["Collector"]


class Collector:
    """Receive on loopback. A context manager, or `start` and `stop`; started again, it has the same port and data.

    `database` is a path, or None for memory. `clock_ns` gives unix time in nanoseconds.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        database: str | Path | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
        limits: LokiLimits | None = None,
        sentry_limits: SentryLimits | None = None,
        sentry_key: str | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._store = Store(database)
        key = sentry_key or token_hex(16)
        self._desk = Desk(self._store, clock_ns, limits or LokiLimits(), sentry_limits or SentryLimits(), key)
        self._server: Server | None = None

    def start(self) -> Self:
        """Open the port and the database. Raise OSError where the port is taken."""
        if self._server is None:
            self._server = Server((self._host, self._port), self._desk)
            self._port = self._server.server_address[1]
            try:
                self._store.open()
                self._desk.open()
            except BaseException:
                self.stop()
                raise
            self._server.start()
        return self

    def stop(self) -> None:
        """Cut all connections, close port and database. What was received can still be read."""
        if self._server is not None:
            self._server.stop()
            self._server = None
            self._store.close()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def url(self) -> str:
        """Give the base URL; its port is known once it has started."""
        return f"http://{self._host}:{self._port}"

    @property
    def loki_url(self) -> str:
        """Give the URL to push to."""
        return self.url + PUSH_PATH

    @property
    def sentry_dsn(self) -> str:
        """Give the DSN of the one project."""
        return f"http://{self._desk.sentry_key}@{self._host}:{self._port}/{PROJECT}"

    @property
    def faults(self) -> FaultPlan:
        """Give the plan of what shall go wrong."""
        return self._desk.faults

    @property
    def limits(self) -> LokiLimits:
        """The limits of Loki; may be replaced while it runs."""
        return self._desk.limits

    @limits.setter
    def limits(self, limits: LokiLimits) -> None:
        self._desk.limits = limits

    @property
    def sentry_limits(self) -> SentryLimits:
        """The limits of Sentry; may be replaced while it runs."""
        return self._desk.sentry_limits

    @sentry_limits.setter
    def sentry_limits(self, limits: SentryLimits) -> None:
        self._desk.sentry_limits = limits

    def requests(self, after: int = 0) -> list[Request]:
        """Give the requests, of any path, in order of arrival; with `after`, those with a greater `id`."""
        return self._store.requests(after)

    def lines(self) -> list[Line]:
        """Give the stored lines in order of time; those of one time, labels, line and metadata once."""
        return self._store.lines()

    def all_lines(self) -> list[Line]:
        """Give the stored lines in order of arrival, those that came twice twice."""
        return self._store.all_lines()

    def events(self) -> list[dict[str, object]]:
        """Give the kept Sentry events in order of arrival, each `event_id` once."""
        return self._store.events()

    def items(self) -> list[Item]:
        """Give every envelope item of an accepted envelope, in order of arrival."""
        return self._store.items()

    def wait_for(self, lines: int = 0, events: int = 0, requests: int = 0, timeout: float = 5.0) -> bool:
        """Wait until so many lines, events (each counted once) and requests are in; False: `timeout` seconds passed."""
        return self._desk.wait_for(
            lambda counts: counts.lines >= lines and counts.events >= events and counts.requests >= requests, timeout
        )
