"""What importing costs: nothing heavy, and nothing happens."""

import subprocess
import sys

HEAVY = ("sentry_sdk", "httpx", "cryptography", "sqlite3", "pythonjsonlogger", "ast", "ssl", "email", "typer")


def run(program: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


def test_importing_imports_nothing_heavy() -> None:
    program = f"import sys, diskret; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert run(program) == "[]"


def test_importing_loads_none_of_the_package_itself() -> None:
    program = "import sys, diskret; print(sorted(m for m in sys.modules if m.startswith('diskret')))"
    assert run(program) == "['diskret', 'diskret._version']"


def test_importing_has_no_effect() -> None:
    program = """
import atexit, logging, os, sys, threading
def state():
    root = logging.getLogger()
    hooks = sys.excepthook, threading.excepthook
    return hooks, root.handlers[:], root.parent, atexit._ncallbacks(), dict(os.environ)
before = state()
import diskret
assert before == state()
print(threading.active_count())
"""
    assert run(program) == "1"


def test_starting_imports_nothing_heavy_before_there_is_something_to_send() -> None:
    program = f"""
import sys, diskret
sinks = dict(loki_url="http://127.0.0.1:9", sentry_dsn="http://k@127.0.0.1:9/1")
diskret.init(app="a", release="1", consent="granted", **sinks)
print([m for m in {HEAVY!r} if m in sys.modules])
"""
    assert run(program) == "[]"


def test_every_name_of_the_facade_is_there() -> None:
    program = "import diskret; print([n for n in diskret.__all__ if not hasattr(diskret, n)])"
    assert run(program) == "[]"


def test_the_public_names_are_a_contract() -> None:
    import diskret

    assert diskret.__all__ == [
        "AlreadyInitialised",
        "DiskretError",
        "Handle",
        "SettingsError",
        "__version__",
        "capture_exception",
        "close",
        "consent",
        "flush",
        "init",
        "loguru_sink",
        "safe",
        "safe_type",
        "set_server",
        "set_user",
        "stats",
        "structlog_processor",
    ]
    assert diskret.consent.__all__ == [
        "Decision",
        "Purpose",
        "Source",
        "State",
        "grant",
        "on_change",
        "status",
        "withdraw",
    ]
