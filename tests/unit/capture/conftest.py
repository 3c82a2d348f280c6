"""An open capture, and what the gate makes of what it was given."""

import logging
from collections.abc import Iterator

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


class Watch:
    """Collects signals; `fault` makes taking one fail."""

    def __init__(self) -> None:
        self.signals: list[LogSignal] = []
        self.errors = Tally()
        self.fault = False
        self.own_thread = -1
        self.capture = LogCapture(
            logging.INFO, self._offer, self.errors, SystemClock(), lambda: "alice", lambda: self.own_thread
        )
        self._context = Context(Sources(SourceReader()), Pseudonyms(b"k" * 32), permitted(Metadata()))

    def _offer(self, signal: LogSignal) -> bool:
        if self.fault:
            raise RuntimeError("full")
        self.signals.append(signal)
        return True

    def bodies(self) -> list[LogBody]:
        """Give what may leave of what was captured so far."""
        reports = [admit(signal, self._context) for signal in self.signals]
        assert all(isinstance(report, Report) for report in reports), reports
        return [report.body for report in reports]

    def messages(self) -> list[str]:
        return [body.message for body in self.bodies()]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Capture from INFO on, with a root logger that passes everything on and prints nothing."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    root.handlers[:] = [logging.NullHandler()]
    root.setLevel(logging.DEBUG)
    watch = Watch()
    watch.capture.open(1)
    yield watch
    watch.capture.open(0)
    root.handlers[:], root.level = before
    assert watch.errors.value == 0 or watch.fault
