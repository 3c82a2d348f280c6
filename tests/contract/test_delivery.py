"""From a log call to a stored line, from an exception to a stored event: over real sockets, to the collector."""

import gzip
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

import diskret
from diskret.collector import Collector
from diskret.collector.faults import Fault
from programs import run

log = logging.getLogger("typed.name")


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


@pytest.fixture
def diag(collector: Collector) -> Iterator[diskret.Handle]:
    handle = diskret.init(
        app="contacts",
        release="1.4.2",
        environment="test",
        loki_url=collector.loki_url,
        sentry_dsn=collector.sentry_dsn,
        server_id="srv-12",
        oem_id="oem-7",
        language="de-DE",
    )
    log.addHandler(logging.NullHandler())
    yield handle
    handle.close(timeout=0)


def test_a_log_line_arrives_in_wire_version_1(diag: diskret.Handle, collector: Collector) -> None:
    diskret.consent.grant()
    diskret.set_user("alice@example.com")
    diskret.set_server(id="srv-13")
    diskret.set_server(version="7.1.0")
    log.warning("synced %d contacts for %s", 12, "Alice")
    assert diskret.flush(5)
    (line,) = collector.lines()
    labels = {name: value for name, value in line.labels.items() if name not in ("service_name", "detected_level")}
    assert labels == {"app": "contacts", "environment": "test", "delivery": "live"}
    body = json.loads(line.line)
    here = test_a_log_line_arrives_in_wire_version_1.__code__
    assert body == {
        "v": 1,
        "message": "synced 12 contacts for ‹str›",
        "template": "synced %d contacts for %s",
        "logger": "typed.name",
        "module": "contract.test_delivery",
        "function": here.co_name,
        "line": here.co_firstlineno + 5,
    }
    metadata = dict(line.metadata)
    user, run_id = metadata.pop("user"), metadata.pop("run")
    assert len(user) == 41
    assert "alice" not in user
    assert len(run_id) == 16
    assert metadata.pop("os_version", "6.1")
    assert metadata == {
        "level": "warning",
        "client_version": "1.4.2",
        "server_version": "7.1.0",
        "os": metadata["os"],
        "language": "de-DE",
        "server_id": "srv-13",
        "oem_id": "oem-7",
        "seq": "1",
    }


def test_a_crash_arrives_as_one_event(diag: diskret.Handle, collector: Collector) -> None:
    diskret.consent.grant()
    diskret.set_user("alice@example.com")
    try:
        raise ValueError("bad card")
    except ValueError:
        event_id = diskret.capture_exception()
    assert diskret.flush(5)
    (event,) = collector.events()
    assert event["event_id"] == event_id
    assert event["release"] == "contacts@1.4.2"
    assert event["environment"] == "test"
    assert set(event) == {
        "event_id",
        "timestamp",
        "platform",
        "level",
        "release",
        "environment",
        "sdk",
        "contexts",
        "tags",
        "exception",
        "user",
    }
    (exception,) = event["exception"]["values"]
    assert (exception["type"], exception["value"]) == ("ValueError", "bad card")
    assert exception["stacktrace"]["frames"][-1]["filename"].endswith("contract/test_delivery.py")
    assert set(exception["stacktrace"]["frames"][-1]) == {"module", "function", "filename", "lineno", "in_app"}


def test_an_event_is_one_that_sentry_itself_finds_valid(diag: diskret.Handle, collector: Collector) -> None:
    from peers.relay import normalisation_errors, release_is_valid

    diskret.consent.grant()
    diskret.set_user("alice@example.com")
    try:
        try:
            {}["alice"]
        except KeyError as error:
            raise ExceptionGroup("several", [ValueError("a"), OSError(2, "no")]) from error
    except ExceptionGroup:
        diskret.capture_exception()
    assert diskret.flush(5)
    (event,) = collector.events()
    assert len(event["exception"]["values"]) == 4
    assert normalisation_errors(event) == []
    assert release_is_valid(event["release"])


def test_nothing_leaves_and_nothing_is_captured_without_consent(diag: diskret.Handle, collector: Collector) -> None:
    log.warning("before")
    assert diskret.capture_exception(ValueError("before")) is None
    assert diskret.flush(5)
    assert diskret.stats().captured == {}
    diskret.consent.grant("crash_reports")
    log.warning("still before")
    diskret.consent.grant("logs")
    log.warning("after")
    assert diskret.flush(5)
    assert [json.loads(line.line)["message"] for line in collector.lines()] == ["after"]
    assert collector.events() == []


