"""What sentry_sdk sends, opens and patches on its own, and that none of it happens with diskret.

Each group is named after a behaviour of sentry_sdk that was measured. Where it takes a whole program to show it, the
same program also runs with plain sentry_sdk: what leaves there proves that the test would see it.
"""

import http.server
import json
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sentry_sdk.attachments import Attachment
from sentry_sdk.envelope import Envelope, Item, PayloadRef

import diskret
from diskret.capture.hooks import CrashCapture
from diskret.capture.sentry import SentryClient, Transport
from diskret.capture.source import SourceReader
from diskret.collector import Collector, Fault
from diskret.gate.admit import Context, admit
from diskret.gate.metadata import Metadata
from diskret.gate.pseudonym import Pseudonyms
from diskret.gate.sources import Sources
from diskret.model.clock import SystemClock
from diskret.model.records import CrashSignal, Purpose, Report, SentrySignal, Withheld
from diskret.model.stats import Tally
from programs import Finished, run

# One crash, sent; prints what became of it.
CRASH = """
import json
import diskret
diskret.init()
try:
    raise ValueError("typed words")
except ValueError:
    event_id = diskret.capture_exception()
flushed = diskret.flush(10)
stats = diskret.stats()
print(json.dumps({"event_id": event_id, "flushed": flushed, "sent": stats.sent, "dropped": stats.dropped}))
"""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


@pytest.fixture
def other() -> Iterator[Collector]:
    """Give a server that must not hear of anything."""
    with Collector() as running:
        yield running


def sent(finished: Finished) -> bool:
    """Tell whether the one crash of CRASH arrived, and that nothing was printed beside."""
    assert finished.stderr == ""
    assert finished.code == 0
    return finished.result["flushed"] is True and finished.result["sent"] == {"crash_reports": 1}


def on_the_wire(collector: Collector) -> bytes:
    """Give every byte that a collector got, heads and bodies, as sent and decoded."""
    return b"\n".join(
        part for request in collector.requests() for part in (request.head, request.body, request.decoded)
    )


def crash_of(exception: BaseException) -> CrashSignal:
    try:
        raise exception
    except BaseException as raised:  # noqa: BLE001  # whatever it is
        signals: list[CrashSignal] = []
        capture = CrashCapture(lambda signal: signals.append(signal) or True, Tally(), SystemClock(), lambda: None)
        capture.open(1)
        capture.capture(raised)
    return signals[0]


def context() -> Context:
    return Context(Sources(SourceReader()), Pseudonyms(b"k" * 32), Metadata())


# --- what leaves with a plain init; local variables; trace headers; sessions (traps 3, 4 and 5) ---------------------

LEAKY = """
import json, logging, os, socket, subprocess, sys, threading, urllib.request
socket.gethostname = lambda: "alices-laptop"
if sys.argv[1] == "diskret":
    import diskret as sdk
    sdk.init()
    sdk.set_user("alice@example.com")
else:
    import sentry_sdk as sdk
    sdk.init(os.environ["PLAIN_DSN"], enable_logs=True)
    sdk.set_user({"id": "alice@example.com"})
import httpx
logging.basicConfig(level="INFO", stream=open(os.devnull, "w"))
log = logging.getLogger(__name__)
url = os.environ["OTHER_URL"] + "/ready?token=query-of-alice"
urllib.request.urlopen(url).read()
httpx.get(url)
os.makedirs("cwd-of-alice", exist_ok=True)
names = "import json, os; print(json.dumps(list(os.environ)))"
child = subprocess.run([sys.executable, "-c", names, "command-of-alice"], cwd="cwd-of-alice", stdout=subprocess.PIPE)

def run():
    log.info("synced %s", "parameter-of-alice")
    log.error("failed for %s", "error-parameter-of-alice", extra={"who": "extra-of-alice"})
    password = "local-of-alice"
    account = {"login": {"secret": "nested-of-alice"}}
    made = type("ClassOfAlice", (Exception,), {})
    try:
        try:
            try:
                open(os.path.abspath("path-of-alice"))
            except OSError as error:
                {}["key-of-" + "alice"]
        except KeyError as error:
            error.add_note("note-of-alice")
            raise ValueError(f"text of {password}") from error  # source-of-alice
    except ValueError as error:
        try:
            raise made("made") from error
        except made:
            sdk.capture_exception()

thread = threading.Thread(target=run, name="thread-of-alice")
thread.start()
thread.join()
sdk.flush(10)
print(child.stdout.decode())
"""

