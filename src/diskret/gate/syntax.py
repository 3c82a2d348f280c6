"""What an expression says: the words that stand in it, and where values go between them.

Works on the syntax tree of one call alone. An expression of any other form says nothing: it is dynamic.
"""

import ast
import re
import string
from collections.abc import Callable

from diskret.model.template import Hole, Parameter, Template, Templates

__all__ = [
    "CONVERSION",
    "Lookup",
    "braces",
    "formatted_by_callee",
    "join",
    "keys_of",
    "message_argument",
    "message_position",
    "percent",
    "templates_of",
]

# Conversions of printf-style formatting (Python library reference, "printf-style String Formatting").
CONVERSION = re.compile(
    r"%(?:\((?P<key>[^()]*)\))?(?P<flags>[#0\- +]*)(?P<width>\*|\d+)?(?:\.(?P<precision>\*|\d*))?[hlL]?"
    r"(?P<kind>[diouxXeEfFgGcrsa%])"
)
MAX_CHOICES = 8
MAX_SOURCE = 60
# Keywords of the logging calls themselves.
_RESERVED = frozenset({"msg", "exc_info", "stack_info", "stacklevel", "extra", "event"})
# These take the level before the message; `_log` is what subclasses of Logger override.
# structlog's loggers override `_proxy_to_logger`.
_LEVEL_FIRST = frozenset({"log", "_log", "alog", "_proxy_to_logger"})

# Says what a name stands for at this call: a literal, a parameter, or nothing that can be shown.
Lookup = Callable[[str], str | Parameter | None]
_Parts = list[str | Hole]


def templates_of(node: ast.expr | None, lookup: Lookup) -> Templates | None:
    """Give the templates of an expression; None, if none of its words can be shown to stand there."""
    if node is None:
        return None
    if isinstance(node, ast.Name):
        known = lookup(node.id)
        if isinstance(known, Parameter):
            return Templates((), known)
        return None if known is None else Templates((Template((known,)),))
    choices = [join(parts) for parts in _alternatives(node, lookup)]
    if not choices or not all(choice.says_something or choice.is_literal for choice in choices):
        return None
    return Templates(tuple(choices))


def formatted_by_callee(choices: tuple[Template, ...], call: ast.Call) -> tuple[Template, ...]:
    """Give what the literals among choices become where the callee formats them: structlog by `%`, loguru by `{}`.

    Neither formats without further arguments. Whichever way it goes, the words are those that stand at the call.
    """
    if len(call.args) + len(call.keywords) < 2:
        return ()
    literals = [choice.text for choice in choices if choice.is_literal]
    parts = [way for text in literals for way in (percent([text]), braces(text)) if way is not None]
    found = [join(way) for way in parts]
    return tuple([one for one in found if one not in choices and (one.says_something or one.is_literal)])


def message_argument(call: ast.Call) -> ast.expr | None:
    """Give the argument of a logging call that is its message."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
    position = message_position(name)
    if any(isinstance(argument, ast.Starred) for argument in call.args[: position + 1]):
        return None
    if len(call.args) > position:
        return call.args[position]
    return next((keyword.value for keyword in call.keywords if keyword.arg in ("msg", "event")), None)


def message_position(name: str | None) -> int:
    """Give the position of the message among the arguments of a logging call of this name."""
    return 1 if name in _LEVEL_FIRST else 0


def keys_of(call: ast.Call) -> frozenset[str]:
    """Give the identifiers by which a call names further fields: its keywords, and the keys of a literal `extra=`."""
    keys = {keyword.arg for keyword in call.keywords if keyword.arg and keyword.arg not in _RESERVED}
    for keyword in call.keywords:
        extra = keyword.value
        if keyword.arg != "extra":
            continue
        if isinstance(extra, ast.Dict):
            keys |= {k.value for k in extra.keys if isinstance(k, ast.Constant) and type(k.value) is str}
        elif isinstance(extra, ast.Call) and isinstance(extra.func, ast.Name) and extra.func.id == "dict":
            keys |= {inner.arg for inner in extra.keywords if inner.arg}
    return frozenset(key for key in keys if key.isidentifier())


def _alternatives(node: ast.expr, lookup: Lookup) -> list[_Parts]:
    """Give the parts of each way in which an expression can turn out; none, if one of them says nothing."""
    if isinstance(node, ast.IfExp):
        both = _alternatives(node.body, lookup), _alternatives(node.orelse, lookup)
        return both[0] + both[1] if all(both) and len(both[0]) + len(both[1]) <= MAX_CHOICES else []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _sum(node, lookup)
    if isinstance(node, ast.NamedExpr):
        return _alternatives(node.value, lookup)
    parts = _parts(node, lookup)
    return [] if parts is None else [parts]


def _sum(node: ast.BinOp, lookup: Lookup) -> list[_Parts]:
    left, right = _alternatives(node.left, lookup), _alternatives(node.right, lookup)
    if not left and not right:
        return []
    left = left or [[_hole(node.left)]]
    right = right or [[_hole(node.right)]]
    return [a + b for a in left for b in right] if len(left) * len(right) <= MAX_CHOICES else []


def _parts(node: ast.expr, lookup: Lookup) -> _Parts | None:
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            return [_joined(value) for value in values]
        case ast.BinOp(left=left, op=ast.Mod()):
            inner = _parts(left, lookup)
            return None if inner is None else percent(inner)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return braces(text)
        case ast.Name(id=name):
            known = lookup(name)
            return [known] if isinstance(known, str) else None
        case _:
            return None


def percent(parts: _Parts) -> _Parts:
    """Take the literals among parts apart at their printf-style conversions."""
    found: _Parts = []
    for part in parts:
        if not isinstance(part, str):
            found.append(part)
            continue
        end = 0
        for conversion in CONVERSION.finditer(part):
            found.append(part[end : conversion.start()])
            found.append("%" if conversion["kind"] == "%" else Hole(conversion["key"] or ""))
            end = conversion.end()
        found.append(part[end:])
    return found


def braces(text: str) -> _Parts | None:
    """Take a format string apart at its fields; None, if it is malformed."""
    found: _Parts = []
    try:
        for literal, field, _, _ in string.Formatter().parse(text):
            found.append(literal)
            if field is not None:
                found.append(Hole(field[:MAX_SOURCE]))
    except ValueError:
        return None
    return found


def _joined(value: ast.expr) -> str | Hole:
    if isinstance(value, ast.Constant):
        return str(value.value)
    return _hole(value.value) if isinstance(value, ast.FormattedValue) else Hole("")


def _hole(node: ast.expr) -> Hole:
    source = ast.unparse(node)
    return Hole(source if len(source) <= MAX_SOURCE else source[: MAX_SOURCE - 1] + "…")


def join(parts: _Parts) -> Template:
    """Join what is adjacent: literals to one literal, holes to one hole."""
    joined: _Parts = []
    for part in parts:
        if part == "":
            continue
        if joined and isinstance(part, str) and isinstance(joined[-1], str):
            joined[-1] += part
        elif joined and isinstance(part, Hole) and isinstance(joined[-1], Hole):
            joined[-1] = Hole(f"{joined[-1].source}}}{{{part.source}"[:MAX_SOURCE])
        else:
            joined.append(part)
    return Template(tuple(joined))
