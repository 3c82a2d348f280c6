"""What developers typed: the source files behind code objects, and the piece of source behind one instruction.

Each instruction knows its place in the source (PEP 657), so only the call or the raise in question is parsed, once.
"""

import ast
import re
from collections.abc import Callable
from itertools import islice
from types import CodeType
from typing import TypeVar

from diskret.model.source import Reader, SourceFile

__all__ = ["Sources", "line_of"]

MAX_FILES = 512
MAX_ANSWERS = 10_000
# A call that spans more lines than this is a table, not a log call.
MAX_LINES = 200
MAX_CONSTANT_LINES = 20

_T = TypeVar("_T")


class Sources:
    """Answer questions about the source, each answer computed once. Memory is bounded: a full cache starts anew."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._files: dict[str, SourceFile | None] = {}
        self._texts: dict[str, str] = {}
        self._answers: dict[object, object] = {}

    def file(self, path: object) -> SourceFile | None:
        """Give the file of an import root, or None."""
        if type(path) is not str:
            return None
        if path not in self._files:
            if len(self._files) >= MAX_FILES:
                self._files.clear()
                self._texts.clear()
            self._files[path] = self._reader.read(path)
        return self._files[path]

    def text(self, path: str) -> str:
        """Give the whole text of a file, "" where there is none."""
        file = self.file(path)
        if file is None:
            return ""
        if path not in self._texts:
            self._texts[path] = "".join(file.lines)
        return self._texts[path]

    def module_text(self, name: str) -> str:
        """Give the text of the module of this dotted name, "" where no import root has one."""
        path = self.once(("module", name), lambda: self._reader.module_file(name))
        return "" if path is None else self.text(path)

    def is_module(self, name: str) -> bool:
        """Tell whether an import root has the source of a module of this dotted name."""
        return self.once(("module", name), lambda: self._reader.module_file(name)) is not None

    def shipped(self, code: CodeType) -> tuple[str, bool] | None:
        """Give path and in-app flag of code that came with the application, though its source did not; else None."""
        return self.once(("shipped", id(code)), lambda: (self._reader.shipped(code), code))[0]

    def constant(self, path: str, name: str) -> str | None:
        """Give the literal that a module-level name stands for, if the file assigns it once; else None."""
        return self.once(("constant", path, name), lambda: _constant(self.text(path), name))

    def expression_at(self, code: CodeType, lasti: int) -> ast.expr | None:
        """Parse the expression that the instruction at `lasti` evaluates, None where it cannot be shown."""
        piece = self._piece(code, lasti)
        try:
            # In parentheses, so that lines of any indentation parse.
            return None if piece is None else ast.parse(f"({piece}\n)", mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    def statement_at(self, code: CodeType, lasti: int) -> ast.stmt | None:
        """Parse the statement that the instruction at `lasti` executes, None where it cannot be shown."""
        piece = self._piece(code, lasti)
        try:
            body = [] if piece is None else ast.parse(piece).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        return body[0] if len(body) == 1 else None

    def once(self, key: object, answer: Callable[[], _T]) -> _T:
        """Compute an answer, or give the one that was computed for this key before."""
        found = self._answers.get(key, self)
        if found is self:
            if len(self._answers) >= MAX_ANSWERS:
                self._answers.clear()
            found = self._answers[key] = answer()
        return found  # type: ignore[return-value]  # a key is asked one question only

    def _piece(self, code: CodeType, lasti: int) -> str | None:
        file = self.file(code.co_filename)
        position = _position(code, lasti)
        if file is None or None in position:
            return None
        first, last, start, end = position
        lines = file.lines[first - 1 : last]  # type: ignore[operator]
        if not lines or len(lines) > MAX_LINES or len(lines) != last - first + 1:  # type: ignore[operator]
            return None
        # Columns count bytes of UTF-8. The end is cut first, since both may be in the same line.
        tail = lines[-1].encode("utf-8", "surrogatepass")[:end]
        encoded = [*(line.encode("utf-8", "surrogatepass") for line in lines[:-1]), tail]
        encoded[0] = encoded[0][start:]
        return b"".join(encoded).decode("utf-8", "surrogatepass")


def _constant(text: str, name: str) -> str | None:
    # Whatever might give the name another value, anywhere in the file, counts as an assignment.
    word = rf"(?<![.\w]){re.escape(name)}\b"
    assigned = rf"{word}\s*(?::[^=\n]*)?(?:[-+*/%&|^@]|//|\*\*|<<|>>|:)?=(?!=)"
    named = rf"\b(?:global|nonlocal|del|for|as|import|def|class)\b[^\n]*{word}|{word}\s*,[^\n]*=(?!=)"
    found = re.findall(rf"^{assigned}", text, re.MULTILINE)
    if len(found) != 1 or len(re.findall(assigned, text)) != 1 or re.search(named, text):
        return None
    begin = re.search(rf"^{assigned}", text, re.MULTILINE)
    lines = text[begin.start() :].splitlines(keepends=True)[:MAX_CONSTANT_LINES] if begin else []
    for end in range(1, len(lines) + 1):
        try:
            statement = ast.parse("".join(lines[:end])).body[0]
        except (SyntaxError, ValueError):
            continue  # it goes on in the next line
        value = getattr(statement, "value", None)
        return value.value if isinstance(value, ast.Constant) and type(value.value) is str else None
    return None


_Position = tuple[int | None, int | None, int | None, int | None]


def line_of(code: CodeType, lasti: int) -> int:
    """Give the line (1-based) of an instruction, 0 where the code does not know it."""
    return _position(code, lasti)[0] or 0


def _position(code: CodeType, lasti: int) -> _Position:
    # An instruction takes two bytes; co_positions() has an entry for each.
    if lasti < 0:
        return (None, None, None, None)
    return next(islice(code.co_positions(), lasti // 2, None), (None, None, None, None))