PERSONAL = {
    "the host name": "alices-laptop",
    "an argument of the process": "argument-of-alice",
    "the folder of the program": "folder-of-alice",
    "the folder of a child process": "cwd-of-alice",
    "an argument of a child process": "command-of-alice",
    "a local variable": "local-of-alice",
    "a value inside a local variable": "nested-of-alice",
    "the name of a class made at run time": "ClassOfAlice",
    "a line of source": "source-of-alice",
    "the path in an OSError": "path-of-alice",
    "the key of a KeyError": "key-of-alice",
    "a note on an exception": "note-of-alice",
    "an f-string of an exception": "text of local",
    "a log parameter": "parameter-of-alice",
    "a field of extra=": "extra-of-alice",
    "a query string": "query-of-alice",
    "a user id": "alice@example.com",
    "a thread name": "thread-of-alice",
    "an installed package": "iniconfig",
}
TRACING = ("sentry-trace", "baggage", "traceparent", "sentry_trace", "subprocess")


class Left(NamedTuple):
    """What left a run of LEAKY: to the SDK's server, with the program's own requests, to its child's environment."""

    wire: str
    item_types: set[str]
    exceptions: list[str]
    own_requests: str
    child_environ: str


def values_of(event: dict[str, object]) -> list[dict[str, object]]:
    return event.get("exception", {}).get("values", [])  # a log call of sentry_sdk is an event without one


def left_by(sdk: str, tmp_path: Path) -> Left:
    folder = tmp_path / "folder-of-alice"
    folder.mkdir()
    with Collector() as collector, Collector() as other:
        finished = run(
            folder,
            # Its files go where the program lies.
            "import os, sys\nos.chdir(os.path.dirname(os.path.abspath(__file__)))\n" + LEAKY,
            sdk,
            "--token=argument-of-alice",
            DISKRET_SENTRY_DSN=collector.sentry_dsn,
            DISKRET_LOKI_URL=collector.loki_url,
            PLAIN_DSN=collector.sentry_dsn,
            OTHER_URL=other.url,
            API_KEY="environment-of-alice",
        )
        assert finished.code == 0, finished.stderr
        assert len(other.requests()) == 2
        return Left(
            wire=on_the_wire(collector).decode("utf-8", "replace"),
            item_types={item.type for item in collector.items()},
            exceptions=[value["type"] for event in collector.events() for value in values_of(event)],
            own_requests=b"".join(request.head for request in other.requests()).decode().lower(),
            child_environ=" ".join(json.loads(finished.stdout)).lower(),
        )


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    return left_by("diskret", tmp_path_factory.mktemp("diskret"))


@pytest.fixture(scope="module")
def left_plain(tmp_path_factory: pytest.TempPathFactory) -> Left:
    return left_by("sentry_sdk", tmp_path_factory.mktemp("plain"))


@pytest.mark.parametrize("what", PERSONAL)
def test_what_plain_sentry_sdk_sends_does_not_leave(what: str, left: Left, left_plain: Left) -> None:
    assert PERSONAL[what] in left_plain.wire
    assert PERSONAL[what] not in left.wire


def test_nothing_of_alice_leaves_by_any_other_name(left: Left) -> None:
    assert "alice" not in left.wire.lower()
    assert "password" not in left.wire


def test_what_may_leave_of_that_program_did(left: Left) -> None:
    assert left.exceptions == ["FileNotFoundError", "KeyError", "ValueError", "Exception"]
    assert "synced ‹str›" in left.wire


def test_the_programs_own_requests_carry_no_trace_headers(left: Left, left_plain: Left) -> None:
    assert "sentry-trace" in left_plain.own_requests
    assert [name for name in TRACING if name in left.own_requests] == []


def test_a_child_process_gets_no_trace_variables(left: Left, left_plain: Left) -> None:
    assert "subprocess_sentry_trace" in left_plain.child_environ
    assert [name for name in TRACING if name in left.child_environ] == []


def test_an_envelope_holds_an_event_and_nothing_else(left: Left, left_plain: Left) -> None:
    assert "log" in left_plain.item_types
    assert left.item_types == {"event"}
    assert '"did"' not in left.wire


def test_sentry_sdk_itself_is_handed_no_word_of_a_crash() -> None:
    password = "local-of-alice"
    client = SentryClient("http://key@127.0.0.1:9/1", "1.0", "test")
    (signal,) = client.build(crash_of(ValueError(f"text of {password}")))
    client.close()
    event = json.dumps(signal.event)
    assert (signal.item_type, "ValueError" in event, "alice" in event, '"vars"' in event) == ("event", *[False] * 3)
    personal = ("modules", "server_name", "extra", "user", "breadcrumbs", "request", "threads")
    assert [name for name in personal if signal.event.get(name)] == []


