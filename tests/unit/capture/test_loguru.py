"""loguru's messages: the words that stand at the call pass, the values that loguru put between them are judged."""

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import loguru
import pytest
from loguru import logger

from diskret.capture.loguru import sink

CANARY = "Alice Example <alice@example.com>"


@pytest.fixture(autouse=True)
def _with_the_sink() -> Iterator[None]:
    logger.remove()
    logger.add(sink, format="", diagnose=False, backtrace=False, catch=False)
    yield
    logger.remove()
    logger.configure(patcher=lambda record: None, extra={})


def test_the_words_of_the_call_pass_and_values_are_judged(watch) -> None:
    logger.info("synced {} for {}", 12345, CANARY)
    (body,) = watch.bodies()
    assert (body.message, body.template, body.level) == ("synced ≈12000 for ‹…›", "synced {} for {}", "info")
    assert (body.function, watch.signals[0].logger) == (
        "test_the_words_of_the_call_pass_and_values_are_judged",
        __name__,
    )


TEXTS = [
    (lambda: logger.info("synced"), "synced"),
    (lambda: logger.info("{} of {{}} done, 100%", 3), "3 of {} done, 100%"),
    (lambda: logger.info("{{}} stays"), "{{}} stays"),
    (lambda: logger.info("{0}: {0} by {1!r:>40}", 7, CANARY), "7: 7 by ‹…›"),
    (lambda: logger.info("{who} has {count:.1f}", who=CANARY, count=2.5), "‹…› has 2.5"),
    (lambda: logger.info(f"{CANARY} has {3}"), "‹…› has 3"),
    (lambda: logger.info("{}% of {}", 50, CANARY), "50% of ‹…›"),
    (lambda: logger.log("WARNING", "hello {}", CANARY), "hello ‹…›"),
    (lambda: logger.opt(lazy=True).info("hello {}", lambda: CANARY), "hello ‹…›"),
    (lambda: logger.opt(raw=True).info("hello {}\n", CANARY), "hello ‹…›\n"),
    (lambda: logger.info("hello " + "{}", CANARY), "hello ‹…›"),
    (lambda: logger.info("{}", CANARY), "‹dynamic text, 33 chars›"),
    (lambda: logger.info("{}{}", "alice", "smith"), "‹dynamic text, 10 chars›"),
    (lambda: logger.opt(colors=True).info("<red>failed</red>"), "‹dynamic text, 6 chars›"),
]


@pytest.mark.parametrize(("call", "message"), TEXTS)
def test_what_passes_of_a_message(watch, call, message) -> None:
    call()
    assert watch.messages() == [message]


def test_a_message_that_is_made_up_is_dynamic(watch) -> None:
    text = "hello " + CANARY
    rendered = json.dumps({"event": "synced", "who": CANARY})
    logger.info(text)
    logger.info(rendered)
    logger.info(text, 3)
    assert watch.messages() == [f"‹dynamic text, {len(t)} chars›" for t in (text, rendered, text)]


def test_a_message_that_a_patcher_changed_is_dynamic(watch) -> None:
    logger.patch(lambda record: record.update(message=f"synced for {CANARY}")).info("synced")
    assert watch.messages() == [f"‹dynamic text, {len(f'synced for {CANARY}')} chars›"]


def test_the_keys_of_the_call_pass_and_no_others(watch) -> None:
    logger.configure(extra={"tenant": CANARY})
    with logger.contextualize(request=CANARY):
        logger.bind(user=CANARY, attempt=7).info("synced", count=3, who=CANARY, **{CANARY: 1, "alice": 2})
    (body,) = watch.bodies()
    assert body.fields == (("count", "3"), ("who", "‹str›"))


def test_a_wrapper_keeps_the_words_of_its_caller(watch) -> None:
    def note(message: str, *args: object) -> None:
        logger.opt(depth=1).info(message, *args)

    note("synced")
    note("hello {}", CANARY)
    assert [(body.message, body.function) for body in watch.bodies()] == [
        ("synced", "test_a_wrapper_keeps_the_words_of_its_caller"),
        ("hello ‹…›", "test_a_wrapper_keeps_the_words_of_its_caller"),
    ]


LEVELS = [("TRACE", None), ("DEBUG", None), ("SUCCESS", "info"), ("WARNING", "warning"), ("CRITICAL", "critical")]


