"""Put values into a template's places: those that pass, of the others their type.

What a template says about its places is read once; per record only the values are looked at.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from diskret.gate.match import Fit
from diskret.gate.sources import Sources
from diskret.gate.syntax import CONVERSION
from diskret.gate.values import filled, number_of, show, write_integer, write_rounded
from diskret.model.records import OfType, Value

__all__ = ["Part", "Place", "Rendered", "fill", "parts_of", "render"]

_MISSING = "‹missing›"
# Wider fields than these are layout that no log line needs, and let a template make a line of any length.
MAX_WIDTH, MAX_PRECISION = 40, 15


class Rendered(NamedTuple):
    """A message with its values in, and the pieces that are values: these are not literals."""

    text: str
    values: list[str]


class Place(NamedTuple):
    """A conversion such as `%-5d`. `form` is its flags and width; `plain` tells that it has neither."""

    kind: str
    key: str | None
    stars: int
    form: str
    width: int
    precision: str
    plain: bool


Part = str | Place


def render(
    template: str, parts: tuple[Part, ...], args: tuple[Value, ...] | dict[str, Value], sources: Sources
) -> Rendered:
    """Put arguments into the conversions of a template. Total: a wrong number of arguments shows as ‹missing›.

    `parts` is what `parts_of` gives for the template.
    """
    if not args:
        return Rendered(template, [])  # as logging does: without arguments nothing is formatted
    texts: list[str] = []
    values: list[str] = []
    if type(args) is dict:
        for part in parts:
            if type(part) is str:
                texts.append(part)
            else:
                values.append(_by_name(part, args, sources))  # type: ignore[arg-type]
                texts.append(values[-1])
        return Rendered("".join(texts), values)
    at, number = 0, len(args)
    for part in parts:
        if type(part) is str:
            texts.append(part)
            continue
        place: Place = part  # type: ignore[assignment]
        at += place.stars  # a width from the arguments is layout, not content
        shown = _convert(args[at], place, sources) if at < number and place.key is None else _MISSING  # type: ignore[index]
        at += 1
        values.append(shown)
        texts.append(shown)
    return Rendered("".join(texts), values)


def fill(fit: Fit, args: tuple[Value, ...] | dict[str, Value], sources: Sources) -> Rendered:
    """Put the pieces of a text that pass into the holes of its template, and arguments where its words have a `%`."""
    if not fit.pieces:
        return render(fit.template.text, parts_of(fit.template.text), args, sources)
    text, values = filled(fit)
    if not args:
        return Rendered(text, values)
    rendered = render(text, parts_of(text), args, sources)
    return Rendered(rendered.text, values + rendered.values)


def parts_of(template: str) -> tuple[Part, ...]:
    """Take a template apart into its words and its conversions."""
    parts: list[Part] = []
    end = 0
    for match in CONVERSION.finditer(template):
        parts.append(template[end : match.start()])
        parts.append("%" if match["kind"] == "%" else _place(match))
        end = match.end()
    parts.append(template[end:])
    return tuple([part for part in parts if part != ""])


def _place(match: re.Match[str]) -> Place:
    width, precision = match["width"] or "", match["precision"]
    stars = (width, precision).count("*")
    wide = int(width) if width.isdecimal() and len(width) < 3 and int(width) <= MAX_WIDTH else 0
    exact = ""
    if precision is not None and precision != "*" and len(precision) < 3 and int(precision or 0) <= MAX_PRECISION:
        exact = f".{precision}"
    form = f"{match['flags']}{wide or ''}"
    return Place(match["kind"], match["key"], stars, form, wide, exact, plain=not form and not exact)


def _by_name(place: Place, args: dict[str, Value], sources: Sources) -> str:
    if place.key is None:
        return _convert(OfType(dict), place, sources)
    return _convert(args[place.key], place, sources) if place.key in args else _MISSING


def _convert(value: Value, place: Place, sources: Sources) -> str:
    kind = place.kind
    if kind in "sr":
        shown = show(value, sources)
        if not place.width:
            return shown
        return shown.ljust(place.width) if "-" in place.form else shown.rjust(place.width)
    number = number_of(value)
    if number is None:
        return show(value, sources)
    if kind in "di":
        if type(number) is float and number - number != 0.0:
            return "‹float›"
        return write_integer(number, str if place.plain else _writer(place, "d"))
    if kind in "fFeEgG":
        if type(number) is float:
            return f"%{place.form}{place.precision}{kind}" % write_rounded(number)
        return write_integer(number, _writer(place, f"{place.precision}{kind}"))
    return show(OfType(type(number)), sources)


def _writer(place: Place, kind: str) -> Callable[[int], str]:
    return lambda whole: f"%{place.form}{kind}" % whole