# --- the transport is not the only wire (trap 1) --------------------------------------------------------------------


def test_spotlight_in_the_environment_gets_nothing(tmp_path: Path, collector: Collector, other: Collector) -> None:
    spotlight = {"SENTRY_SPOTLIGHT": f"{other.url}/stream"}
    plain = """
        import sentry_sdk
        sentry_sdk.init("http://key@127.0.0.1:9/1", transport=lambda event: None)
        sentry_sdk.capture_exception(ValueError("leaks"))
    """
    assert run(tmp_path, plain, **spotlight).code == 0
    assert [request.path for request in other.requests()] == ["/stream"]
    assert sent(run(tmp_path, CRASH, DISKRET_SENTRY_DSN=collector.sentry_dsn, **spotlight))
    assert len(other.requests()) == 1


# --- redirects, plain http, and the environment (trap 2) ------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_server_is_not_followed(
    status: int, tmp_path: Path, collector: Collector, other: Collector
) -> None:
    collector.faults.add(Fault.answer(status, headers={"Location": f"{other.url}/api/1/envelope/"}))
    finished = run(tmp_path, CRASH, DISKRET_SENTRY_DSN=collector.sentry_dsn)
    assert not sent(finished)
    assert finished.result["dropped"] == {"crash_reports": {f"redirect not followed ({status})": 1}}
    assert [request.status for request in collector.requests()] == [status]
    assert other.requests() == []


@pytest.mark.parametrize(
    "dsn",
    [
        "http://key@example.com/1",
        "http://key@192.0.2.1/1",
        "http://key@127.0.0.1.example.com/1",
        "http://key@localhost.example.com/1",
        "http://key:secret@0.0.0.0/1",
        "HTTP://key@example.com/1",
        "ftp://key@127.0.0.1/1",
    ],
)
def test_a_dsn_without_tls_is_refused_but_on_loopback(dsn: str) -> None:
    with pytest.raises(diskret.SettingsError, match="DISKRET_SENTRY_DSN"):
        diskret.init(app="a", release="1", sentry_dsn=dsn)


def test_the_variables_of_sentry_sdk_are_not_read(tmp_path: Path, collector: Collector, other: Collector) -> None:
    foreign = {
        "SENTRY_DSN": other.sentry_dsn,
        "SENTRY_RELEASE": "release-of-alice",
        "SENTRY_ENVIRONMENT": "environment-of-alice",
        "SENTRY_DEBUG": "true",
        "SENTRY_KEEP_ALIVE": "true",
    }
    assert sent(run(tmp_path, CRASH, DISKRET_SENTRY_DSN=collector.sentry_dsn, **foreign))
    assert b"alice" not in on_the_wire(collector)
    finished = run(tmp_path, CRASH, **foreign)  # without a DSN of its own
    assert (finished.result["event_id"], finished.result["sent"]) == (None, {})
    assert len(collector.requests()) == 1
    assert other.requests() == []


def test_a_proxy_of_the_environment_gets_nothing(tmp_path: Path, collector: Collector, other: Collector) -> None:
    names = ("http_proxy", "https_proxy", "all_proxy")
    proxies = {written: other.url for name in names for written in (name, name.upper())}
    finished = run(tmp_path, CRASH, DISKRET_SENTRY_DSN=collector.sentry_dsn, NO_PROXY="", no_proxy="", **proxies)
    assert sent(finished)
    assert other.requests() == []


# A key of nobody, for 127.0.0.1 alone; it signs itself, and is valid until 2126.
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBrDCCAVGgAwIBAgIUCqMz6uTtMN370qMharOMmyfbb5gwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzE5MDIxNVoYDzIxMjYxMDMw
MTkwMjE1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAT8kf+Cyz/cF9bXqDSUjndp+quOQIqjv6+D+edTukecyPw3Nv9nP0Ky
W7gxDOiOsg9y4Gj29ckjCkU1FWBHP/fAo38wfTAdBgNVHQ4EFgQUKtJKpaT6pSFD
5PKoi//gsqjiwRIwHwYDVR0jBBgwFoAUKtJKpaT6pSFD5PKoi//gsqjiwRIwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwDgYDVR0P
AQH/BAQDAgKEMAoGCCqGSM49BAMCA0kAMEYCIQCZnDU7oyg8L49GflbXvyAAxcqD
GM7NRgnbsR2k7o/YKQIhAP/bajQn2clz86eppah/fa8XZywcS224psYzogEiPkQn
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg+7Q52XwHK1RPMkew
9rj55G+Oejcqin759F61VQADtN2hRANCAAT8kf+Cyz/cF9bXqDSUjndp+quOQIqj
v6+D+edTukecyPw3Nv9nP0KyW7gxDOiOsg9y4Gj29ckjCkU1FWBHP/fA
-----END PRIVATE KEY-----
"""


@pytest.fixture
def certificate(tmp_path: Path) -> str:
    path = tmp_path / "authority.pem"
    path.write_text(CERTIFICATE)
    return str(path)


@pytest.fixture
def behind_tls(certificate: str) -> Iterator[tuple[str, list[str]]]:
    """Give the DSN of a server under that certificate, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that http.server calls
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"https://key@127.0.0.1:{server.server_port}/1", asked
        server.shutdown()
        thread.join()


