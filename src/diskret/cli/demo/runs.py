"""Run the example application against a collector, with plain peers or with diskret, as its user would."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from diskret.cli.demo.plant import Planted
from diskret.collector import Collector

__all__ = ["example", "run"]

LONGEST_SECONDS = 60


def example() -> Path:
    """Find the application: beside this module in an installed wheel, else in the checkout."""
    here = Path(__file__)
    for folder in (here.parents[1] / "_examples" / "contacts", here.parents[4] / "examples" / "contacts"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError("the example application is neither installed nor in a checkout")


def run(
    kind: str, planted: Planted, collector: Collector, prelude: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the application once; `kind` is one of its ways of diagnostics.

    It lives in its user's home folder, as programs of a user do. `prelude` is a Python file that is run first, in the
    same process: for tests that have to spoil something.
    """
    with tempfile.TemporaryDirectory() as folder, _address_book(planted.address) as port:
        home = Path(folder) / "home" / planted.account
        shutil.copytree(example(), home / "apps" / "contacts", ignore=shutil.ignore_patterns("__pycache__"))
        cards = home / f"{planted.cards[0].name}.vcf"
        cards.write_text("".join(card.vcard() for card in planted.cards), encoding="utf-8")
        start = ["-m", "contacts"] if prelude is None else ["-c", _with_prelude(prelude)]
        return subprocess.run(  # noqa: S603  # our own program
            [
                sys.executable,
                *start,
                str(cards),
                f"--server=http://{planted.account}:{planted.password}@127.0.0.1:{port}",
                f"--token={planted.token}",
                f"--user={planted.user}",
                f"--diagnostics={kind}",
            ],
            cwd=home,
            env=_environment(home, planted, collector),
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )


def _environment(home: Path, planted: Planted, collector: Collector) -> dict[str, str]:
    # Not the settings of whoever runs the demonstration: they would end up in the comparison.
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "USER": planted.account,
        "PYTHONPATH": str(home / "apps"),
        "CONTACTS_SENTRY_DSN": collector.sentry_dsn,
        "CONTACTS_LOKI_URL": collector.loki_url,
        "DISKRET_SENTRY_DSN": collector.sentry_dsn,
        "DISKRET_LOKI_URL": collector.loki_url,
        "DISKRET_EXIT_TIMEOUT": "20",
    }


def _with_prelude(prelude: Path) -> str:
    return (
        f"import runpy; runpy.run_path({str(prelude)!r}); "
        "runpy.run_module('contacts', run_name='__main__', alter_sys=True)"
    )


@contextmanager
def _address_book(caller: str) -> Iterator[int]:
    """Serve the address book on loopback: it takes whoever has a phone number that ends in 1, and refuses others.

    A refusal says from where the request came, as servers do; `caller` is that address.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = (204, b"") if self.path.endswith("1") else (422, f"refused {caller}".encode())
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
