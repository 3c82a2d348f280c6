"""Diskret beside an application's own `sentry_sdk.init()`: each has its own events, and neither changes the other.

In processes of their own, since `sentry_sdk.init()` patches a process for good.
"""

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from diskret.collector import Collector
from programs import Finished, run

HOST_FIRST, DISKRET_FIRST = "the host first", "diskret first"
ORDERS = [HOST_FIRST, DISKRET_FIRST]

# What each program begins with; `start_both()` does so in the order of the test.
BOTH = """
import json, logging, os, sys, threading
import sentry_sdk
import diskret

class Of(Exception): ...
class OfTheHost(Of): ...
class OfDiskret(Of): ...

logging.getLogger().addHandler(logging.NullHandler())
said = []
class Said(logging.Handler):
    def emit(self, record):
        said.append(record.getMessage())
logging.getLogger("diskret").addHandler(Said())

def start_host(**options):
    sentry_sdk.init(os.environ["HOST_DSN"], **options)

def start_both(**options):
    starts = [lambda: start_host(**options), diskret.init]
    for start in starts if sys.argv[1] == "the host first" else reversed(starts):
        start()

def warnings():
    return [text for text in said if "sentry_sdk.init() is active" in text]

def flush_both():
    assert diskret.flush(10)
    sentry_sdk.flush(10)
"""


@pytest.fixture
def ours() -> Iterator[Collector]:
    with Collector() as running:
        yield running


@pytest.fixture
def hosts() -> Iterator[Collector]:
    with Collector() as running:
        yield running


class Pair:
    """The two servers, and the program between them."""

    def __init__(self, folder: Path, ours: Collector, hosts: Collector) -> None:
        self._folder, self.ours, self.hosts = folder, ours, hosts

    def run(self, program: str, order: str = HOST_FIRST, code: int = 0) -> Finished:
        finished = run(
            self._folder,
            BOTH + textwrap.dedent(program),
            order,
            DISKRET_SENTRY_DSN=self.ours.sentry_dsn,
            DISKRET_LOKI_URL=self.ours.loki_url,
            DISKRET_EXIT_TIMEOUT="10",
            HOST_DSN=self.hosts.sentry_dsn,
        )
        assert finished.code == code, finished.stderr
        return finished

    def types(self) -> tuple[list[str], list[str]]:
        """Give the exceptions that arrived, at our server and at the host's."""
        return types_at(self.ours), types_at(self.hosts)


def types_at(collector: Collector) -> list[str]:
    events = [event for event in collector.events() if "exception" in event]
    return sorted(value["type"] for event in events for value in event["exception"]["values"])


@pytest.fixture
def pair(tmp_path: Path, ours: Collector, hosts: Collector) -> Pair:
    return Pair(tmp_path, ours, hosts)


# --- each server gets its own ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ORDERS)
def test_each_server_gets_what_was_captured_for_it(order: str, pair: Pair) -> None:
    pair.run(
        """
        start_both()
        sentry_sdk.capture_exception(OfTheHost("typed"))
        diskret.capture_exception(OfDiskret("typed"))
        flush_both()
        """,
        order,
    )
    assert pair.types() == (["OfDiskret"], ["OfTheHost"])


@pytest.mark.parametrize("order", ORDERS)
def test_an_exception_that_both_are_given_arrives_once_at_each(order: str, pair: Pair) -> None:
    pair.run(
        """
        start_both()
        try:
            raise Of("typed")
        except Of as error:
            sentry_sdk.capture_exception(error)
            diskret.capture_exception(error)
        flush_both()
        """,
        order,
    )
    assert pair.types() == (["Of"], ["Of"])


@pytest.mark.parametrize("order", ORDERS)
def test_an_unhandled_exception_arrives_once_at_each_and_is_shown_once(order: str, pair: Pair) -> None:
    finished = pair.run("start_both()\nraise Of('typed')\n", order, code=1)
    assert pair.types() == (["Of"], ["Of"])
    assert finished.stderr.count("Traceback (most recent call last)") == 1


@pytest.mark.parametrize("order", ORDERS)
def test_an_exception_of_a_thread_arrives_once_at_each(order: str, pair: Pair) -> None:
    pair.run(
        """
        start_both()
        def fail():
            raise Of("typed")
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        flush_both()
        """,
        order,
    )
    assert pair.types() == (["Of"], ["Of"])