def test_a_certificate_authority_of_the_settings_is_trusted(
    tmp_path: Path, certificate: str, behind_tls: tuple[str, list[str]]
) -> None:
    dsn, asked = behind_tls
    assert sent(run(tmp_path, CRASH, DISKRET_SENTRY_DSN=dsn, DISKRET_CA_FILE=certificate))
    assert asked == ["/api/1/envelope/"]


def test_a_certificate_authority_of_the_environment_is_not_trusted(
    tmp_path: Path, certificate: str, behind_tls: tuple[str, list[str]]
) -> None:
    dsn, asked = behind_tls
    authorities = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), certificate)
    program = CRASH.replace("flush(10)", "flush(2)")  # it is tried again and again
    assert not sent(run(tmp_path, program, DISKRET_SENTRY_DSN=dsn, **authorities))
    assert asked == []


def test_the_environment_cannot_have_the_keys_of_a_connection_written_down(
    tmp_path: Path, certificate: str, behind_tls: tuple[str, list[str]]
) -> None:
    keys = tmp_path / "keys.log"
    settings = {"DISKRET_SENTRY_DSN": behind_tls[0], "DISKRET_CA_FILE": certificate}
    assert sent(run(tmp_path, CRASH, **settings, SSLKEYLOGFILE=str(keys)))
    assert not keys.exists()


# --- items of other types (trap 5) ----------------------------------------------------------------------------------

# Those that sentry_sdk can emit, one that other SDKs can, and one that nobody can yet.
OTHER_TYPES = (
    "transaction",
    "session",
    "sessions",
    "check_in",
    "profile",
    "profile_chunk",
    "attachment",
    "log",
    "trace_metric",
    "span",
    "client_report",
    "replay_event",
    "of_next_year",
)


def through_the_transport(item: Item) -> tuple[str, object]:
    received: list[tuple[str, object]] = []
    Transport(lambda kind, payload: received.append((kind, payload))).capture_envelope(Envelope(items=[item]))
    (one,) = received
    return one


@pytest.mark.parametrize("item_type", OTHER_TYPES)
def test_an_item_that_is_no_event_is_withheld(item_type: str) -> None:
    crash = crash_of(ValueError("typed"))
    payload = PayloadRef(json={"event_id": crash.event_id, "did": "alice@example.com"})
    kind, received = through_the_transport(Item(payload, type=item_type))
    assert kind == item_type
    verdict = admit(SentrySignal(kind, received, crash), context())
    assert verdict == Withheld(Purpose.CRASH_REPORTS, "envelope item not permitted")


def test_the_event_of_a_captured_crash_is_admitted_and_nothing_is_taken_from_it() -> None:
    crash = crash_of(ValueError("typed"))
    payload = PayloadRef(json={"event_id": crash.event_id, "user": {"id": "alice"}, "extra": {"a": "alice"}})
    kind, received = through_the_transport(Item(payload, type="event"))
    verdict = admit(SentrySignal(kind, received, crash), context())
    assert isinstance(verdict, Report)
    assert "alice" not in repr(verdict)


def test_an_event_of_no_captured_crash_is_withheld() -> None:
    verdict = admit(SentrySignal("event", {"event_id": "0" * 32}, None), context())
    assert verdict == Withheld(Purpose.CRASH_REPORTS, "event of no captured crash")


def test_an_attachment_is_not_even_read(tmp_path: Path) -> None:
    missing = Attachment(path=str(tmp_path / "no-such-diary.txt"))
    assert through_the_transport(missing.to_envelope_item()) == ("attachment", {})


# --- forks (trap 6) -------------------------------------------------------------------------------------------------


