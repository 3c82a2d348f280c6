"""Bugsink, a self-hosted server that speaks Sentry: started with its worker, and read back from its database."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

__all__ = ["Bugsink", "running_bugsink"]

CONFIG = """
import os
from bugsink.settings.default import *
from bugsink.conf_utils import deduce_allowed_hosts

BASE = {base!r}
SECRET_KEY = {secret!r}
DATABASES["default"]["NAME"] = os.path.join(BASE, "db.sqlite3")
DATABASES["snappea"]["NAME"] = os.path.join(BASE, "snappea.sqlite3")
SNAPPEA = {{
    "TASK_ALWAYS_EAGER": False,
    "NUM_WORKERS": 1,
    "PID_FILE": None,
    "WAKEUP_CALLS_DIR": os.path.join(BASE, "wakeup"),
    "STATS_RETENTION_MINUTES": 60,
}}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
BUGSINK = {{"BASE_URL": {url!r}, "INGEST_STORE_BASE_DIR": os.path.join(BASE, "ingestion"), "PHONEHOME": False}}
ALLOWED_HOSTS = deduce_allowed_hosts({url!r})
"""

MAKE_PROJECT = "from projects.models import Project; print(Project.objects.create(name='diskret').dsn)"


class Bugsink:
    """A running server with one project."""

    def __init__(self, dsn: str, database: Path) -> None:
        self.dsn = dsn
        self._database = database

    def event(self, event_id: str, timeout: float = 60.0) -> dict[str, Any]:
        """Wait until an event is stored, and give it as it is stored."""
        rows: list[tuple[str]] = []

        def stored() -> bool:
            with closing(sqlite3.connect(self._database, timeout=30)) as connection:
                rows[:] = connection.execute(
                    "SELECT data FROM events_event WHERE replace(event_id, '-', '') = ?", (event_id,)
                ).fetchall()
            return bool(rows)

        _wait(stored, timeout, f"event {event_id} in Bugsink")
        (row,) = rows
        event: dict[str, Any] = json.loads(row[0])
        return event


@contextmanager
def running_bugsink(environment: Path, folder: Path) -> Iterator[Bugsink]:
    """Run a fresh server in `folder`, from the virtual environment that install_bugsink.py made."""
    binaries = environment / "bin"
    if not (binaries / "bugsink-manage").is_file():
        raise FileNotFoundError(
            f"no Bugsink in {environment}: `make test` installs it (tests/peers/install_bugsink.py)"
        )
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    config = CONFIG.format(base=str(folder), secret=os.urandom(32).hex(), url=url)
    (folder / "bugsink_conf.py").write_text(config, encoding="utf-8")
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": "bugsink_conf"}

    def manage(*arguments: str) -> str:
        command = [binaries / "bugsink-manage", *arguments]
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=True)
        return done.stdout

    manage("migrate", "--verbosity=0")
    manage("migrate", "snappea", "--database=snappea", "--verbosity=0")
    dsn = manage("shell", "-v0", "-c", MAKE_PROJECT).strip().splitlines()[-1]
    commands = (
        [binaries / "gunicorn", f"--bind=127.0.0.1:{port}", "--workers=1", "--threads=2", "bugsink.wsgi"],
        [binaries / "bugsink-runsnappea"],
    )
    with (folder / "output.log").open("wb") as output:
        processes = [
            subprocess.Popen(c, cwd=folder, env=environ, stdout=output, stderr=output, start_new_session=True)
            for c in commands
        ]
        try:
            _wait(lambda: _answers(url), 60.0, "Bugsink to answer")
            yield Bugsink(dsn, folder / "db.sqlite3")
        finally:
            for process in processes:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=5):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return True  # whatever it says, it is there
    except OSError:
        return False


def _wait(met: Callable[[], bool], timeout: float, what: str) -> None:
    deadline = time.monotonic() + timeout
    while not met():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout} s for {what}")
        time.sleep(0.05)
