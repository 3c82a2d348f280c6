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


def test_of_text_built_at_the_call_the_words_pass(admitted) -> None:
    who, n, ratio, ok = ALICE, 12345, 0.98765, True
    log.info(f"hello {who}")
    log.info(f"{n} contacts, {ratio:.3f} of all, ok={ok}, {who!r:>20}")
    log.info(f"{n=}")
    log.info("hello {} and {who[0]} and {{}}".format(7, who=ALICE))  # noqa: UP032  # the form is what is tested
    log.info("hello %s, you are %d" % (ALICE, 42))  # noqa: UP031  # likewise
    log.info("all of 100%%, %(n)d" % {"n": 9})  # noqa: UP031
    log.info("hello " + ALICE + "!")
    log.info("more" if n > 3 else "fewer")
    log.info(f"more than {n}" if n > 3 else "fewer")
    log.info(elsewhere)
    assert [(body.template, body.message) for body in admitted()] == [
        ("hello {who}", "hello ‹…›"),
        ("{n} contacts, {ratio} of all, ok={ok}, {who}", "≈12000 contacts, 0.988 of all, ok=True, ‹…›"),
        ("n={n}", "n=≈12000"),
        ("hello {} and {who[0]} and {}", "hello 7 and ‹…› and {}"),
        ("hello {}, you are {}", "hello ‹…›, you are 42"),
        ("all of 100%, {n}", "all of 100%, 9"),
        ("hello {ALICE}!", "hello ‹…›!"),
        ("more", "more"),
        ("more than {n}", "more than ≈12000"),
        ("typed, but elsewhere", "typed, but elsewhere"),
    ]


def test_text_without_words_at_the_call_is_dynamic(admitted) -> None:
    text = " ".join(("hello", ALICE))
    log.info(text)
    log.info(f"{text}")
    log.info(f"{text} {text}")
    log.info("{}".format(text))  # noqa: UP032
    log.info("%s" % text)  # noqa: UP031
    log.info(text if text else "nothing")
    log.info(" ".join(["a", "b"]))
    log.info(str(text))
    assert [body.message.partition(",")[0] for body in admitted()] == ["‹dynamic text"] * 8


def test_a_value_that_holds_the_words_around_it_is_not_taken_apart(admitted) -> None:
    name, street = "Bob 12 Alice", "7"
    log.info(f"to {name} {street} now")
    assert [body.message for body in admitted()] == ["to ‹…› ‹…› now"]


def test_holes_that_touch_are_one_piece(admitted) -> None:
    a, b, c, d = "4111", 111, 222, 333
    log.info(f"card {a}{b}{c}{d}")
    log.info(f"three {b}{c}{d}")
    assert [body.message for body in admitted()] == ["card ≈4100000000000", "three ≈110000000"]


def test_a_piece_with_leading_zeros_is_no_number(admitted) -> None:
    pin, postcode, delta = "042", "01067", "-0.5"
    log.info(f"pin {pin}, postcode {postcode}, delta {delta}")
    assert [body.message for body in admitted()] == ["pin ‹…›, postcode ‹…›, delta -0.5"]


def test_a_value_that_looks_like_a_conversion_is_none(admitted) -> None:
    name = "%s %d"
    log.info(f"{name} met %s", ALICE)
    log.info("{name} met", ALICE)
    assert [body.message for body in admitted()] == ["‹…› met ‹str›", "{name} met"]


def test_a_constant_of_the_calling_code_is_no_proof(admitted) -> None:
    # An interned run-time string is identical to the constant that stands next to it, but not as the message.
    text = sys.intern("".join(["se", "cret"]))
    assert text is "secret"  # noqa: F632  # identity is the point
    log.info(text, extra={"note": "secret"})
    assert {body.message for body in admitted()} == {"‹dynamic text, 6 chars›"}


reassigned = "first"
reassigned = "second"
counted: str = "as typed"
SPREAD = (
    "over "
    "lines"
)  # fmt: skip


def test_a_name_of_the_module_passes_if_it_is_assigned_one_literal_once(admitted) -> None:
    log.info(counted)
    log.info(SPREAD)
    log.info(reassigned)
    log.info(ALICE.upper())
    shadowing = elsewhere
    log.info(shadowing)
    assert [body.message for body in admitted()] == [
        "as typed",
        "over lines",
        "‹dynamic text, 6 chars›",
        f"‹dynamic text, {len(ALICE)} chars›",
        f"‹dynamic text, {len(elsewhere)} chars›",
    ]


def wrapped(message: str, *args: object) -> None:
    log.info(message, *args)


def wrapped_twice(first: int, text: str) -> None:
    wrapped(text, first)


def wrapped_by_name(*, text: str) -> None:
    wrapped(message=text)


def wrapped_after_change(text: str) -> None:
    text = text.upper()
    log.info(text)


class Wrapper:
    def say(self, text: str) -> None:
        log.warning(text)


def test_a_wrapper_passes_the_words_of_its_caller(admitted) -> None:
    wrapped("wrapped %s", ALICE)
    wrapped(f"for {ALICE}")
    wrapped_twice(7, "twice %d")
    wrapped_by_name(text="by name")
    Wrapper().say("method")
    log.info("deep", stacklevel=2)
    assert [body.message for body in admitted()] == [
        "wrapped ‹str›",
        "for ‹…›",
        "twice 7",
        "by name",
        "method",
        "deep",
    ]


def test_a_wrapper_passes_nothing_that_its_caller_did_not_type(admitted) -> None:
    text = " ".join(("Alice", "called"))
    wrapped(text)
    wrapped_twice(1, text)
    wrapped(*[text])
    wrapped_after_change("change me")
    Wrapper.say(Wrapper(), text)
    eval("wrapped('typed by eval')", {"wrapped": wrapped})  # noqa: S307
    assert [body.message.partition(",")[0] for body in admitted()] == ["‹dynamic text"] * 6


class Shouting(logging.Logger):
    def _log(self, level, msg, args, **kwargs) -> None:
        super()._log(level, msg, args, **kwargs)


def test_a_logger_of_the_applications_own_class_passes_the_words_on(admitted) -> None:
    shouting = Shouting("shouting")
    shouting.parent = logging.getLogger()
    shouting.warning("from %s", ALICE)
    assert [body.message for body in admitted()] == ["from ‹str›"]


def test_fields_pass_by_keys_that_stand_at_the_call(admitted) -> None:
    log.info("a", extra={"count": 3, "who": ALICE, "size": 12345})
    log.info("b", extra=dict(count=4))  # noqa: C408  # the form is what is tested
    keys = {ALICE.replace(" ", ""): 1, "count": 5}
    log.info("c", extra=keys)
    log.info(f"d {ALICE}", extra={"count": 6})
    assert [body.fields for body in admitted()] == [
        (("count", "3"), ("who", "‹str›"), ("size", "≈12000")),
        (("count", "4"),),
        (),
        (("count", "6"),),
    ]


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
