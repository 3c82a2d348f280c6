"""Log for real, and see what the gate makes of it."""

import logging
from collections.abc import Callable, Iterator

import pytest

from diskret.capture.logs import LogCapture
from diskret.capture.source import SourceReader
from diskret.gate.admit import Context, admit
from diskret.gate.metadata import Metadata, permitted
from diskret.gate.pseudonym import Pseudonyms
from diskret.gate.sources import Sources
from diskret.model.clock import SystemClock
from diskret.model.records import LogBody, LogSignal, Report
from diskret.model.stats import Tally

Admitted = Callable[[], list[LogBody]]


@pytest.fixture
def context() -> Context:
    return Context(
        Sources(SourceReader()), Pseudonyms(b"k" * 32), permitted(Metadata(client_version="1.4.2", os="Linux"))
    )


@pytest.fixture
def signals() -> Iterator[list[LogSignal]]:
    """Collect the signals of all log calls of the test."""
    collected: list[LogSignal] = []

    def offer(signal: LogSignal) -> bool:
        collected.append(signal)
        return True

    errors = Tally()
    capture = LogCapture(logging.DEBUG, offer, errors, SystemClock(), lambda: None, lambda: None)
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.DEBUG)
    capture.open(1)
    yield collected
    capture.open(0)
    root.setLevel(level)
    assert errors.value == 0


@pytest.fixture
def admitted(signals: list[LogSignal], context: Context) -> Admitted:
    """Give what the gate makes of the log calls so far."""

    def bodies() -> list[LogBody]:
        reports = [admit(signal, context) for signal in signals]
        assert all(isinstance(report, Report) for report in reports), reports
        return [report.body for report in reports]

    return bodies