@pytest.mark.parametrize(("level", "leaves"), LEVELS)
def test_levels_are_those_of_logging_and_the_threshold_holds(watch, level, leaves) -> None:
    logger.log(level, "synced")
    assert [body.level for body in watch.bodies()] == ([] if leaves is None else [leaves])


def test_the_name_of_a_level_that_is_made_up_does_not_pass(watch) -> None:
    try:
        logger.level("ALICE")
    except ValueError:
        logger.level("ALICE", no=33)
    logger.log("ALICE", "synced")
    assert [body.level for body in watch.bodies()] == ["warning"]


def raise_error() -> None:
    raise ValueError(CANARY)


def test_an_exception_goes_along_without_its_text(watch) -> None:
    try:
        raise_error()
    except ValueError as error:
        logger.exception("failed")
        logger.opt(exception=error).error("failed")
    for body in watch.bodies():
        (exception,) = body.exceptions
        assert (body.message, body.level) == ("failed", "error")
        assert (exception.type, exception.value) == ("ValueError", f"‹dynamic text, {len(CANARY)} chars›")
        assert exception.frames[-1].function == "raise_error"
    assert len(watch.signals) == 2


def test_an_exception_that_loguru_caught_goes_along(watch) -> None:
    logger.catch(raise_error)()
    (body,) = watch.bodies()
    assert body.message.startswith("‹dynamic text")
    assert body.exceptions[0].type == "ValueError"


def test_no_exception_is_made_up(watch) -> None:
    logger.exception("failed")
    assert [body.exceptions for body in watch.bodies()] == [()]


class Forward(logging.Handler):
    """Sends what `logging` makes to loguru, as loguru's documentation says."""

    def emit(self, record: logging.LogRecord) -> None:
        logger.opt(depth=6, exception=record.exc_info).log(record.levelname, record.getMessage())


def test_what_comes_through_logging_is_captured_once(watch) -> None:
    seen: list[str] = []
    logger.add(lambda message: seen.append(str(message)), format="{message}")
    logging.getLogger().addHandler(Forward())
    logging.getLogger("app").warning("synced %s", CANARY)
    assert seen == [f"synced {CANARY}\n"]
    assert watch.messages() == ["synced ‹str›"]


def test_from_another_thread_the_text_is_dynamic_and_the_place_is_known(watch) -> None:
    logger.remove()
    logger.add(sink, format="", enqueue=True, catch=False)
    logger.info("synced {}", CANARY, count=3)
    logger.complete()
    logger.remove()
    (body,) = watch.bodies()
    assert body.message == f"‹dynamic text, {len(f'synced {CANARY}')} chars›"
    assert body.function == "test_from_another_thread_the_text_is_dynamic_and_the_place_is_known"
    assert body.fields == ()


@pytest.mark.parametrize("enqueue", [False, True])
def test_the_own_thread_is_left_alone(watch, enqueue) -> None:
    import threading

    logger.remove()
    logger.add(sink, format="", enqueue=enqueue, catch=False)
    watch.own_thread = threading.get_ident()
    logger.info("synced")
    logger.remove()
    assert watch.signals == []


def test_nothing_is_captured_without_consent(watch) -> None:
    watch.capture.open(0)
    logger.info("synced")
    assert watch.signals == []


def test_no_code_of_the_application_runs(watch) -> None:
    class Hostile:
        def __str__(self) -> str:
            raise AssertionError("user code ran")

        __repr__ = __format__ = __hash__ = __eq__ = __bool__ = __iter__ = __str__  # type: ignore[assignment]

    logger.info("synced", value=Hostile(), values=[Hostile()])
    (body,) = watch.bodies()
    assert body.message == "synced"
    assert [key for key, _ in body.fields] == ["value", "values"]


def test_a_fault_inside_is_counted_and_not_raised(watch) -> None:
    watch.fault = True
    logger.info("synced")
    assert watch.errors.value == 1


def test_a_record_that_a_patcher_spoilt_is_counted_and_not_raised(watch) -> None:
    def spoil(record: Any) -> None:
        record["extra"] = None

    logger.patch(spoil).info("synced")
    assert (watch.signals, watch.errors.value) == ([], 1)
    watch.fault = True


def test_loguru_is_not_imported() -> None:
    import subprocess

    assert loguru.logger is logger
    program = "import sys, diskret.capture.loguru; print('loguru' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "False"
