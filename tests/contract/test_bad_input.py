"""What the world can do to a program that logs: nothing is raised into it, its exit is not held up, all is counted."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from diskret.collector import Collector
from programs import Finished, run

# Far above exit_timeout (0.05 s) and far below any network timeout (5 s to connect, 10 s of silence).
NOT_HELD_UP = 4.0

LOG_AND_CRASH = """
import json, logging, sys
import diskret
diskret.init()
logging.getLogger().addHandler(logging.NullHandler())
logging.warning("hello %s", 1)
try:
    raise ValueError("boom")
except ValueError:
    diskret.capture_exception()
flushed = diskret.flush(1.0)
stats = diskret.stats()
diskret.close()
after = diskret.stats()
print(json.dumps({"flushed": flushed, "captured": dict(stats.captured), "queued": dict(stats.queued),
                  "dropped": {p: dict(r) for p, r in stats.dropped.items()}, "balanced": stats.balanced()}))
"""


def check_calm(finished: Finished) -> None:
    assert finished.stderr == ""
    assert finished.code == 0
    assert finished.seconds < NOT_HELD_UP
    assert finished.result["balanced"]


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


@pytest.fixture
def silent() -> Iterator[int]:
    """Give the port of a server that accepts and never answers."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in taken:
        connection.close()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_refused(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    finished = run(tmp_path, LOG_AND_CRASH, DISKRET_LOKI_URL=url, DISKRET_SENTRY_DSN=url.replace("//", "//key@") + "/1")
    check_calm(finished)
    assert finished.result["flushed"] is False
    assert finished.result["queued"] == {"logs": 1, "crash_reports": 1}


def test_a_name_that_does_not_resolve(tmp_path: Path) -> None:
    finished = run(
        tmp_path,
        LOG_AND_CRASH,
        DISKRET_LOKI_URL="https://loki.diskret.invalid",
        DISKRET_SENTRY_DSN="https://key@sentry.diskret.invalid/1",
    )
    assert finished.stderr == ""
    assert finished.code == 0
    assert finished.result["flushed"] is False
    assert finished.result["queued"] == {"logs": 1, "crash_reports": 1}


def test_no_network(tmp_path: Path) -> None:
    # A network namespace of its own, with not even loopback up: every connect fails with ENETUNREACH.
    alone = """
import ctypes, os
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(CLONE_NEWNET | (0 if os.geteuid() == 0 else CLONE_NEWUSER)):
    raise OSError(ctypes.get_errno(), "unshare")
"""
    finished = run(
        tmp_path,
        alone + LOG_AND_CRASH,
        DISKRET_LOKI_URL="http://127.0.0.1:9",
        DISKRET_SENTRY_DSN="http://key@127.0.0.1:9/1",
    )
    check_calm(finished)
    assert finished.result["queued"] == {"logs": 1, "crash_reports": 1}


def test_a_server_that_accepts_and_never_answers(tmp_path: Path, silent: int) -> None:
    url = f"http://127.0.0.1:{silent}"
    finished = run(tmp_path, LOG_AND_CRASH, DISKRET_LOKI_URL=url, DISKRET_SENTRY_DSN=url.replace("//", "//key@") + "/1")
    check_calm(finished)
    assert finished.result["flushed"] is False
    assert finished.result["queued"] == {"logs": 1, "crash_reports": 1}


def test_a_server_that_sends_its_answer_a_byte_at_a_time_is_cut(collector: Collector) -> None:
    from diskret.collector.faults import Fault
    from diskret.ship.http import Wire
    from diskret.ship.plan import Unreachable
    from diskret.ship.request import Request

    collector.faults.add(Fault.trickle(0.2))  # an answer of some hundred bytes
    wire = Wire()
    answer = wire.post(Request(collector.loki_url, {"Content-Type": "application/json"}, b"{}"), lambda: True, 1.0)
    wire.close()
    assert isinstance(answer, Unreachable)


def test_a_wrong_dsn(tmp_path: Path, collector: Collector) -> None:
    wrong = f"http://{'0' * 32}@127.0.0.1:{collector.url.rpartition(':')[2]}/1"
    finished = run(tmp_path, LOG_AND_CRASH, DISKRET_LOKI_URL=collector.loki_url, DISKRET_SENTRY_DSN=wrong)
    check_calm(finished)
    assert finished.result["dropped"] == {"crash_reports": {"not authorised (403)": 1}}
    assert len(collector.lines()) == 1
    assert collector.events() == []


HOSTILE = """
import json, logging, sys, threading, time
import diskret

class Raises:
    def __str__(self): raise RuntimeError("str was called")
    __repr__ = __format__ = __hash__ = __eq__ = __bool__ = __len__ = __getattr__ = __str__

class Sleeps:
    def __str__(self): time.sleep(60); return "late"
    __repr__ = __str__

diskret.init(log_level="DEBUG")
logging.getLogger().addHandler(logging.NullHandler())
log = logging.getLogger("program")
log.warning("too few %s %s", 1)
log.warning("too many %s", 1, 2)
log.warning("wrong kind %d", "text")
log.warning("raises %s", Raises())
log.warning("sleeps %s %r", Sleeps(), [Sleeps()])
log.warning(Raises())
log.warning("x" * 10_000_000)
log.warning("value %s", "x" * 10_000_000)
log.warning("safe %s", diskret.safe("x" * 10_000_000))
log.warning("typed \\ud800 surrogate and \\x00 nul \\x1b escape")
log.warning("safe %s", diskret.safe("\\udfff\\x00"))
log.warning("huge %d", 10 ** 10_000)
log.warning("%s" * 3, 1, 2, 3)
log.warning("by name %(a)s", {"a": 1})
log.warning("by name %(a)s", {"b": 1})
flushed = diskret.flush(20.0)
stats = diskret.stats()
print(json.dumps({"flushed": flushed, "captured": dict(stats.captured), "sent": dict(stats.sent),
                  "errors": stats.errors, "balanced": stats.balanced()}))
"""


def test_hostile_messages_and_arguments(tmp_path: Path, collector: Collector) -> None:
    import json

    finished = run(tmp_path, HOSTILE, DISKRET_LOKI_URL=collector.loki_url)
    assert finished.stderr == ""
    assert finished.code == 0
    assert finished.result == {
        "flushed": True,
        "captured": {"logs": 15},
        "sent": {"logs": 15},
        "errors": 0,
        "balanced": True,
    }
    messages = [json.loads(line.line)["message"] for line in collector.lines()]
    assert messages[:8] == [
        "too few 1 ‹missing›",
        "too many 1",
        "wrong kind ‹str›",
        "raises ‹Raises›",
        "sleeps ‹Sleeps› ‹list›",
        "‹Raises›",
        "‹dynamic text, 10000000 chars›",
        "value ‹str›",
    ]
    assert messages[8].startswith("safe xxx")
    assert len(messages[8]) == 8192
    assert messages[9:] == [
        "typed \ufffd surrogate and \ufffd nul \ufffd escape",
        "safe \ufffd\ufffd",
        "huge ‹int›",
        "‹dynamic text, 6 chars›",
        "by name 1",
        "by name ‹missing›",
    ]


def test_a_logger_used_while_the_interpreter_shuts_down(tmp_path: Path, collector: Collector) -> None:
    finished = run(
        tmp_path,
        """
        import atexit, logging, sys

        def late(what):
            logging.getLogger("program").warning("%s", what)
            try:
                raise ValueError("late")
            except ValueError:
                import diskret
                diskret.capture_exception()
                diskret.flush(0.1)

        atexit.register(late, "registered before")

        import diskret
        logging.getLogger().addHandler(logging.NullHandler())
        diskret.init(exit_timeout=5)
        atexit.register(late, "registered after")

        class Late:
            def __del__(self, log=logging.getLogger("program")):
                log.warning("from a finaliser")

        sys.late = Late()
        logging.warning("in time")
        """,
        DISKRET_LOKI_URL=collector.loki_url,
    )
    assert finished.stderr == ""
    assert finished.code == 0
    assert collector.wait_for(lines=2)
    assert len(collector.lines()) == 2  # what was logged before close() is sent, what came after is not


def test_a_program_that_exits_at_once_is_not_held_up_and_prints_nothing(tmp_path: Path, silent: int) -> None:
    finished = run(
        tmp_path,
        "import diskret, logging; diskret.init(); logging.warning('x'); raise SystemExit(3)",
        DISKRET_LOKI_URL=f"http://127.0.0.1:{silent}",
    )
    assert finished.code == 3
    assert finished.stderr == "WARNING:root:x\n"
    assert finished.seconds < NOT_HELD_UP
