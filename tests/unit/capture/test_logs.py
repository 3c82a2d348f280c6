"""The log handler: sees what reaches the root, survives every configuration, and is in nobody's way."""

import logging
import logging.config
from collections.abc import Iterator

import pytest

from diskret.capture.logs import LogCapture
from diskret.model.clock import SystemClock
from diskret.model.records import LogSignal
from diskret.model.stats import Tally

log = logging.getLogger("capture.test")


class Capture:
    def __init__(self, level: int = logging.INFO) -> None:
        self.signals: list[LogSignal] = []
        self.errors = Tally()
        self.handler = LogCapture(level, self._offer, self.errors, SystemClock(), lambda: "alice", lambda: -1)

    def _offer(self, signal: LogSignal) -> bool:
        self.signals.append(signal)
        return True


@pytest.fixture
def capture() -> Iterator[Capture]:
    """Capture with the root logger as a fresh program has it, and put everything back."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    capture = Capture()
    capture.handler.open(1)
    root.handlers[:] = []
    root.setLevel(logging.INFO)
    yield capture
    capture.handler.open(0)
    root.handlers[:], root.level = before
    for logger in logging.root.manager.loggerDict.values():  # dictConfig disables those that exist
        if isinstance(logger, logging.Logger):
            logger.disabled = False
    assert root.parent is None


def test_a_record_is_captured_once(capture: Capture) -> None:
    log.warning("once")
    assert [signal.text for signal in capture.signals] == ["once"]
    assert capture.signals[0].user == "alice"


RECONFIGURE = [
    lambda: logging.basicConfig(force=True, level=logging.INFO),
    lambda: logging.config.dictConfig({"version": 1, "root": {"level": "INFO", "handlers": []}}),
    lambda: logging.config.dictConfig(
        {"version": 1, "disable_existing_loggers": False, "incremental": False, "root": {"level": "INFO"}}
    ),
    lambda: logging.getLogger().handlers.clear(),
    lambda: setattr(logging.getLogger(), "handlers", []),
    lambda: logging.shutdown(),
]


@pytest.mark.parametrize("reconfigure", RECONFIGURE)
def test_it_survives_reconfiguration(capture: Capture, reconfigure) -> None:
    reconfigure()
    logging.getLogger().warning("still here")
    assert [signal.text for signal in capture.signals] == ["still here"]


def test_it_does_not_keep_basic_config_from_configuring(capture: Capture) -> None:
    logging.basicConfig(level=logging.INFO)
    assert len(logging.getLogger().handlers) == 1


def test_it_does_not_pass_for_a_handler_of_the_application(capture: Capture) -> None:
    assert not log.hasHandlers()


def test_a_program_without_handlers_still_prints_its_warnings(capture: Capture, capsys) -> None:
    log.info("quiet")
    log.warning("loud %s", 1)
    assert capsys.readouterr().err == "loud 1\n"


def test_a_program_with_a_handler_prints_nothing_twice(capture: Capture, capsys) -> None:
    handler = logging.NullHandler()
    log.addHandler(handler)
    log.warning("handled")
    log.removeHandler(handler)
    assert capsys.readouterr().err == ""


def test_a_level_that_is_off_is_not_captured_and_no_logger_is_changed(capture: Capture) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    log.debug("below the threshold")
    log.info("above")
    assert [signal.text for signal in capture.signals] == ["above"]
    assert log.level == logging.NOTSET


def test_a_high_threshold_leaves_the_last_resort_alone(capsys) -> None:
    root = logging.getLogger()
    before, root.handlers[:] = root.handlers[:], []
    capture = Capture(logging.ERROR)
    capture.handler.open(1)
    log.warning("shown, not captured")
    capture.handler.open(0)
    root.handlers[:] = before
    assert capture.signals == []
    assert capsys.readouterr().err == "shown, not captured\n"


def test_nothing_is_captured_without_an_epoch(capture: Capture) -> None:
    capture.handler.open(0)
    log.warning("unheard")
    assert capture.signals == []


def test_own_loggers_are_left_alone(capture: Capture) -> None:
    logging.getLogger("diskret").warning("mine")
    logging.getLogger("diskret.ship").warning("mine")
    logging.getLogger("diskretion").warning("not mine")
    assert [signal.text for signal in capture.signals] == ["not mine"]


def test_the_own_thread_is_left_alone_also_where_records_name_no_thread(monkeypatch) -> None:
    import threading

    monkeypatch.setattr(logging, "logThreads", False)
    signals: list[LogSignal] = []
    handler = LogCapture(
        logging.INFO, lambda s: bool(signals.append(s)), Tally(), SystemClock(), lambda: None, threading.get_ident
    )
    handler.open(1)
    try:
        log.warning("mine")
    finally:
        handler.open(0)
    assert signals == []


def test_no_argument_is_ever_formatted(capture: Capture) -> None:
    class Hostile:
        def __str__(self) -> str:
            raise AssertionError("user code ran")

        __repr__ = __format__ = __hash__ = __eq__ = __str__  # type: ignore[assignment]

    log.info("%s %r", Hostile(), [Hostile()])
    log.info(Hostile())
    assert len(capture.signals) == 2
    assert capture.errors.value == 0


def test_a_fault_inside_is_counted_and_not_raised() -> None:
    def offer(signal: LogSignal) -> bool:
        raise RuntimeError("full")

    errors = Tally()
    handler = LogCapture(logging.INFO, offer, errors, SystemClock(), lambda: None, lambda: -1)
    handler.open(1)
    try:
        log.warning("x")
    finally:
        handler.open(0)
    assert errors.value == 1


def test_no_traceback_and_no_frame_is_kept(capture: Capture) -> None:
    import gc
    import weakref

    class Big:
        pass

    def fails() -> None:
        local = Big()
        nonlocal_ref.append(weakref.ref(local))
        raise ValueError("x")

    nonlocal_ref: list[weakref.ref[Big]] = []
    try:
        fails()
    except ValueError:
        log.exception("failed")
    gc.collect()
    assert capture.signals[0].exceptions[0].frames
    assert nonlocal_ref[0]() is None
