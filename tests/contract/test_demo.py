"""The demonstration tells the truth: it passes because nothing left, and fails when something does."""

import io
import re
from pathlib import Path

from rich.console import Console

from diskret.cli.demo.comparison import compare

OPEN_GATE = """
from diskret.gate import admit as gate
from diskret.model.records import CrashBody, LogSignal, Text

honest = gate.admit

def let_everything_pass(signal, context):
    report = honest(signal, context)
    if isinstance(signal, LogSignal):
        return report._replace(body=report.body._replace(message=str(signal.text)))
    texts = [" ".join(a.text for a in e.args if isinstance(a, Text)) for e in signal.crash.exceptions]
    exceptions = tuple(e._replace(value=text) for e, text in zip(report.body.exceptions, texts))
    return report._replace(body=report.body._replace(exceptions=exceptions))

gate.admit = let_everything_pass
"""

# Takes the stack out of each event, behind the gate: what is left of a crash is of no use.
NO_FRAMES = """
from diskret.gate import admit as gate
from diskret.model.records import LogSignal

honest = gate.admit

def without_frames(signal, context):
    report = honest(signal, context)
    if isinstance(signal, LogSignal):
        return report
    exceptions = tuple(e._replace(frames=()) for e in report.body.exceptions)
    return report._replace(body=report.body._replace(exceptions=exceptions))

gate.admit = without_frames
"""

# Needs no gate: sends one value by itself, past everything of diskret.
OWN_WIRE = """
import os, sys, urllib.error, urllib.request

value = next(a for a in sys.argv if a.startswith("--user=")).partition("=")[2]
request = urllib.request.Request(os.environ["DISKRET_LOKI_URL"], headers={"X-User": value.encode().hex()}, data=b"{}")
try:
    urllib.request.urlopen(request).close()
except urllib.error.HTTPError as refused:
    refused.close()
"""

NO_CONSENT = """
import diskret.consent
diskret.consent.grant = lambda *purposes: None
"""


# As if it had not been installed.
NO_PEER = """
import sys
sys.modules["logging_loki"] = None
"""


def demonstrate(prelude: Path | None = None, plain_prelude: Path | None = None) -> tuple[int, str]:
    output = io.StringIO()
    code = compare(Console(file=output, width=200), prelude=prelude, plain_prelude=plain_prelude)
    return code, output.getvalue()


def numbers(output: str) -> tuple[int, int, int]:
    match = re.search(r"planted (\d+) · left without diskret (\d+) · left with diskret (\d+)", output)
    assert match, output
    return int(match[1]), int(match[2]), int(match[3])


def test_the_plain_run_leaks_and_diskret_does_not() -> None:
    code, output = demonstrate()
    planted, plain, ours = numbers(output)
    assert code == 0, output
    assert planted >= 24
    assert plain >= 18
    assert ours == 0
    assert "1 × signed in as %s" in output
    assert re.search(r"contacts/summary\.py:\d+ in birthdays_by_month", output)


def test_a_gate_that_lets_everything_pass_makes_it_fail(tmp_path: Path) -> None:
    prelude = tmp_path / "prelude.py"
    prelude.write_text(OPEN_GATE, encoding="utf-8")
    code, output = demonstrate(prelude)
    assert code == 1
    assert numbers(output)[2] >= 3, output
    assert "LEAK" in output


def test_silence_makes_it_fail(tmp_path: Path) -> None:
    prelude = tmp_path / "prelude.py"
    prelude.write_text(NO_CONSENT, encoding="utf-8")
    code, output = demonstrate(prelude)
    assert code == 1
    assert "NOTHING ARRIVED" in output


def test_a_crash_without_a_stack_makes_it_fail(tmp_path: Path) -> None:
    prelude = tmp_path / "prelude.py"
    prelude.write_text(NO_FRAMES, encoding="utf-8")
    code, output = demonstrate(prelude)
    assert code == 1
    assert "or no stack" in output
    assert "fatal: LookupError" in output, "the event itself arrived"


def test_a_value_on_a_road_of_its_own_makes_it_fail(tmp_path: Path) -> None:
    prelude = tmp_path / "prelude.py"
    prelude.write_text(OWN_WIRE, encoding="utf-8")
    code, output = demonstrate(prelude)
    assert code == 1
    assert numbers(output)[2] == 1
    assert "bytes (hex)" in output


def test_without_the_plain_peers_it_fails_and_says_what_to_install(tmp_path: Path) -> None:
    prelude = tmp_path / "prelude.py"
    prelude.write_text(NO_PEER, encoding="utf-8")
    code, output = demonstrate(plain_prelude=prelude)
    assert code == 1
    assert "NOTHING TO COMPARE WITH" in output
    assert "diskret[demo]" in output
