"""`diskret collect`: run the local collector, and show what it gets."""

import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from diskret.collector import Collector

__all__ = ["collect"]


def collect(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 3100,
    database: Annotated[Path | None, typer.Option(help="SQLite file to keep what arrives; none: memory.")] = None,
) -> None:
    """Run a local receiver for Loki pushes and Sentry envelopes, to see what an application really sends."""
    console = Console(soft_wrap=True)
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    with Collector(port=port, database=database) as collector:
        console.print("Set these for the application, and stop with Ctrl-C:", highlight=False)
        console.print(f"  DISKRET_LOKI_URL={collector.loki_url}", markup=False, highlight=False)
        console.print(f"  DISKRET_SENTRY_DSN={collector.sentry_dsn}", markup=False, highlight=False)
        newest = 0
        while not ended.wait(0.5):
            for request in collector.requests(after=newest):
                newest = request.id
                console.print(f"{request.status} {request.method} {request.path}", markup=False, highlight=False)
                console.print(request.decoded.decode("utf-8", "replace"), markup=False, highlight=False)
        console.print(f"{len(collector.lines())} lines, {len(collector.events())} events", highlight=False)
