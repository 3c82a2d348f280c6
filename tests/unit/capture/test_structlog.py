"""structlog's events: what stands at the call passes, whatever the chain makes of it later; nothing is taken twice."""

import asyncio
import io
import json
import logging
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator

import pytest
import structlog

from diskret.capture.structlog import processor

CANARY = "Alice Example <alice@example.com>"


@pytest.fixture(autouse=True)
def _unconfigured() -> Iterator[None]:
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def printed() -> io.StringIO:
    """Configure structlog to print JSON, as an application without `logging` does; give what it prints."""
    out = io.StringIO()
    structlog.configure(
        processors=[
            processor,
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(out),
    )
    return out


def through_logging(*processors: Callable[..., object]) -> None:
    structlog.configure(
        processors=list(processors),
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def test_the_event_and_the_keys_of_the_call_pass(watch, printed) -> None:
    log = structlog.get_logger()
    log.info("synced", count=3, who=CANARY)
    (body,) = watch.bodies()
    assert (body.message, body.template, body.level) == ("synced", "synced", "info")
    assert body.fields == (("count", "3"), ("who", "‹str›"))
    assert body.function == "test_the_event_and_the_keys_of_the_call_pass"
    assert json.loads(printed.getvalue()) == {"event": "synced", "count": 3, "who": CANARY}


def test_the_event_may_be_a_keyword(watch, printed) -> None:
    structlog.get_logger().info(event="synced", count=3)
    (body,) = watch.bodies()
    assert (body.message, body.fields) == ("synced", (("count", "3"),))


def test_an_event_without_text_keeps_its_keys(watch, printed) -> None:
    structlog.wrap_logger(structlog.PrintLogger(printed), wrapper_class=structlog.BoundLogger).info(count=3)
    (body,) = watch.bodies()
    assert (body.message, body.fields) == ("None", (("count", "3"),))


def test_bound_context_does_not_pass(watch, printed) -> None:
    structlog.contextvars.bind_contextvars(tenant=CANARY)
    log = structlog.get_logger().bind(user=CANARY, attempt=7)
    log.info("synced", count=3)
    (body,) = watch.bodies()
    assert body.fields == (("count", "3"),)


def test_keys_that_are_made_up_do_not_pass(watch, printed) -> None:
    structlog.get_logger().info("synced", **{CANARY: 1, "alice": 2}, count=3)
    (body,) = watch.bodies()
    assert body.fields == (("count", "3"),)


def test_an_event_that_is_made_up_is_dynamic(watch, printed) -> None:
    text = "hello " + CANARY
    structlog.get_logger().info(text)
    assert watch.messages() == [f"‹dynamic text, {len(text)} chars›"]


def test_an_event_that_is_json_already_is_dynamic(watch, printed) -> None:
    rendered = json.dumps({"event": "synced", "who": CANARY})
    structlog.get_logger().info(rendered)
    assert watch.messages() == [f"‹dynamic text, {len(rendered)} chars›"]


def test_what_other_processors_did_to_the_event_is_dynamic(watch) -> None:
    def add_name(_logger: object, _method: str, event_dict: dict[str, object]) -> dict[str, object]:
        return {**event_dict, "event": f"{event_dict['event']} {CANARY}", "added": CANARY, "level": CANARY}

    structlog.configure(
        processors=[add_name, processor, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(io.StringIO()),
    )
    structlog.get_logger().info("synced", count=3)
    (body,) = watch.bodies()
    assert (body.message, body.fields) == (f"‹dynamic text, {len(f'synced {CANARY}')} chars›", (("count", "3"),))


def test_behind_the_renderer_it_captures_nothing_and_counts_a_fault(watch) -> None:
    out = io.StringIO()
    structlog.configure(
        processors=[structlog.processors.JSONRenderer(), processor], logger_factory=structlog.PrintLoggerFactory(out)
    )
    structlog.get_logger().info("synced", who=CANARY)
    assert (watch.signals, watch.errors.value) == ([], 1)
    assert json.loads(out.getvalue()) == {"event": "synced", "who": CANARY}
    watch.fault = True


def test_an_f_string_keeps_its_words(watch, printed) -> None:
    count, who = 12345, CANARY
    structlog.get_logger().info(f"synced {count} for {who}")
    (body,) = watch.bodies()
    assert (body.message, body.template) == ("synced ≈12000 for ‹…›", "synced {count} for {who}")


def test_an_event_that_structlog_has_formatted_keeps_its_words(watch, printed) -> None:
    structlog.get_logger().info("synced %d for %s", 3, CANARY)
    assert watch.messages() == ["synced 3 for ‹…›"]


def test_positional_arguments_are_judged_by_their_type(watch) -> None:
    through_logging(
        processor,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.JSONRenderer(),
    )
    structlog.stdlib.get_logger().info("synced %d for %s", 3, CANARY)
    assert watch.messages() == ["synced 3 for ‹str›"]


def test_a_wrapper_keeps_the_words_of_its_caller(watch, printed) -> None:
    def note(event: str, **keys: object) -> None:
        structlog.get_logger().info(event, **keys)

    text = "hello " + CANARY
    note("synced")
    note(text)
    assert watch.messages() == ["synced", f"‹dynamic text, {len(text)} chars›"]


def test_a_logger_class_of_the_application_keeps_the_words(watch) -> None:
    class AppLogger(structlog.BoundLogger):
        def note(self, event: str, **keys: object) -> None:
            self._proxy_to_logger("info", event, **keys)

    structlog.configure(processors=[processor, lambda *_: "rendered"], wrapper_class=AppLogger)
    structlog.wrap_logger(structlog.PrintLogger(io.StringIO())).note("synced")
    assert watch.messages() == ["synced"]


def test_a_coroutine_that_logs_is_found(watch, printed) -> None:
    async def main() -> None:
        await structlog.get_logger().ainfo("synced", count=3, who=CANARY)

    asyncio.run(main())
    (body,) = watch.bodies()
    assert (body.message, body.fields, body.function) == ("synced", (("count", "3"), ("who", "‹str›")), "main")


def test_a_coroutine_that_logs_through_logging_is_found_once(watch) -> None:
    through_logging(processor, structlog.stdlib.render_to_log_kwargs)

    async def main() -> None:
        await structlog.stdlib.get_logger().awarning("synced", who=CANARY)
        await structlog.stdlib.get_logger().alog(logging.ERROR, "failed")

    asyncio.run(main())
    assert [(body.level, body.message) for body in watch.bodies()] == [("warning", "synced"), ("error", "failed")]


LEVELS = [
    ("warn", "warning"),
    ("warning", "warning"),
    ("error", "error"),
    ("critical", "critical"),
    ("fatal", "critical"),
    ("msg", "info"),
]


@pytest.mark.parametrize(("method", "level"), LEVELS)
def test_the_level_is_that_of_the_method(watch, printed, method, level) -> None:
    getattr(structlog.get_logger(), method)("synced")
    assert [body.level for body in watch.bodies()] == [level]


def test_below_the_threshold_nothing_is_captured(watch, printed) -> None:
    structlog.get_logger().debug("synced")
    assert watch.signals == []


def raise_error() -> None:
    raise ValueError(CANARY)


EXC_INFO = [
    lambda log, error: log.exception("failed"),
    lambda log, error: log.error("failed", exc_info=True),
    lambda log, error: log.error("failed", exc_info=error),
    lambda log, error: log.error("failed", exc_info=(type(error), error, error.__traceback__)),
]


@pytest.mark.parametrize("call", EXC_INFO)
@pytest.mark.parametrize("wrapper", [None, structlog.BoundLogger])
def test_an_exception_goes_along_without_its_text(watch, printed, call, wrapper) -> None:
    log = structlog.get_logger()
    if wrapper is not None:  # this one has no `exception` of its own, and asks the logger for it
        structlog.configure(processors=[processor, lambda *_: ((), {"msg": "rendered"})])
        log = structlog.wrap_logger(logging.getLogger("quiet"), wrapper_class=wrapper)
    try:
        raise_error()
    except ValueError as error:
        call(log, error)
    (body,) = watch.bodies()
    (exception,) = body.exceptions
    assert (body.message, body.level) == ("failed", "error")
    assert (exception.type, exception.value) == ("ValueError", f"‹dynamic text, {len(CANARY)} chars›")
    assert exception.frames[-1].function == "raise_error"


def test_no_exception_is_made_up(watch, printed) -> None:
    structlog.get_logger().error("failed", exc_info=True)
    structlog.get_logger().error("failed", exc_info=False)
    structlog.get_logger().error("failed", exc_info=None)
    assert [body.exceptions for body in watch.bodies()] == [(), (), ()]


RENDERERS = [
    structlog.stdlib.render_to_log_kwargs,
    structlog.stdlib.render_to_log_args_and_kwargs,
    structlog.processors.JSONRenderer(),
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]


@pytest.mark.parametrize("renderer", RENDERERS)
def test_an_event_that_goes_on_through_logging_is_captured_once(watch, renderer) -> None:
    through_logging(processor, renderer)
    structlog.stdlib.get_logger("app.sync").warning("synced", count=3, who=CANARY)
    assert [(body.message, body.fields) for body in watch.bodies()] == [("synced", (("count", "3"), ("who", "‹str›")))]


def test_without_the_processor_the_record_is_captured_and_dynamic(watch) -> None:
    through_logging(structlog.processors.JSONRenderer())
    structlog.stdlib.get_logger().warning("synced", who=CANARY)
    (message,) = watch.messages()
    assert message.startswith("‹dynamic text")


def test_a_dropped_event_does_not_cost_the_next_record(watch) -> None:
    def drop(*_: object) -> None:
        raise structlog.DropEvent

    through_logging(processor, drop)
    structlog.stdlib.get_logger().warning("dropped later")
    logging.getLogger("app").warning("plain")
    assert watch.messages() == ["dropped later", "plain"]


def test_other_loggers_are_captured_as_before(watch) -> None:
    through_logging(processor, structlog.stdlib.render_to_log_kwargs)
    structlog.stdlib.get_logger().warning("synced")
    structlog.wrap_logger(
        logging.getLogger("other"), processors=[structlog.stdlib.render_to_log_kwargs], context_class=dict
    ).warning("synced")
    first, second = watch.messages()
    assert first == "synced"
    assert second.startswith("‹dynamic text")


@pytest.mark.parametrize("level", [logging.WARNING, logging.CRITICAL])
def test_what_the_loggers_level_switches_off_is_not_captured(watch, level) -> None:
    through_logging(processor, structlog.stdlib.render_to_log_kwargs)
    logger = logging.getLogger("app.quiet")
    logger.setLevel(level)
    structlog.stdlib.get_logger("app.quiet").info("synced")
    logger.setLevel(logging.NOTSET)
    assert watch.signals == []


def test_what_logging_disables_is_not_captured(watch) -> None:
    through_logging(processor, structlog.stdlib.render_to_log_kwargs)
    logging.disable(logging.WARNING)
    structlog.stdlib.get_logger().warning("synced")
    logging.disable(logging.NOTSET)
    assert watch.signals == []


def test_a_record_that_a_formatter_runs_through_the_chain_is_captured_once(watch) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[processor],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.getLogger().addHandler(handler)
    logging.getLogger("app").warning("synced %s", CANARY)
    logging.getLogger().removeHandler(handler)
    assert CANARY in out.getvalue()
    assert watch.messages() == ["synced ‹str›"]


def test_the_logger_is_the_modules_or_the_one_of_logging(watch, printed) -> None:
    structlog.get_logger().info("synced")
    through_logging(processor, structlog.stdlib.render_to_log_kwargs)
    structlog.stdlib.get_logger("alice").info("synced")
    structlog.stdlib.get_logger("structlog.stdlib").info("synced")
    assert watch.signals[0].logger == __name__
    assert [body.logger for body in watch.bodies()][1:] == ["‹logger›", "structlog.stdlib"]


def test_nothing_is_captured_without_consent(watch, printed) -> None:
    watch.capture.open(0)
    structlog.get_logger().info("synced")
    assert watch.signals == []
    assert printed.getvalue()


def test_the_event_is_given_back_unchanged() -> None:
    event_dict = {"event": "synced", "count": 3}
    assert processor(None, "info", event_dict) is event_dict
    assert event_dict == {"event": "synced", "count": 3}


def test_a_context_class_of_the_application_is_read(watch, printed) -> None:
    structlog.configure(context_class=OrderedDict)
    structlog.get_logger().info("synced", count=3)
    assert [body.fields for body in watch.bodies()] == [(("count", "3"),)]


def test_no_code_of_the_application_runs(watch) -> None:
    class Hostile:
        def __str__(self) -> str:
            raise AssertionError("user code ran")

        __repr__ = __format__ = __hash__ = __eq__ = __bool__ = __iter__ = __str__  # type: ignore[assignment]

    structlog.configure(processors=[processor, lambda *_: "rendered"])
    log = structlog.wrap_logger(structlog.PrintLogger(io.StringIO()))
    log.info("synced", value=Hostile(), values=[Hostile()], exc_info=Hostile())
    log.info(Hostile())
    assert watch.errors.value == 0
    assert len(watch.signals) == 2


def test_a_fault_inside_is_counted_and_not_raised(watch, printed) -> None:
    watch.fault = True
    structlog.get_logger().info("synced")
    assert watch.errors.value == 1
    assert printed.getvalue()


def test_the_own_thread_is_left_alone(watch, printed) -> None:
    import threading

    watch.own_thread = threading.get_ident()
    structlog.get_logger().info("synced")
    assert watch.signals == []


def test_structlog_is_not_imported() -> None:
    import subprocess

    program = "import sys, diskret.capture.structlog; print('structlog' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "False"
