"""Which values pass, and how they are written: the table is the specification."""

import enum
import logging

import pytest

import diskret
from diskret.capture.snapshot import value_of, values_of
from diskret.capture.source import SourceReader
from diskret.gate.render import parts_of, render
from diskret.gate.sources import Sources


class Colour(enum.Enum):
    RED = 1


class Person:
    def __str__(self) -> str:
        raise AssertionError("user code ran")

    __repr__ = __str__


class Loud(int):
    def __str__(self) -> str:
        raise AssertionError("user code ran")

    __repr__ = __int__ = __index__ = __str__


class Shouting(str):
    __slots__ = ()

    def __str__(self) -> str:
        raise AssertionError("user code ran")


made_up = type("Alice", (), {})
made_up_member = enum.Enum("Colour", {"ALICE": 1}).ALICE
VALUES = [
    # template, arguments, what leaves
    ("%s", (None,), "None"),
    ("%s", (True,), "True"),
    ("%d", (True,), "1"),
    ("%d", (0,), "0"),
    ("%d", (999,), "999"),
    ("%d", (-999,), "-999"),
    ("%d", (1000,), "≈1000"),
    ("%d", (12345,), "≈12000"),
    ("%i", (-49301234567,), "≈-49000000000"),
    ("%s", (9951,), "≈10000"),
    ("%s", (10**30,), "‹int›"),
    ("%05d", (42,), "00042"),
    ("%+d", (7,), "+7"),
    ("%5s|", (7,), "    7|"),
    ("%-5s|", (7,), "7    |"),
    ("%999999d", (7,), "7"),
    ("%s", (1234.567,), "1230.0"),
    ("%.1f", (1234.567,), "1230.0"),
    ("%.3f", (0.000123456,), "0.000"),
    ("%g", (0.000123456,), "0.000123"),
    ("%f", (12345,), "≈12000"),
    ("%.2f", (3,), "3.00"),
    ("%d", (49301234.5,), "≈49000000"),
    ("%d", (float("nan"),), "‹float›"),
    ("%s", (float("inf"),), "inf"),
    ("%x", (255,), "‹int›"),
    ("%o", (8,), "‹int›"),
    ("%c", (65,), "‹int›"),
    ("%c%c%c", (65, 66, 67), "‹int›‹int›‹int›"),
    ("%a", ("é",), "‹str›"),
    ("%s", ("Alice",), "‹str›"),
    ("%r", ("Alice",), "‹str›"),
    ("%.2s", ("Alice",), "‹str›"),
    ("%d", ("Alice",), "‹str›"),
    ("%s", (b"Alice",), "‹bytes›"),
    ("%s", (["Alice"],), "‹list›"),
    ("%s", (Person(),), "‹Person›"),
    ("%s", (Loud(5),), "‹Loud›"),
    ("%s", (Shouting("Alice"),), "‹Shouting›"),
    ("%s", (Person,), "Person"),
    ("%s", (int,), "int"),
    ("%s", (made_up(),), "‹object›"),
    ("%s", (made_up,), "‹type›"),
    ("%s", (Colour.RED,), "Colour.RED"),
    ("%s", (made_up_member,), "‹Colour›"),
    ("%s", (diskret.safe("gold"),), "gold"),
    ("%s", (diskret.safe_type(made_up),), "Alice"),
    ("%s", (ValueError("Alice"),), "ValueError: ‹dynamic text, 5 chars›"),
    ("%s", (KeyError(4711),), "KeyError: ≈4700"),
    ("100%% of %s", (5,), "100% of 5"),
    ("100%", (), "100%"),
    ("%s and %s", (1,), "1 and ‹missing›"),
    ("%s", (1, 2), "1"),
    ("%*d", (5, 42), "42"),
    ("%(n)d of %(who)s", ({"n": 3, "who": "Alice"},), "3 of ‹str›"),
    ("%(absent)s", ({"n": 3},), "‹missing›"),
    ("%s", ({"who": "Alice"},), "‹dict›"),
    ("%z %s", (1,), "%z 1"),
]


@pytest.mark.parametrize(("template", "arguments", "leaves"), VALUES)
def test_a_value_is_written_by_the_rules(template: str, arguments: tuple[object, ...], leaves: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, template, arguments, None)  # unwraps a single mapping
    assert render(template, parts_of(template), values_of(record.args), Sources(SourceReader())).text == leaves


def test_a_metaclass_runs_no_code() -> None:
    class Meta(type):
        def __hash__(cls) -> int:
            raise AssertionError("user code ran")

        __eq__ = __getattribute__ = __instancecheck__ = __subclasscheck__ = __hash__  # type: ignore[assignment]

    class Evil(metaclass=Meta):
        @property
        def __class__(self):  # type: ignore[override]
            raise AssertionError("user code ran")

    snapshot = value_of(object.__new__(Evil))
    assert render("%s", parts_of("%s"), (snapshot,), Sources(SourceReader())).text == "‹Evil›"