def test_a_fork_sends_no_event_twice(tmp_path: Path, collector: Collector) -> None:
    finished = run(
        tmp_path,
        """
        import os
        import diskret
        diskret.init()
        for _ in range(5):
            diskret.capture_exception(ValueError("of the parent"))
        child = os.fork()
        diskret.capture_exception(ValueError("of both"))
        assert diskret.flush(10)
        if child:
            assert os.waitpid(child, 0)[1] == 0
        """,
        DISKRET_SENTRY_DSN=collector.sentry_dsn,
    )
    assert finished.code == 0, finished.stderr  # from 3.12 on, Python warns of any fork beside a thread
    ids = [json.loads(item.payload)["event_id"] for item in collector.items()]
    assert (len(ids), len(set(ids))) == (7, 7)


# --- privacy in callbacks (trap 7) ----------------------------------------------------------------------------------


def test_an_error_inside_the_gate_withholds_the_event() -> None:
    crash = crash_of(ValueError("typed"))._replace(exceptions=None)  # type: ignore[arg-type]  # a fault on purpose
    verdict = admit(SentrySignal("event", {}, crash), context())
    assert verdict == Withheld(Purpose.CRASH_REPORTS, "gate error")


@pytest.mark.parametrize("callback", ["before_send", "before_breadcrumb", "event_processor", "integrations", "debug"])
def test_there_is_no_option_that_lets_a_callback_touch_an_event(callback: str) -> None:
    with pytest.raises(TypeError, match=callback):
        diskret.init(app="a", release="1", **{callback: lambda event, hint: event})


# --- ways of ending (trap 8) ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "events"),
    [("raise KeyboardInterrupt", 0), ("raise SystemExit(3)", 0), ("raise ValueError('typed')", 1)],
)
def test_an_end_that_was_asked_for_is_no_crash(ending: str, events: int, tmp_path: Path, collector: Collector) -> None:
    program = f"import diskret\ndiskret.init()\n{ending}\n"
    settings = {"DISKRET_SENTRY_DSN": collector.sentry_dsn, "DISKRET_EXIT_TIMEOUT": "10"}
    assert run(tmp_path, program, **settings).code != 0
    assert len(collector.requests()) == events


# --- processes of its own (trap 9) ----------------------------------------------------------------------------------


def test_no_other_program_is_started(tmp_path: Path, collector: Collector) -> None:
    watch = """
        import sys
        started = []
        names = ("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn")
        sys.addaudithook(lambda event, args: started.append(event) if event in names else None)
    """
    report = 'print(json.dumps({"started": started}))\n'
    plain = 'import json, sentry_sdk\nsentry_sdk.init("http://key@127.0.0.1:9/1")\n'
    lines = "\n".join(line.strip() for line in watch.splitlines()) + "\n"
    assert run(tmp_path, lines + plain + report).result["started"]
    finished = run(tmp_path, lines + CRASH + report, DISKRET_SENTRY_DSN=collector.sentry_dsn)
    assert finished.result["started"] == []
    assert len(collector.events()) == 1


# --- a server that accepts and never answers (trap 10) --------------------------------------------------------------


@pytest.mark.parametrize("ending", ["", "diskret.close()"])
def test_a_silent_server_neither_delays_the_exit_nor_makes_it_print(
    ending: str, tmp_path: Path, collector: Collector
) -> None:
    collector.faults.add(Fault.silence())
    program = f"""
        import time
        import diskret
        diskret.init()
        diskret.capture_exception(ValueError("typed"))
        assert not diskret.flush(2)  # the request is under way by now
        print(time.monotonic())
        {ending}
    """
    finished = run(tmp_path, program, DISKRET_SENTRY_DSN=collector.sentry_dsn)
    end = time.monotonic()
    assert len(collector.requests()) == 1
    assert (finished.code, finished.stderr, len(finished.stdout.splitlines())) == (0, "", 1)
    # sentry_sdk waits for 2 s; diskret for exit_timeout, 0.05 s. The rest is for a slow machine.
    assert end - float(finished.stdout) < 1.5


# --- a burst (trap 11) ----------------------------------------------------------------------------------------------


def test_a_burst_of_crashes_is_sent_whole(tmp_path: Path, collector: Collector) -> None:
    finished = run(
        tmp_path,
        """
        import json
        import diskret
        diskret.init()
        for _ in range(500):
            diskret.capture_exception(ValueError("typed"))
        diskret.flush(30)
        stats = diskret.stats()
        print(json.dumps({"sent": stats.sent, "dropped": stats.dropped, "balanced": stats.balanced()}))
        """,
        DISKRET_SENTRY_DSN=collector.sentry_dsn,
    )
    assert finished.result == {"sent": {"crash_reports": 500}, "dropped": {}, "balanced": True}
