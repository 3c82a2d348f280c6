"""The comparison: run both, search what arrived, print one table. Every number is computed from this very run."""

import json
import socket
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from diskret.cli.demo.places import Places
from diskret.cli.demo.plant import Planted, draw
from diskret.cli.demo.runs import run
from diskret.collector import Collector

__all__ = ["Outcome", "compare"]


class Outcome(NamedTuple):
    """What a comparison found: by planted value, where it left in each run; and what a developer got of diskret."""

    rows: list[tuple[str, str, list[str], list[str]]]
    templates: Counter[str]
    crash: list[str]
    frames: int
    plain_failure: str | None

    @property
    def planted(self) -> int:
        return len(self.rows)

    @property
    def plain_leaks(self) -> int:
        return sum(bool(plain) for _, _, plain, _ in self.rows)

    @property
    def diskret_leaks(self) -> int:
        return sum(bool(ours) for *_, ours in self.rows)

    @property
    def useful(self) -> bool:
        """Tell whether diskret delivered anything: silence keeps secrets too, and proves nothing."""
        return bool(self.templates) and self.frames > 0

    @property
    def good(self) -> bool:
        """Tell whether the comparison holds: something to compare with, something delivered, nothing leaked."""
        return self.plain_failure is None and self.useful and not self.diskret_leaks


def compare(
    console: Console, *, seed: int | None = None, prelude: Path | None = None, plain_prelude: Path | None = None
) -> int:
    """Run the comparison, print it, and give the exit code. The preludes are for tests; see `run`."""
    outcome = _measure(draw(seed), prelude, plain_prelude)
    table = _table(outcome)
    # In a pipe there is no width to keep to: a row is a line.
    console.print(table, width=None if console.is_terminal else console.measure(table).maximum)
    console.print(
        f"planted {outcome.planted} · left without diskret {outcome.plain_leaks} · "
        f"left with diskret {outcome.diskret_leaks}",
        highlight=False,
    )
    console.print("\nWhat a developer still sees through diskret:", style="bold")
    for template, number in outcome.templates.most_common():
        console.print(f"  {number} × {template}", markup=False, highlight=False)
    for line in outcome.crash:
        console.print(f"  {line}", markup=False, highlight=False)
    if outcome.diskret_leaks:
        console.print("\nLEAK: diskret let personal data pass; the column above says where.", style="bold red")
    if not outcome.useful:
        console.print("\nNOTHING ARRIVED through diskret, or no stack: this run proves nothing.", style="bold red")
    if outcome.plain_failure is not None:
        console.print(
            f"\nNOTHING TO COMPARE WITH: the plain run did not deliver ({outcome.plain_failure}). "
            "Its peers come with `pip install 'diskret[demo]'`.",
            style="bold red",
            markup=False,
        )
    return 0 if outcome.good else 1


def _measure(planted: Planted, prelude: Path | None, plain_prelude: Path | None) -> Outcome:
    with Collector() as plain:
        finished = run("plain", planted, plain, plain_prelude)
    with Collector() as ours:
        run("diskret", planted, ours, prelude)
    values = planted.values
    host = socket.gethostname()
    if len(host) >= 5 and not host.startswith("localhost"):  # shorter ones occur in any text
        values["host name"] = host
    plain_places, our_places = Places(plain), Places(ours)
    rows = [(what, value, plain_places.of(value), our_places.of(value)) for what, value in values.items()]
    templates = Counter(json.loads(line.line)["template"] for line in ours.lines())
    crash, frames = _crash(ours)
    # A crash and lines, or the peers are not there: an empty column would be read as "nothing leaks anyway".
    failure = None if plain.events() and plain.lines() else _last_line(finished.stderr)
    return Outcome(rows, templates, crash, frames, failure)


def _last_line(stderr: str) -> str:
    lines = stderr.strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _crash(collector: Collector) -> tuple[list[str], int]:
    """Write each exception that arrived with its stack; give the number of frames too."""
    lines, number = [], 0
    for event in collector.events():
        for exception in event.get("exception", {}).get("values", ()):  # type: ignore[attr-defined]  # JSON
            lines.append(f"{event['level']}: {exception['type']}: {exception['value']}")
            frames = exception.get("stacktrace", {}).get("frames", ())
            number += len(frames)
            lines += [f"    {f['filename']}:{f['lineno']} in {f['function']}" for f in frames]
    return lines, number


def _table(outcome: Outcome) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("planted value")
    table.add_column("value", overflow="ellipsis", no_wrap=True, max_width=20)
    table.add_column("left without diskret")
    table.add_column("left with diskret")
    for what, value, plain, ours in outcome.rows:
        table.add_row(what, value, _cell(plain), _cell(ours))
    return table


def _cell(places: list[str]) -> Text:
    by_server: dict[str, list[str]] = {}
    for place in places:
        server, _, part = place.partition(": ")
        by_server.setdefault(server, []).append(part)
    named = " · ".join(f"{server}: {', '.join(parts)}" if any(parts) else server for server, parts in by_server.items())
    return Text(named, style="red") if places else Text("–", style="green")
