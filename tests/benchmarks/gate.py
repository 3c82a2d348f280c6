"""What the gate costs per record, beside what the logging call itself costs: `python tests/benchmarks/gate.py`.

Ratios within one run count; the machine's own speed does not.
"""

import logging
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from diskret.capture.logs import LogCapture
from diskret.capture.source import SourceReader
from diskret.gate.admit import Context, admit
from diskret.gate.metadata import Metadata, permitted
from diskret.gate.pseudonym import Pseudonyms
from diskret.gate.sources import Sources
from diskret.model.clock import SystemClock
from diskret.model.records import LogSignal
from diskret.model.stats import Tally

ROUNDS, CALLS = 7, 5_000
log = logging.getLogger("benchmark")


def literal(i: int) -> None:
    log.info("synced %d contacts from %s in %.1f ms", i, "server-7", 3.5)


def f_string(i: int) -> None:
    server = "server-7"
    log.info(f"synced {i} contacts from {server} in {3.5:.1f} ms")


def dynamic(i: int) -> None:
    text = "synced"
    log.info(" ".join((text, "contacts")))


FORMS: dict[str, Callable[[int], None]] = {"literal": literal, "f-string": f_string, "dynamic": dynamic}


def main() -> None:
    """Print a table: µs per record on the caller's thread without and with capture, and in the gate."""
    sys.path.insert(0, str(Path(__file__).parent))
    root = logging.getLogger()
    root.addHandler(logging.NullHandler())
    root.setLevel(logging.INFO)
    signals: list[LogSignal] = []

    def offer(signal: LogSignal) -> bool:
        signals.append(signal)
        return True

    capture = LogCapture(logging.INFO, offer, Tally(), SystemClock(), lambda: None, lambda: None)
    context = Context(
        Sources(SourceReader()), Pseudonyms(b"k" * 32), permitted(Metadata(client_version="1", os="Linux"))
    )
    print(f"{'form':10} {'NullHandler':>12} {'captured':>10} {'capture':>8} {'gate':>8} {'gate/call':>10}")
    for name, call in FORMS.items():
        bare, captured, gate = [], [], []
        for _ in range(ROUNDS):
            bare.append(timed(lambda call=call: [call(i) for i in range(CALLS)]))
            capture.open(1)
            signals.clear()
            captured.append(timed(lambda call=call: [call(i) for i in range(CALLS)]))
            capture.open(0)
            gate.append(timed(lambda: [admit(signal, context) for signal in signals]))
        a, b, c = (statistics.median(rounds) * 1e6 / CALLS for rounds in (bare, captured, gate))
        print(f"{name:10} {a:10.2f} µs {b:8.2f} µs {b / a:7.2f}x {c:6.2f} µs {c / a:9.2f}x")


def timed(work: Callable[[], object]) -> float:
    """Give the seconds that something takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