def test_after_a_withdrawal_nothing_waits_and_nothing_is_sent(diag: diskret.Handle, collector: Collector) -> None:
    diskret.consent.grant()
    collector.faults.add(Fault.answer(503))
    for _ in range(10):
        log.warning("captured before")
    assert not diskret.flush(0.3)
    asked = len(collector.requests())
    diskret.consent.withdraw()
    log.warning("captured after")
    assert diskret.flush(5)  # a batch that was under way is accounted for once its request has ended
    stats = diskret.stats()
    assert stats.dropped["logs"] == {"consent withdrawn": 10}
    collector.faults.clear()
    diskret.consent.grant()
    log.warning("captured under a new grant")
    assert diskret.flush(5)
    assert [json.loads(line.line)["message"] for line in collector.lines()] == ["captured under a new grant"]
    assert len(collector.requests()) == asked + 1


def test_twins_stay_apart(diag: diskret.Handle, collector: Collector) -> None:
    diskret.consent.grant()
    for name in ("Alice", "Bob", "Carol"):
        log.warning("hello %s", name)
    assert diskret.flush(5)
    assert len(collector.lines()) == 3
    times = [line.time_ns for line in collector.lines()]
    assert times == sorted(set(times))


def test_what_shipping_logs_is_not_captured(diag: diskret.Handle, collector: Collector) -> None:
    root = logging.getLogger()
    shown: list[str] = []

    class Show(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            shown.append(record.name)

    handler = Show()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    try:
        diskret.consent.grant()
        log.warning("one")
        assert diskret.flush(5)
        log.warning("two")
        assert diskret.flush(5)
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    assert len(collector.lines()) == 2
    assert not [name for name in shown if name.startswith(("httpx", "httpcore"))]


def test_a_server_that_recovers_gets_what_waited(diag: diskret.Handle, collector: Collector) -> None:
    diskret.consent.grant()
    collector.faults.add(Fault.answer(503), times=2)
    log.warning("patience")
    assert diskret.flush(20)
    assert len(collector.lines()) == 1
    assert [request.status for request in collector.requests()] == [503, 503, 204]
    assert diskret.stats().sent["logs"] == 1


def test_pushes_are_gzip_and_at_most_a_mebibyte(diag: diskret.Handle, collector: Collector) -> None:
    diskret.consent.grant()
    for _ in range(4_000):
        log.warning("filler %s", diskret.safe("x" * 500))
    assert diskret.flush(20)
    assert len(collector.lines()) == 4_000
    pushes = collector.requests()
    assert len(pushes) >= 2
    for push in pushes:
        assert len(gzip.decompress(push.body)) <= 1 << 20


def test_init_twice_is_refused_until_the_first_is_closed(diag: diskret.Handle) -> None:
    with pytest.raises(diskret.AlreadyInitialised):
        diskret.init(app="a", release="1")
    diag.close(timeout=0)
    diskret.init(app="a", release="1").close()


def test_without_init_everything_is_a_harmless_no_op() -> None:
    diskret.consent.grant()
    diskret.consent.withdraw()
    diskret.consent.on_change(lambda changed: None)
    diskret.set_user("alice")
    diskret.set_server(version="1")
    assert diskret.capture_exception(ValueError("x")) is None
    assert diskret.flush(0)
    assert diskret.stats().captured == {}
    assert not any(decision.allows for decision in diskret.consent.status().values())
    diskret.close()


def test_a_formatter_of_the_application_sees_and_says_admitted_things_alone(collector: Collector) -> None:
    seen: list[dict[str, object]] = []

    class Formatter(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            seen.append(dict(record.__dict__))
            return json.dumps(
                {"message": record.msg, "funcName": record.funcName, "host": "alices-laptop", "line": "Alice"}
            )

    diskret.init(
        app="a", release="1", loki_url=collector.loki_url, consent="granted", formatter=Formatter(), sentry_dsn=None
    )
    log.warning("hello %s", "Alice")
    assert diskret.flush(5)
    (line,) = collector.lines()
    assert json.loads(line.line) == {
        "message": "hello ‹str›",
        "funcName": "test_a_formatter_of_the_application_sees_and_says_admitted_things_alone",
    }
    assert "Alice" not in repr(seen)
    assert seen[0]["process"] is None
    assert seen[0]["threadName"] is None


def test_a_record_factory_of_the_application_adds_nothing(diag: diskret.Handle, collector: Collector) -> None:
    usual = logging.getLogRecordFactory()

    def factory(*args: object, **kwargs: object) -> logging.LogRecord:
        record = usual(*args, **kwargs)
        record.customer = "Alice Example"
        return record

    diskret.consent.grant()
    logging.setLogRecordFactory(factory)
    try:
        log.warning("hello %d", 3)
        assert diskret.flush(5)
    finally:
        logging.setLogRecordFactory(usual)
    (line,) = collector.lines()
    assert "Alice" not in line.line
    assert set(json.loads(line.line)) == {"v", "message", "template", "logger", "module", "function", "line"}


def test_an_unhandled_exception_is_delivered_on_the_way_out(tmp_path: Path, collector: Collector) -> None:
    finished = run(
        tmp_path,
        """
        import diskret
        diskret.init(exit_timeout=10)
        def fails(password):
            raise RuntimeError("the end")
        fails("hunter2")
        """,
        DISKRET_SENTRY_DSN=collector.sentry_dsn,
        DISKRET_LOKI_URL=collector.loki_url,
    )
    assert finished.code == 1
    assert finished.stderr.endswith("RuntimeError: the end\n")
    (event,) = collector.events()
    (exception,) = event["exception"]["values"]
    assert (event["level"], exception["value"], exception["mechanism"]["type"]) == ("fatal", "the end", "excepthook")
    assert [frame["function"] for frame in exception["stacktrace"]["frames"]] == ["<module>", "fails"]
    assert b"hunter2" not in b"".join(request.decoded for request in collector.requests())


def test_a_fork_in_the_middle_of_an_import_leaves_the_child_able_to_import(
    tmp_path: Path, collector: Collector
) -> None:
    finished = run(
        tmp_path,
        """
        import logging, os, signal, sys, time, warnings
        import diskret
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: of a fork beside any thread
        diskret.init()
        logging.getLogger().addHandler(logging.NullHandler())
        logging.warning("have the worker import what it sends with")
        while "httpx" not in sys.modules:
            time.sleep(0.0005)
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            import httpx
            httpx.Client
            logging.warning("child")
            os._exit(0 if diskret.flush(10) else 1)
        assert os.waitpid(child, 0)[1] == 0
        """,
        DISKRET_LOKI_URL=collector.loki_url,
    )
    assert (finished.code, finished.stderr) == (0, "")


def test_a_stand_in_for_sentry_sdk_is_no_client(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    from types import ModuleType

    monkeypatch.setitem(sys.modules, "sentry_sdk", ModuleType("sentry_sdk"))
    diskret.init(app="a", release="1", loki_url=collector.loki_url).close()


def test_a_formatter_that_ends_the_program_ends_nothing(collector: Collector) -> None:
    class Formatter(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            raise SystemExit(3)

    diskret.init(app="a", release="1", loki_url=collector.loki_url, consent="granted", formatter=Formatter())
    log.warning("first")
    log.warning("second")
    assert diskret.flush(5)
    assert len(collector.lines()) == 2


def test_a_forked_child_sends_its_own_and_nothing_twice(tmp_path: Path, collector: Collector) -> None:
    finished = run(
        tmp_path,
        """
        import logging, os
        import diskret
        diskret.init()
        log = logging.getLogger()
        log.addHandler(logging.NullHandler())
        log.warning("parent before")
        child = os.fork()
        if child == 0:
            log.warning("child")
            ok = diskret.flush(10) and diskret.stats().sent == {"logs": 1}
            os._exit(0 if ok else 1)
        log.warning("parent after")
        assert diskret.flush(10)
        assert os.waitpid(child, 0)[1] == 0
        """,
        DISKRET_LOKI_URL=collector.loki_url,
    )
    assert finished.stderr.replace("crash", "") == finished.stderr
    assert finished.code == 0
    messages = sorted(json.loads(line.line)["message"] for line in collector.all_lines())
    assert messages == ["child", "parent after", "parent before"]
