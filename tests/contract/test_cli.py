"""The command line, run as a user runs it."""

import os
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

PLAIN = {k: v for k, v in os.environ.items() if not k.startswith(("DISKRET_", "SENTRY_")) and k != "DO_NOT_TRACK"}


def diskret(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "diskret", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**PLAIN, **environ},
        check=False,
    )


NAMED = {"DISKRET_APP": "contacts", "DISKRET_RELEASE": "1.4.2"}
SINKS = {"DISKRET_LOKI_URL": "https://loki.example.com", "DISKRET_SENTRY_DSN": "https://key@sentry.example.com/1"}
CASES = [
    # environment, exit code, what is said
    ({}, 2, "DISKRET_APP"),
    (NAMED, 1, "DISKRET_SENTRY_DSN is not set"),
    (NAMED | SINKS, 1, "call diskret.consent.grant()"),
    (NAMED | SINKS | {"DISKRET_CONSENT": "denied"}, 1, "DISKRET_CONSENT=denied is set"),
    (NAMED | SINKS | {"DISKRET_CONSENT": "granted", "DO_NOT_TRACK": "1"}, 1, "DO_NOT_TRACK is set"),
    (NAMED | SINKS | {"DISKRET_CONSENT": "granted"}, 0, "can leave"),
    (NAMED | {"DISKRET_LOKI_URL": "http://loki.example.com"}, 2, "https"),
]


@pytest.mark.parametrize(("environ", "code", "said"), CASES)
def test_the_doctor_says_why_nothing_leaves(environ: dict[str, str], code: int, said: str) -> None:
    done = diskret("doctor", **environ)
    assert (done.returncode, done.stderr) == (code, "")
    assert said in done.stdout


def test_the_doctor_keeps_secrets() -> None:
    done = diskret("doctor", **NAMED, **SINKS, DISKRET_LOKI_TOKEN="hunter2-hunter2")
    assert "hunter2" not in done.stdout


def test_the_collector_shows_what_it_gets_and_stops_when_asked() -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "diskret", "collect", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=PLAIN,
    )
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()
        url = process.stdout.readline().strip().partition("=")[2]
        line = f'{{"streams":[{{"stream":{{"app":"x"}},"values":[["{time.time_ns()}","hello"]]}}]}}'.encode()
        request = urllib.request.Request(url, data=line, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as response:
            assert response.status == 204
        assert "DISKRET_SENTRY_DSN=" in process.stdout.readline()
        assert process.stdout.readline() == "204 POST /loki/api/v1/push\n"
        assert "hello" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "1 lines, 0 events\n"
    assert process.wait(timeout=20) == 0


def test_without_the_extra_the_command_line_says_what_to_install(tmp_path) -> None:
    (tmp_path / "typer.py").write_text("raise ModuleNotFoundError('No module named typer', name='typer')")
    done = diskret("doctor", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "pip install 'diskret[cli]'" in done.stderr


def test_safe_uses_lists_them_and_says_what_it_could_not_read(tmp_path) -> None:
    (tmp_path / "a.py").write_text("import diskret\nprint(diskret.safe('gold'))\n")
    (tmp_path / "b.py").write_text("def broken(:\n")
    done = diskret("safe-uses", str(tmp_path))
    assert done.returncode == 2
    assert "a.py:2: print(diskret.safe('gold'))" in done.stdout
    assert "b.py: not read (SyntaxError)" in done.stdout