@pytest.mark.parametrize("order", ORDERS)
def test_what_the_host_knows_of_the_user_stays_with_the_host(order: str, pair: Pair) -> None:
    pair.run(
        """
        processed = []
        sentry_sdk.scope.add_global_event_processor(lambda event, hint: processed.append(1) or event)
        start_both()
        sentry_sdk.set_user({"id": "alice@example.com"})
        sentry_sdk.set_tag("room", "room-of-alice")
        sentry_sdk.set_context("visit", {"ward": "ward-of-alice"})
        sentry_sdk.add_breadcrumb(message="crumb-of-alice")
        sentry_sdk.get_isolation_scope().add_attachment(bytes=b"diary-of-alice", filename="diary.txt")
        diskret.set_user("bob@example.com")
        diskret.capture_exception(OfDiskret("typed"))
        assert diskret.flush(10)
        assert processed == []
        sentry_sdk.capture_exception(OfTheHost("typed"))
        sentry_sdk.flush(10)
        """,
        order,
    )
    assert pair.types() == (["OfDiskret"], ["OfTheHost"])
    at_ours = b"".join(request.decoded for request in pair.ours.requests())
    at_hosts = b"".join(request.decoded for request in pair.hosts.requests())
    assert at_hosts.count(b"-of-alice") == 4
    assert b"alice" not in at_ours
    (event,) = pair.hosts.events()
    assert event["user"] == {"id": "alice@example.com"}
    assert b"bob@example.com" not in at_ours + at_hosts
    assert [item.type for item in pair.ours.items()] == ["event"]


# With tracing off, trace headers go out all the same; with it on, only from inside a span.
TRACING = {
    "tracing off": "start_host(release='release-of-the-host')\ndiskret.init()\ncapture()\n",
    "tracing off, diskret first": "diskret.init()\nstart_host(release='release-of-the-host')\ncapture()\n",
    "inside a span": """
start_host(release='release-of-the-host', traces_sample_rate=1.0)
with sentry_sdk.start_transaction(name="transaction-of-the-host"):
    diskret.init()
    capture()
""",
}
CAPTURE_BOTH = """
def capture():
    logging.warning("typed")
    diskret.capture_exception(OfDiskret("typed"))
    assert diskret.flush(10)
    sentry_sdk.capture_exception(OfTheHost("typed"))
"""


@pytest.mark.parametrize("tracing", TRACING)
def test_our_requests_carry_nothing_of_the_hosts_tracing(tracing: str, pair: Pair) -> None:
    pair.run(CAPTURE_BOTH + TRACING[tracing] + "sentry_sdk.flush(10)\n")
    heads = b"".join(request.head for request in pair.ours.requests()).lower()
    assert (len(pair.ours.events()), len(pair.ours.lines())) == (1, 1)
    traces = (b"sentry-trace", b"baggage", b"traceparent", b"of-the-host")
    assert [name for name in traces if name in heads] == []


@pytest.mark.parametrize("tracing", TRACING)
def test_our_requests_leave_no_trace_at_the_host(tracing: str, pair: Pair) -> None:
    pair.run(CAPTURE_BOTH + TRACING[tracing] + "sentry_sdk.flush(10)\n")
    at_hosts = b"".join(request.decoded for request in pair.hosts.requests())
    assert b"OfTheHost" in at_hosts
    assert pair.ours.url.encode() not in at_hosts


# --- neither changes the other ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ORDERS)
def test_a_log_call_is_captured_once_and_as_it_was_typed(order: str, pair: Pair) -> None:
    pair.run(
        """
        start_both(enable_logs=True)
        def work():
            logging.error("synced %d contacts for %s", 12, "Alice")
        work()
        flush_both()
        """,
        order,
    )
    (line,) = [json.loads(line.line) for line in pair.ours.lines()]
    assert (line["message"], line["function"]) == ("synced 12 contacts for ‹str›", "work")
    assert pair.ours.events() == []
    assert len(pair.hosts.events()) == 1  # what its logging integration makes of an error


@pytest.mark.parametrize("order", ORDERS)
def test_the_host_works_on_when_diskret_is_closed(order: str, pair: Pair) -> None:
    finished = pair.run(
        """
        start_both()
        diskret.capture_exception(OfDiskret("typed"))
        diskret.close(10)
        sentry_sdk.capture_exception(OfTheHost("typed"))
        logging.error("typed")
        sentry_sdk.flush(10)
        print(json.dumps({"active": sentry_sdk.get_client().is_active()}))
        raise Of("typed")
        """,
        order,
        code=1,
    )
    assert finished.result == {"active": True}
    assert pair.types() == (["OfDiskret"], ["Of", "OfTheHost"])
    assert len(pair.hosts.events()) == 3
    assert pair.ours.lines() == []


@pytest.mark.parametrize("order", ORDERS)
def test_diskret_works_on_when_the_host_is_closed(order: str, pair: Pair) -> None:
    pair.run(
        """
        start_both()
        sentry_sdk.capture_exception(OfTheHost("typed"))
        sentry_sdk.get_client().close(10)
        diskret.capture_exception(OfDiskret("typed"))
        logging.error("typed")
        assert diskret.flush(10)
        raise Of("typed")
        """,
        order,
        code=1,
    )
    assert pair.types() == (["Of", "OfDiskret"], ["OfTheHost"])
    assert len(pair.ours.lines()) == 1


def test_the_host_keeps_the_name_of_its_framework(pair: Pair) -> None:
    pair.run(
        """
        class Framework(sentry_sdk.integrations.Integration):
            identifier = "flask"
            setup_once = staticmethod(lambda: None)
        start_host(integrations=[Framework()])
        diskret.init()
        diskret.capture_exception(OfDiskret("typed"))
        assert diskret.flush(10)
        sentry_sdk.capture_exception(OfTheHost("typed"))
        sentry_sdk.flush(10)
        """
    )
    (event,) = pair.hosts.events()
    assert event["sdk"]["name"] == "sentry.python.flask"
    (event,) = pair.ours.events()
    assert event["sdk"]["name"] == "diskret"


