"""Does a text fit a template, and which pieces of it are values? Linear in the text, whatever is in it."""

from typing import NamedTuple

from diskret.model.template import Template

__all__ = ["MAX_TEXT", "Fit", "Fitter"]

# A longer text is no log message; it is withheld as dynamic.
MAX_TEXT = 64 << 10


class Fit(NamedTuple):
    """A text that fits a template: the text in each hole, None where that cannot be told apart."""

    template: Template
    pieces: list[str | None]


class Fitter:
    """Fits texts to one template; what the template says is read once."""

    __slots__ = ("_first", "_last", "_literal", "_middle", "template")

    def __init__(self, template: Template) -> None:
        self.template = template
        self._literal = template.text if template.is_literal else None
        # Between two literals there is one hole; the text before the first and after the last may be empty.
        literals = [""]
        for part in template.parts:
            if isinstance(part, str):
                literals[-1] += part
            else:
                literals.append("")
        self._first, self._last = literals[0], literals[-1]
        self._middle = literals[1:-1]

    def fit(self, text: str) -> Fit | None:
        """Give the text in each hole, or None for each where the text fits in more than one way.

        None alone: the text does not fit, so it was not made by this template.
        """
        if self._literal is not None:
            return Fit(self.template, []) if text == self._literal else None
        first, last = self._first, self._last
        if len(text) < len(first) + len(last) or len(text) > MAX_TEXT:
            return None
        if not text.startswith(first) or not text.endswith(last):
            return None
        start, end = len(first), len(text) - len(last)
        if not self._middle:
            return Fit(self.template, [text[start:end]])
        leftmost = self._from_left(text, start, end)
        if leftmost is None:
            return None
        # A value that holds one of the literals makes the split a guess; then no piece is taken for a value of its own.
        if leftmost != self._from_right(text, start, end):
            return Fit(self.template, [None] * len(leftmost))
        return Fit(self.template, list(leftmost))

    def _from_left(self, text: str, start: int, end: int) -> list[str] | None:
        pieces: list[str] = []
        for literal in self._middle:
            found = text.find(literal, start, end)
            if found < 0:
                return None
            pieces.append(text[start:found])
            start = found + len(literal)
        return [*pieces, text[start:end]]

    def _from_right(self, text: str, start: int, end: int) -> list[str]:
        pieces: list[str] = []
        for literal in reversed(self._middle):
            found = text.rfind(literal, start, end)  # there is one: the text fits from the left
            pieces.append(text[found + len(literal) : end])
            end = found
        return [text[start:end], *reversed(pieces)]
