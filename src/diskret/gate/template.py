"""Which words a developer typed: the literal that stands as the message of the very call, or of the very raise.

That the run-time string *is* a constant of the calling code would prove nothing: interned strings and single
characters are identical to constants, and executed text has constants too. The proof is the source file: the
instruction that made the call lies at a place in it, and at that place stands a literal equal to the message.
"""

import ast
from opcode import opmap
from types import CodeType

from diskret.gate.sources import Sources
from diskret.model.records import ExceptionSnapshot, Text

__all__ = ["dynamic", "message_template", "raise_template"]

_RAISE = opmap["RAISE_VARARGS"]


def dynamic(length: int) -> str:
    """Give what leaves in place of text whose origin cannot be shown."""
    return f"‹dynamic text, {length} chars›"


def message_template(message: str, code: CodeType | None, lasti: int, sources: Sources) -> str | None:
    """Give the literal that this log call has as its message, if the message is equal to it; else None."""
    if code is None:
        return None
    # The answer keeps the code object, so that its id cannot be taken over by another one.
    literal, _ = sources.once(
        ("call", id(code), lasti), lambda: (_message_literal(sources.expression_at(code, lasti)), code)
    )
    return message if literal is not None and literal == message else None


def raise_template(exception: ExceptionSnapshot, sources: Sources) -> str | None:
    """Give the literal that this exception was raised with, if its one argument is equal to it; else None."""
    if len(exception.args) != 1 or not exception.frames:
        return None
    argument, (code, lasti) = exception.args[0], exception.frames[-1]
    if type(argument) is not Text:
        return None
    literal, _ = sources.once(("raise", id(code), lasti), lambda: (_raise_literal(code, lasti, sources), code))
    return literal if literal is not None and literal == argument.text else None


def _message_literal(call: ast.expr | None) -> str | None:
    if not isinstance(call, ast.Call):
        return None
    # Logger.log, LoggerAdapter.log and logging.log take the level first.
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
    position = 1 if name == "log" else 0
    if any(isinstance(argument, ast.Starred) for argument in call.args[: position + 1]):
        return None
    if len(call.args) > position:
        return _literal(call.args[position])
    return next((_literal(keyword.value) for keyword in call.keywords if keyword.arg == "msg"), None)


def _raise_literal(code: CodeType, lasti: int, sources: Sources) -> str | None:
    if lasti < 0 or code.co_code[lasti] != _RAISE:
        return None
    statement = sources.statement_at(code, lasti)
    if not isinstance(statement, ast.Raise) or not isinstance(statement.exc, ast.Call):
        return None
    call = statement.exc
    return _literal(call.args[0]) if len(call.args) == 1 and not call.keywords else None


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and type(node.value) is str else None
