"""Does a text fit a template, and which pieces of it are values? Linear in the text, whatever is in it."""

from diskret.model.template import Template

__all__ = ["MAX_TEXT", "pieces_of"]

# A longer text is no log message; it is withheld as dynamic.
MAX_TEXT = 64 << 10


def pieces_of(template: Template, text: str) -> list[str | None] | None:
    """Give the text in each hole; None in the place of each where the text fits in more than one way.

    None alone: the text does not fit, so it was not made by this template.
    """
    if len(text) > MAX_TEXT:
        return None
    if template.is_literal:
        return [] if text == template.text else None
    literals = [""]
    for part in template.parts:
        if isinstance(part, str):
            literals[-1] += part
        else:
            literals.append("")
    leftmost = _split(literals, text, from_left=True)
    if leftmost is None:
        return None
    # A value that holds one of the literals makes the split a guess; then no piece is taken for a value of its own.
    if leftmost != _split(literals, text, from_left=False):
        return [None] * len(leftmost)
    return list(leftmost)


def _split(literals: list[str], text: str, *, from_left: bool) -> list[str] | None:
    first, *middle, last = literals
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return None
    start, end = len(first), len(text) - len(last)
    pieces: list[str] = []
    for literal in middle if from_left else reversed(middle):
        if from_left:
            found = text.find(literal, start, end)
            pieces.append(text[start:found])
            start = found + len(literal)
        else:
            found = text.rfind(literal, start, end)
            pieces.append(text[found + len(literal) : end])
            end = found
        if found < 0:
            return None
    pieces.append(text[start:end])
    return pieces if from_left else pieces[::-1]
