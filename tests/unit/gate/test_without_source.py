"""Applications that were shipped without their source: words are read off the bytecode that their own loader gives."""

import compileall
import importlib
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

MODULE = """
import logging
log = logging.getLogger("shipped")

def say(name, n):
    log.info("literal %s", name)
    log.info(f"hello {name}, {n:>5} times {n!r}")
    log.log(logging.WARNING, "by level %d", n)
    log.info("format {} {x}".format(name, x=n))
    log.info("percent %s" % name)
    log.info("sum " + name)
    log.info("more" if n > 3 else "fewer")
    log.info(name)
    log.info(f"{name}")
    log.info("with keyword %s", name, extra={"a": n})
    log.info(
        "nested %s",
        max(len(f"{n}"), n),
    )

def fail(name):
    raise LookupError(f"no such {name}")

def fail_from(name):
    try:
        fail(name)
    except LookupError as error:
        raise ValueError("outer " + name) from error

def execute(text):
    exec(compile(text, __file__ or "", "exec"), {"log": log})
    exec(compile(text, say.__code__.co_filename, "exec"), {"log": log})
"""


@pytest.fixture(params=["bytecode", "archive"])
def shipped(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    name = f"shipped_as_{request.param}"
    source = tmp_path / "build" / f"{name}.py"
    source.parent.mkdir()
    source.write_text(MODULE, encoding="utf-8")
    compileall.compile_file(source, legacy=True, quiet=1, ddir="")
    source.unlink()
    root = source.parent
    if request.param == "archive":
        root = tmp_path / "app.zip"
        with zipfile.ZipFile(root, "w") as archive:
            archive.write(source.with_suffix(".pyc"), f"{name}.pyc")
    monkeypatch.syspath_prepend(str(root))
    yield importlib.import_module(name)
    del sys.modules[name]


def test_words_are_read_off_the_bytecode(shipped: ModuleType, admitted) -> None:
    shipped.say("Alice Example", 12345)
    assert [body.message for body in admitted()] == [
        "literal ‹str›",
        "hello ‹…›, ≈12000 times ≈12000",
        "by level ≈12000",
        "format ‹…› ‹…›",  # the value has a blank in it, as the words between the two have
        "percent ‹…›",
        "sum ‹…›",
        # Two ways lead here: the bytecode is not straight.
        f"‹dynamic text, {len('more')} chars›",
        f"‹dynamic text, {len('Alice Example')} chars›",
        f"‹dynamic text, {len('Alice Example')} chars›",
        "with keyword ‹str›",
        "nested ≈12000",
    ]
    body = admitted()[0]
    assert (body.module, body.function) == (shipped.__name__, "say")
    assert body.line == shipped.say.__code__.co_firstlineno + 1


def test_exceptions_have_their_words_and_frames(shipped: ModuleType, context) -> None:
    from diskret.capture.snapshot import chain_of
    from diskret.gate.frames import admit_exceptions

    try:
        shipped.fail_from("Alice Example")
    except ValueError as error:
        outer, inner = admit_exceptions(chain_of(error), context.sources)
    assert (outer.value, inner.value) == ("outer ‹…›", "no such ‹…›")
    frame = inner.frames[-1]
    assert (frame.path, frame.function) == (f"{shipped.__name__}.py", "fail")


def test_what_is_executed_under_its_name_is_not_in_it(shipped: ModuleType, admitted) -> None:
    shipped.execute("def say(name, n):\n log.info('Alice called')\nsay(1, 2)")
    assert [body.message for body in admitted()] == ["‹dynamic text, 12 chars›"] * 2
    assert {body.module for body in admitted()} == {"‹module›"}
