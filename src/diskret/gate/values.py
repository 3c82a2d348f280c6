"""Which values pass, and how they are written: numbers keep their size, not their identity; the rest is its type.

Extensions, PINs, postcodes and customer numbers are short integers too: three digits pass, longer ones keep two
significant digits.
"""

import re
from collections.abc import Callable

from diskret.gate.match import Fit
from diskret.gate.names import class_name, exception_name, member_name
from diskret.gate.sources import Sources
from diskret.gate.template import dynamic, fit_raise
from diskret.model.records import ClassRef, ExceptionSnapshot, Member, OfType, Text, Value
from diskret.model.safe import Safe

__all__ = ["exception_text", "filled", "number_of", "piece", "show", "write_integer", "write_rounded"]

MAX_NUMBER = 40
# Not with leading zeros: no number is written so, but PINs and postcodes are.
_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")


def show(value: Value, sources: Sources) -> str:
    """Write one value as `%s` does, as far as it passes."""
    kind = type(value)
    if kind is OfType:
        return _type(value.type, sources)  # type: ignore[union-attr]
    if kind is int:
        return write_integer(value, str)  # type: ignore[arg-type]
    if kind is float:
        return str(write_rounded(value))  # type: ignore[arg-type]
    if value is None or kind is bool:
        return str(value)
    if isinstance(value, Safe):
        return value.text
    if isinstance(value, Member):
        return member_name(value.type, value.name, sources) or _type(value.type, sources)
    if isinstance(value, ClassRef):
        return class_name(value.type, sources) or "‹type›"
    if isinstance(value, ExceptionSnapshot):
        name, text = exception_name(value.type, sources)[1], exception_text(value, sources)
        return f"{name}: {text}" if text else name
    return "‹str›"


def number_of(value: Value) -> int | float | None:
    """Give a value that is a number of a builtin type, else None."""
    kind = type(value)
    return value if kind is int or kind is float or kind is bool else None  # type: ignore[return-value]


def filled(fit: Fit) -> tuple[str, list[str]]:
    """Give a text that fits its template, with the pieces in its holes as far as they pass; and these pieces."""
    pieces = [piece(text) for text in fit.pieces]
    rest = iter(pieces)
    return "".join([part if isinstance(part, str) else next(rest) for part in fit.template.parts]), pieces


def piece(text: str | None) -> str:
    """Judge a piece of text that the application formatted, so that the type of its value is gone.

    One that reads as a number, a truth value or None is judged as such, any other is ‹…›.
    """
    text = "" if text is None else text.strip()
    if text in ("True", "False", "None"):
        return text
    if len(text) > MAX_NUMBER or not _NUMBER.fullmatch(text):
        return "‹…›"
    return write_integer(int(text), str) if text.lstrip("+-").isdecimal() else str(write_rounded(float(text)))


def write_integer(number: int | float, write: Callable[[int], str]) -> str:
    """Write an integer of up to three digits; of a longer one keep two significant digits, marked as about (≈)."""
    whole = int(number)
    if -1000 < whole < 1000:
        return write(whole)
    if whole.bit_length() > 63:  # the decimal digits of a huge integer cost quadratic time
        return "‹int›"
    unit = 10 ** (len(str(abs(whole))) - 2)
    return "≈" + str(round(whole / unit) * unit)


def write_rounded(number: float) -> float:
    """Keep three significant digits of a float."""
    return float(f"{number:.3g}")


def exception_text(exception: ExceptionSnapshot, sources: Sources) -> str:
    """Give an exception's message: the words of its raise statement, or what stands in their place."""
    if len(exception.args) == 1 and isinstance(exception.args[0], Text) and exception.frames:
        fit = fit_raise(exception.args[0].text, *exception.frames[-1], sources)
        if fit is not None:
            return filled(fit)[0]
    if not exception.args:
        return ""
    if len(exception.args) == 1 and isinstance(exception.args[0], Text):
        return dynamic(len(exception.args[0].text))
    return ", ".join(show(argument, sources) for argument in exception.args)


def _type(cls: type, sources: Sources) -> str:
    return "‹str›" if cls is str else f"‹{class_name(cls, sources) or 'object'}›"
