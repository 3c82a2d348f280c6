"""What an expression says, read off the bytecode: for applications that were shipped without their source.

Walks back from the call over straight-line code, counting what each instruction leaves on the stack. At the first thing
that it does not know, and at every jump, it gives up: then the text is dynamic.
"""

import dis
from types import CodeType

from diskret.gate.syntax import braces, join, message_position, percent
from diskret.model.template import Hole, Template, Templates

__all__ = ["call_templates", "raise_templates"]

_Parts = list[str | Hole]
_FORMATS = frozenset({"FORMAT_VALUE", "FORMAT_SIMPLE", "FORMAT_WITH_SPEC"})
_NAMES = frozenset({"LOAD_METHOD", "LOAD_ATTR", "LOAD_GLOBAL", "LOAD_NAME", "LOAD_FAST", "LOAD_DEREF"})
_NO_CALL = frozenset({"PRECALL", "KW_NAMES", "PUSH_NULL"})


def call_templates(code: CodeType, lasti: int) -> Templates | None:
    """Give what stands as the message of the logging call at this instruction."""
    walk = _Walk(code)
    end = walk.index_at(lasti)
    return None if end is None else walk.templates_of_call(end, None)


def raise_templates(code: CodeType, lasti: int) -> Templates | None:
    """Give what stands as the one argument of the exception that this instruction raises."""
    walk = _Walk(code)
    end = walk.index_at(lasti)
    if end is None or walk.instructions[end].opname != "RAISE_VARARGS" or not walk.instructions[end].arg:
        return None
    # `raise X from Y` has the cause on top.
    start = walk.back(end, (walk.instructions[end].arg or 0) - 1)
    if start is None or not walk.instructions[start - 1].opname.startswith("CALL"):
        return None
    return walk.templates_of_call(start - 1, 0)


class _Walk:
    """The instructions of a code object, and walks backwards over them."""

    def __init__(self, code: CodeType) -> None:
        self.instructions = list(dis.get_instructions(code))
        self._constants = code.co_consts

    def index_at(self, lasti: int) -> int | None:
        """Give the index of the instruction at an offset; during a call that is the last of its inline caches."""
        before = [i for i, found in enumerate(self.instructions) if found.offset <= lasti]
        return before[-1] if before and lasti >= 0 else None

    def back(self, end: int, values: int) -> int | None:
        """Give the index of the first of the instructions before `end` that together push so many values."""
        index = end
        while values > 0:
            # A jump into the middle, or out of it, means that there are several ways to get here.
            if index <= 0 or self.instructions[index].is_jump_target:
                return None
            index -= 1
            found = self.instructions[index]
            if found.opcode in dis.hasjrel or found.opcode in dis.hasjabs:
                return None
            values -= dis.stack_effect(found.opcode, found.arg, jump=False)
        return index if values == 0 else None

    def templates_of_call(self, call: int, position: int | None) -> Templates | None:
        """Give the templates of an argument of a call: the one at `position`, or the message of a logging call."""
        found = self.instructions[call]
        if found.opname not in ("CALL", "PRECALL", "CALL_KW") or found.arg is None:
            return None
        end, keywords = call, 0
        if found.opname == "CALL_KW":  # 3.13: the names lie on top of the arguments
            end = call - 1
            keywords = len(self.instructions[end].argval)
        while self.instructions[end - 1].opname in _NO_CALL:
            end -= 1
            if self.instructions[end].opname == "KW_NAMES":
                keywords = len(self._constants[self.instructions[end].arg or 0])
        first = self.back(end, found.arg)
        if first is None:
            return None
        if position is None:
            position = message_position(self._name_before(first))
        elif found.arg != 1 or keywords:
            return None  # an exception of one argument is asked for
        if position >= found.arg - keywords:
            return None
        after = self.back(end, found.arg - position - 1)
        start = None if after is None else self.back(after, 1)
        parts = None if start is None or after is None else self._parts(start, after)
        if parts is None:
            return None
        template: Template = join(parts)
        return Templates((template,)) if template.says_something or template.is_literal else None

    def _name_before(self, first: int) -> str | None:
        at = first - 1
        while at > 0 and self.instructions[at].opname == "PUSH_NULL":  # 3.13 has it after the function
            at -= 1
        found = self.instructions[at]
        return found.argval if found.opname in _NAMES else None

    def _parts(self, start: int, end: int) -> _Parts | None:
        """Read the value that the instructions from `start` up to `end` push."""
        last = self.instructions[end - 1]
        if last.opname == "LOAD_CONST":
            return [last.argval] if end - start == 1 and type(last.argval) is str else None
        if last.opname in _FORMATS:
            return [Hole("")]
        if last.opname == "BUILD_STRING":
            return self._pieces(start, end - 1, last.arg or 0)
        if last.opname == "BINARY_OP" and last.argrepr in ("+", "%"):
            middle = self.back(end - 1, 1)
            left = None if middle is None else self._parts(start, middle)
            if last.argrepr == "%":
                return None if left is None else percent(left)
            right = None if middle is None else self._parts(middle, end - 1)
            return None if left is None and right is None else (left or [Hole("")]) + (right or [Hole("")])
        if last.opname in ("CALL", "CALL_KW"):
            return self._formatted(start)
        return None

    def _pieces(self, start: int, end: int, number: int) -> _Parts | None:
        pieces: list[_Parts] = []
        for _ in range(number):
            begin = self.back(end, 1)
            if begin is None or begin < start:
                return None
            pieces.append(self._parts(begin, end) or [Hole("")])
            end = begin
        return [part for piece in reversed(pieces) for part in piece]

    def _formatted(self, start: int) -> _Parts | None:
        """Read `"…".format(…)`."""
        text, method = self.instructions[start], self.instructions[start + 1]
        if text.opname == "LOAD_CONST" and type(text.argval) is str and method.argval == "format":
            return braces(text.argval)
        return None
