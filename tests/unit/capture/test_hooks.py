"""Exceptions that nobody caught: chained, given back, and not mistaken for ways of ending."""

import sys
import threading
from collections.abc import Iterator

import pytest

from diskret.capture.hooks import CrashCapture
from diskret.model.clock import SystemClock
from diskret.model.records import CrashSignal
from diskret.model.stats import Tally


class Captured:
    def __init__(self) -> None:
        self.signals: list[CrashSignal] = []
        self.seen: list[BaseException] = []
        self.crashes = CrashCapture(self._offer, Tally(), SystemClock(), lambda: None)

    def _offer(self, signal: CrashSignal) -> bool:
        self.signals.append(signal)
        return True


@pytest.fixture
def captured(monkeypatch: pytest.MonkeyPatch) -> Iterator[Captured]:
    captured = Captured()
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, traceback: captured.seen.append(error))
    monkeypatch.setattr(threading, "excepthook", lambda args: captured.seen.append(args.exc_value))
    captured.crashes.install()
    captured.crashes.open(1)
    yield captured
    captured.crashes.uninstall()


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:  # noqa: BLE001  # whatever it is
        return caught


def test_an_unhandled_exception_is_captured_and_passed_on(captured: Captured) -> None:
    error = raised(ValueError("x"))
    sys.excepthook(type(error), error, error.__traceback__)
    (signal,) = captured.signals
    assert (signal.mechanism, signal.handled) == ("excepthook", False)
    assert captured.seen == [error]


def test_an_unhandled_exception_of_a_thread_is_captured_and_passed_on(captured: Captured) -> None:
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    (signal,) = captured.signals
    assert (signal.mechanism, signal.exceptions[0].type) == ("threading", ZeroDivisionError)
    assert [type(error) for error in captured.seen] == [ZeroDivisionError]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), GeneratorExit()])
def test_ways_of_ending_are_no_crashes(captured: Captured, error: BaseException) -> None:
    error = raised(error)
    sys.excepthook(type(error), error, error.__traceback__)
    assert captured.signals == []
    assert captured.seen == [error]


def test_a_hook_that_is_called_by_hand_with_nothing_only_passes_on(captured: Captured) -> None:
    sys.excepthook(None, None, None)  # type: ignore[arg-type]
    assert captured.signals == []
    assert captured.seen == [None]


def test_the_hooks_are_given_back(captured: Captured) -> None:
    ours = sys.excepthook
    captured.crashes.uninstall()
    assert sys.excepthook != ours
    error = raised(ValueError("x"))
    sys.excepthook(type(error), error, error.__traceback__)
    assert captured.signals == []
    assert captured.seen == [error]


def test_a_hook_that_was_chained_onto_ours_stays(captured: Captured) -> None:
    ours = sys.excepthook

    def theirs(kind, error, traceback) -> None:
        ours(kind, error, traceback)

    sys.excepthook = theirs
    captured.crashes.uninstall()
    assert sys.excepthook is theirs
    error = raised(ValueError("x"))
    sys.excepthook(type(error), error, error.__traceback__)
    assert captured.signals == []
    assert captured.seen == [error]


def test_the_event_id_is_a_random_uuid(captured: Captured) -> None:
    ids = {captured.crashes.capture(ValueError("x")) for _ in range(50)}
    assert len(ids) == 50
    assert all(len(i) == 32 and i[12] == "4" and i[16] in "89ab" and int(i, 16) for i in ids if i)


def test_without_an_epoch_or_an_exception_nothing_is_captured(captured: Captured) -> None:
    assert captured.crashes.capture(None) is None
    captured.crashes.open(0)
    assert captured.crashes.capture(ValueError("x")) is None
    assert captured.signals == []
