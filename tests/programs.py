"""Run small programs in processes of their own, as an application would run."""

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import NamedTuple

__all__ = ["Finished", "run"]


class Finished(NamedTuple):
    """How a program ended; `seconds` is its whole life."""

    code: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def result(self) -> dict[str, object]:
        """Give the JSON object of the last line that it printed."""
        found: dict[str, object] = json.loads(self.stdout.splitlines()[-1])
        return found


def run(folder: Path, program: str, *arguments: str, timeout: float = 60.0, **environ: str) -> Finished:
    """Write a program to a file of `folder`, which becomes its import root, and run it to its end.

    A file, since what is executed from a string was not typed by a developer. It gets none of this process's settings.
    """
    path = folder / "program.py"
    path.write_text(textwrap.dedent(program), encoding="utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DISKRET_", "SENTRY_")) and k != "DO_NOT_TRACK"}
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(path), *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**kept, "DISKRET_APP": "program", "DISKRET_RELEASE": "1.0", "DISKRET_CONSENT": "granted", **environ},
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr, time.monotonic() - begun)
