"""Which values pass, and how they are written: numbers keep their size, not their identity; the rest is its type.

Extensions, PINs, postcodes and customer numbers are short integers too: three digits pass, longer ones keep two
significant digits.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from diskret.gate.names import class_name, exception_name, member_name
from diskret.gate.sources import Sources
from diskret.gate.syntax import CONVERSION
from diskret.gate.template import Fit, dynamic, fit_raise
from diskret.model.records import ClassRef, ExceptionSnapshot, Member, OfType, Text, Value
from diskret.model.safe import Safe

__all__ = ["Rendered", "exception_text", "fill", "render", "show"]

_MISSING = "‹missing›"
# Wider fields than these are layout that no log line needs, and let a template make a line of any length.
MAX_WIDTH, MAX_PRECISION = 40, 15
MAX_NUMBER = 40
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)


class Rendered(NamedTuple):
    """A message with its values in, and the pieces that are values: these are not literals."""

    text: str
    values: tuple[str, ...]


def render(template: str, args: tuple[Value, ...] | dict[str, Value], sources: Sources) -> Rendered:
    """Put each value that passes, or its type, in its place. Total: a wrong number of arguments shows as ‹missing›."""
    if not args:
        return Rendered(template, ())  # as logging does: without arguments nothing is formatted
    values: list[str] = []
    rest = iter(args) if type(args) is tuple else iter(())

    def replace(match: re.Match[str]) -> str:
        kind, key = match["kind"], match["key"]
        if kind == "%":
            return "%"
        for star in (match["width"], match["precision"]):
            if star == "*":
                next(rest, None)  # a width from the arguments is layout, not content
        if key is not None:
            value = args.get(key, _MISSING) if type(args) is dict else _MISSING
        elif type(args) is dict:
            value = OfType(dict)
        else:
            value = next(rest, _MISSING)
        piece = _MISSING if value is _MISSING else _convert(value, kind, match, sources)  # type: ignore[arg-type]
        values.append(piece)
        return piece

    return Rendered(CONVERSION.sub(replace, template), tuple(values))


def show(value: Value, sources: Sources) -> str:
    """Write one value as `%s` does, as far as it passes."""
    kind = type(value)
    if value is None or kind is bool:
        return str(value)
    if kind is int:
        return _integer(value, str)  # type: ignore[arg-type]
    if kind is float:
        return str(_rounded(value))  # type: ignore[arg-type]
    if isinstance(value, Safe):
        return value.text
    if isinstance(value, Member):
        return member_name(value.type, value.name, sources) or _type(value.type, sources)
    if isinstance(value, ClassRef):
        return class_name(value.type, sources) or "‹type›"
    if isinstance(value, ExceptionSnapshot):
        name, text = exception_name(value.type, sources)[1], exception_text(value, sources)
        return f"{name}: {text}" if text else name
    return _type(value.type, sources) if isinstance(value, OfType) else "‹str›"


def fill(fit: Fit, args: tuple[Value, ...] | dict[str, Value], sources: Sources) -> Rendered:
    """Put the pieces of a text that pass into the holes of its template, and the arguments where its words have a `%`.

    A text was formatted by the application, so the types of its values are gone: a piece that reads as a number, a
    truth value or None is judged as one, any other is ‹…›.
    """
    pieces = iter(fit.pieces)
    shown = [part if isinstance(part, str) else _piece(next(pieces, None)) for part in fit.template.parts]
    values = tuple([text for text, part in zip(shown, fit.template.parts, strict=True) if not isinstance(part, str)])
    rendered = render("".join(shown), args, sources)
    return Rendered(rendered.text, values + rendered.values)


def exception_text(exception: ExceptionSnapshot, sources: Sources) -> str:
    """Give an exception's message: the words of its raise statement, or what stands in their place."""
    if len(exception.args) == 1 and isinstance(exception.args[0], Text) and exception.frames:
        fit = fit_raise(exception.args[0].text, *exception.frames[-1], sources)
        if fit is not None:
            return fill(fit, (), sources).text
    if not exception.args:
        return ""
    if len(exception.args) == 1 and isinstance(exception.args[0], Text):
        return dynamic(len(exception.args[0].text))
    return ", ".join(show(argument, sources) for argument in exception.args)


def _piece(text: str | None) -> str:
    text = "" if text is None else text.strip()
    if text in ("True", "False", "None"):
        return text
    if len(text) > MAX_NUMBER or not _NUMBER.fullmatch(text):
        return "‹…›"
    return _integer(int(text), str) if text.lstrip("+-").isdecimal() else str(_rounded(float(text)))


def _convert(value: Value, kind: str, match: re.Match[str], sources: Sources) -> str:
    number: int | float | None = value if type(value) in (int, float, bool) else None  # type: ignore[assignment]
    if kind in "sr":
        return _pad(show(value, sources), match)
    if number is None:
        return show(value, sources) if not isinstance(value, Text) else "‹str›"
    if kind in "di":
        return _integer(number, lambda n: _format(match, "d", n)) if _is_finite(number) else "‹float›"
    if kind in "fFeEgG":
        if type(number) is float:
            return _format(match, kind, _rounded(number))
        return _integer(number, lambda n: _format(match, kind, n))
    return _type(type(number), sources)


def _integer(number: int | float, write: Callable[[int], str]) -> str:
    """Write an integer of up to three digits; of a longer one keep two significant digits, marked as about (≈)."""
    whole = int(number)
    if -1000 < whole < 1000:
        return write(whole)
    if whole.bit_length() > 63:  # the decimal digits of a huge integer cost quadratic time
        return "‹int›"
    unit = 10 ** (len(str(abs(whole))) - 2)
    return "≈" + str(round(whole / unit) * unit)


def _rounded(number: float) -> float:
    return float(f"{number:.3g}")


def _is_finite(number: int | float) -> bool:
    return type(number) is not float or number - number == 0.0


def _format(match: re.Match[str], kind: str, number: int | float) -> str:
    width, precision = match["width"] or "", match["precision"]
    if "*" in (width, precision) or len(width) > 2 or int(width or 0) > MAX_WIDTH:
        return f"%{kind}" % number
    if precision is not None and int(precision or 0) <= MAX_PRECISION:
        kind = f".{precision}{kind}"
    return f"%{match['flags']}{width}{kind}" % number


def _pad(text: str, match: re.Match[str]) -> str:
    width = match["width"] or ""
    if not width or width == "*" or len(width) > 2 or int(width) > MAX_WIDTH:
        return text
    return text.ljust(int(width)) if "-" in match["flags"] else text.rjust(int(width))


def _type(cls: type, sources: Sources) -> str:
    return f"‹{class_name(cls, sources) or 'object'}›"
