"""Text passes as the literal that stands at the very call; all else is dynamic."""

import logging
import sys

ALICE = "Alice Example"

log = logging.getLogger(__name__)
elsewhere = "typed, but elsewhere"


def test_a_literal_at_the_call_passes(admitted) -> None:
    log.info("synced")
    log.warning("synced %d contacts for %s", 12, ALICE)
    log.log(logging.ERROR, "failed after %d", 3)
    log.info(msg="by keyword")
    # fmt: off
    log.info(
        "over "
        "several "
        "lines %s", True)
    # fmt: on
    assert [body.message for body in admitted()] == [
        "synced",
        "synced 12 contacts for ‹str›",
        "failed after 3",
        "by keyword",
        "over several lines True",
    ]


def test_the_module_level_functions_and_adapters_pass_too(admitted) -> None:
    logging.info("plain %s", 7)
    logging.LoggerAdapter(log, {"who": ALICE}).warning("adapted %s", 8)
    assert [body.message for body in admitted()] == ["plain 7", "adapted 8"]


def test_text_that_was_built_is_dynamic(admitted) -> None:
    log.info(f"hello {ALICE}")
    log.info("hello " + ALICE)
    log.info("hello {}".format(ALICE))  # noqa: UP032  # the form is what is tested
    log.info(ALICE)
    assert [body.message for body in admitted()] == [
        f"‹dynamic text, {len('hello ' + ALICE)} chars›",
        f"‹dynamic text, {len('hello ' + ALICE)} chars›",
        f"‹dynamic text, {len('hello ' + ALICE)} chars›",
        f"‹dynamic text, {len(ALICE)} chars›",
    ]


def test_a_constant_of_the_calling_code_is_no_proof(admitted) -> None:
    # An interned run-time string is identical to the constant that stands next to it, but not as the message.
    text = sys.intern("".join(["se", "cret"]))
    assert text is "secret"  # noqa: F632  # identity is the point
    log.info(text, extra={"note": "secret"})
    log.info(elsewhere)
    log.info("x" if len(text) > 3 else "y")
    assert {body.message.split(",")[0] for body in admitted()} == {"‹dynamic text"}


def test_a_literal_of_another_call_on_the_same_line_is_no_proof(admitted) -> None:
    text = "".join(["sec", "ret"])
    log.info(text), str("secret"), log.info("secret")  # noqa: UP018  # three calls on one line
    assert [body.message for body in admitted()] == ["‹dynamic text, 6 chars›", "secret"]


def test_executed_text_was_not_typed(admitted, tmp_path) -> None:
    source = 'log.info("Alice called")'
    exec(source, {"log": log})  # noqa: S102
    exec(compile(source, str(tmp_path / "made_up.py"), "exec"), {"log": log})  # noqa: S102
    exec(compile(source, __file__, "exec"), {"log": log})  # noqa: S102
    bodies = admitted()
    assert [body.message for body in bodies] == ["‹dynamic text, 12 chars›"] * 3
    assert [body.module for body in bodies[:2]] == ["‹module›"] * 2


def test_starred_arguments_are_no_literal(admitted) -> None:
    arguments = ("Alice %s", 1)
    log.info(*arguments)
    assert [body.message for body in admitted()] == ["‹dynamic text, 8 chars›"]


def test_a_record_made_by_hand_is_dynamic(admitted) -> None:
    record = log.makeRecord(log.name, logging.INFO, __file__, 1, "Alice", (), None)
    log.handle(record)
    assert [body.message for body in admitted()] == ["‹dynamic text, 5 chars›"]


def test_an_object_as_message_is_its_type(admitted) -> None:
    log.info({"name": ALICE})
    log.info(42)
    log.info(None)
    assert [body.message for body in admitted()] == ["‹dict›", "42", "None"]


def test_a_logger_whose_name_was_made_up_is_not_named(admitted) -> None:
    logging.getLogger(f"user.{ALICE}").info("hello")
    logging.getLogger("typed.name").info("hello")
    logging.getLogger("json.decoder").info("hello")
    logging.info("hello")
    assert [body.logger for body in admitted()] == ["‹logger›", "typed.name", "json.decoder", "root"]


def test_the_call_site_is_below_the_import_root(admitted) -> None:
    log.info("here")
    (body,) = admitted()
    assert body.module == "unit.gate.test_templates"
    assert body.function == "test_the_call_site_is_below_the_import_root"
    assert body.line == test_the_call_site_is_below_the_import_root.__code__.co_firstlineno + 1