def test_the_hosts_profiler_runs_on(pair: Pair) -> None:
    finished = pair.run(
        """
        start_host(profile_session_sample_rate=1.0, profile_lifecycle="manual")
        sentry_sdk.profiler.start_profiler()
        from sentry_sdk.profiler import continuous_profiler
        before = continuous_profiler._scheduler
        diskret.init()
        diskret.capture_exception(OfDiskret("typed"))
        assert diskret.flush(10)
        after = continuous_profiler._scheduler
        print(json.dumps({"same": after is before, "running": before.running}))
        sentry_sdk.profiler.stop_profiler()
        """
    )
    assert finished.result == {"same": True, "running": True}


# --- one warning -----------------------------------------------------------------------------------------------------

EVENT = 'diskret.capture_exception(OfDiskret("typed"))\nassert diskret.flush(10)\n'
REPORT = 'print(json.dumps({"warnings": len(warnings())}))\n'


@pytest.mark.parametrize(
    ("program", "warnings"),
    [
        pytest.param("start_host(); diskret.init()\n" + REPORT, 1, id="at init, where the host is there"),
        pytest.param("start_host(); diskret.init()\n" + EVENT * 3 + REPORT, 1, id="once, however many events follow"),
        pytest.param("diskret.init(); start_host()\n" + EVENT * 3 + REPORT, 1, id="at the first event after the host"),
        pytest.param(
            "diskret.init()\n" + EVENT + "start_host()\n" + EVENT * 2 + REPORT, 1, id="also if events came before it"
        ),
        pytest.param("diskret.init()\n" + EVENT * 2 + REPORT, 0, id="not without a host"),
        pytest.param(
            "start_host(); sentry_sdk.init(); diskret.init()\n" + EVENT + REPORT, 1, id="where the host has no DSN too"
        ),
    ],
)
def test_the_host_is_warned_of_once(program: str, warnings: int, pair: Pair) -> None:
    assert pair.run(program).result == {"warnings": warnings}


def test_the_warning_says_what_is_the_matter(pair: Pair) -> None:
    finished = pair.run("start_both()\nprint(json.dumps({'warnings': warnings()}))")
    (warning,) = finished.result["warnings"]
    assert "does not pass diskret's gate" in warning
    assert "consent" in warning
    assert pair.ours.requests() == []


# --- what the design depends upon: a client with our options touches nothing ----------------------------------------

HERMETIC = """
import asyncio, http.client, json, logging, os, socket, ssl, subprocess, sys, threading, urllib.request
import httpx
from diskret.capture.hooks import CrashCapture
from diskret.model.clock import SystemClock
from diskret.model.stats import Tally

WATCHED = (asyncio, builtins_, http.client, httpx, logging, os, socket, ssl, subprocess, sys, threading, urllib.request)
connected = []
noticed = ("socket.connect", "subprocess.Popen")
sys.addaudithook(lambda event, args: connected.append(event) if event in noticed else None)

def surface():
    found = {}
    for module in WATCHED:
        for name, value in vars(module).items():
            if callable(value):
                found[module.__name__, name] = value
            if isinstance(value, type):
                for attribute, member in vars(value).items():
                    if callable(member):
                        found[module.__name__, name, attribute] = member
    return found

def loggers():
    return [list(logger.handlers) + list(logger.filters) for logger in (logging.root, logging.getLogger("httpx"))]

before, handlers, threads = surface(), loggers(), threading.enumerate()
signals = []
capture = CrashCapture(lambda signal: signals.append(signal) or True, Tally(), SystemClock(), lambda: None)
capture.open(1)
capture.capture(ValueError("typed"))
from diskret.capture.sentry import SentryClient
import sentry_sdk
client = SentryClient("http://key@127.0.0.1:9/1", "1.0", "test")
(built,) = client.build(signals[0])
after = surface()
print(json.dumps({
    "built": built.item_type,
    "patched": [".".join(name) for name in before if after.get(name) is not before[name]],
    "handlers": loggers() == handlers,
    "threads": threading.enumerate() == threads,
    "connected": connected,
    "bound": sentry_sdk.get_client().is_active(),
    "integrations": list(client._client.integrations),
    "spotlight": client._client.spotlight is not None,
}))
""".replace("builtins_", "__import__('builtins')")


def test_the_client_that_builds_events_patches_nothing_and_starts_nothing(tmp_path: Path) -> None:
    finished = run(tmp_path, HERMETIC, SENTRY_SPOTLIGHT="true", SENTRY_DEBUG="true")
    assert finished.stderr == ""
    assert finished.result == {
        "built": "event",
        "patched": [],
        "handlers": True,
        "threads": True,
        "connected": [],
        "bound": False,
        "integrations": [],
        "spotlight": False,
    }
