"""Which words a developer typed: those that stand as the message of the very call, or of the very raise.

That the run-time string *is* a constant of the calling code would prove nothing: interned strings and single
characters are identical to constants, and executed text has constants too. The proof is the source: the instruction
that made the call lies at a place in it, and what stands at that place fits the whole message.
"""

import ast
from collections.abc import Sequence
from opcode import opmap
from types import CodeType
from typing import NamedTuple

from diskret.gate import bytecode
from diskret.gate.match import Fit, Fitter
from diskret.gate.sources import Sources
from diskret.gate.syntax import Lookup, formatted_by_callee, keys_of, message_argument, templates_of
from diskret.model.records import Site
from diskret.model.template import Parameter, Templates

__all__ = ["call_templates", "dynamic", "fit_message", "fit_raise", "keys_at", "literal_at", "raise_templates"]

_RAISE = opmap["RAISE_VARARGS"]
_STORE, _DELETE = opmap["STORE_FAST"], opmap["DELETE_FAST"]


class _Words(NamedTuple):
    """What stands at a call: the templates, ready to be fitted."""

    templates: Templates
    fitters: tuple[Fitter, ...]
    formatted: tuple[Fitter, ...]


class _Callee(NamedTuple):
    """The function that a call calls, and the parameter of it that is asked for."""

    code: CodeType
    parameter: str


def dynamic(length: int) -> str:
    """Give what leaves in place of text whose origin cannot be shown."""
    return f"‹dynamic text, {length} chars›"


def fit_message(message: str, sites: Sequence[Site], sources: Sources) -> Fit | None:
    """Find the template of the log call that the message fits. `sites` are its call sites, the innermost first.

    A further site is looked at only where the call before it passes one of its own parameters on.
    """
    callee: _Callee | None = None
    for site in sites:
        # What logging's own methods were called with follows their signature, not that of an override in between.
        asked = None if site.through_logging else callee
        words = _words(site.code, site.lasti, sources, asked)
        if words is None:
            return None
        parameter = words.templates.parameter
        if parameter is None:
            return _fit(message, words)
        callee = _Callee(site.code, parameter.name)
    return None


def fit_raise(text: str, code: CodeType, lasti: int, sources: Sources) -> Fit | None:
    """Find the template of the raise statement that the exception's one argument fits."""
    words = _raised(code, lasti, sources)
    return None if words is None else _fit(text, words)


def literal_at(site: Site, sources: Sources) -> str | None:
    """Give the message of a log call, if it is one literal."""
    words = _words(site.code, site.lasti, sources, None)
    if words is None or words.templates.parameter is not None or len(words.fitters) != 1:
        return None
    template = words.templates.choices[0]
    return template.text if template.is_literal else None


def keys_at(site: Site, sources: Sources) -> frozenset[str]:
    """Give the identifiers by which a call names further fields."""

    def read() -> frozenset[str]:
        call = _call_at(site.code, site.lasti, sources)
        return frozenset() if call is None else keys_of(call)

    return sources.once(("keys", id(site.code), site.lasti), lambda: (read(), site.code))[0]


def call_templates(code: CodeType, lasti: int, sources: Sources) -> Templates | None:
    """Give what stands as the message of the logging call at this instruction."""
    words = _words(code, lasti, sources, None)
    return None if words is None else words.templates


def raise_templates(code: CodeType, lasti: int, sources: Sources) -> Templates | None:
    """Give what stands as the one argument of the exception that this instruction raises."""
    words = _raised(code, lasti, sources)
    return None if words is None else words.templates


def _words(code: CodeType, lasti: int, sources: Sources, callee: _Callee | None) -> _Words | None:
    # The answer keeps the code objects, so that their ids cannot be taken over by others.
    key = ("call", id(code), lasti, *(() if callee is None else (id(callee.code), callee.parameter)))
    return sources.once(key, lambda: (_ready(_read_call(code, lasti, sources, callee)), code, callee))[0]


def _raised(code: CodeType, lasti: int, sources: Sources) -> _Words | None:
    return sources.once(("raise", id(code), lasti), lambda: (_ready(_read_raise(code, lasti, sources)), code))[0]


def _ready(templates: Templates | None) -> _Words | None:
    if templates is None:
        return None
    fitters, formatted = (tuple([Fitter(t) for t in some]) for some in (templates.choices, templates.formatted))
    return _Words(templates, fitters, formatted)


def _read_call(code: CodeType, lasti: int, sources: Sources, callee: _Callee | None) -> Templates | None:
    if sources.file(code.co_filename) is None:
        return bytecode.call_templates(code, lasti) if callee is None and sources.shipped(code) else None
    call = _call_at(code, lasti, sources)
    if call is None:
        return None
    argument = message_argument(call) if callee is None else _argument_for(call, callee)
    templates = templates_of(argument, _lookup_in(code, sources))
    if templates is None:
        return None
    return templates._replace(formatted=formatted_by_callee(templates.choices, call))


def _call_at(code: CodeType, lasti: int, sources: Sources) -> ast.Call | None:
    expression = sources.expression_at(code, lasti)
    if isinstance(expression, ast.Await):  # a coroutine that waits for the call
        expression = expression.value
    return expression if isinstance(expression, ast.Call) else None


def _read_raise(code: CodeType, lasti: int, sources: Sources) -> Templates | None:
    if lasti < 0 or code.co_code[lasti] != _RAISE:
        return None
    if sources.file(code.co_filename) is None:
        return bytecode.raise_templates(code, lasti) if sources.shipped(code) else None
    statement = sources.statement_at(code, lasti)
    if not isinstance(statement, ast.Raise) or not isinstance(statement.exc, ast.Call):
        return None
    call = statement.exc
    if len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.Starred):
        return None
    return templates_of(call.args[0], _lookup_in(code, sources))


def _argument_for(call: ast.Call, callee: _Callee) -> ast.expr | None:
    """Give the argument that a call binds to a parameter of the function it calls."""
    names = callee.code.co_varnames[: callee.code.co_argcount]
    for keyword in call.keywords:
        if keyword.arg == callee.parameter:
            return keyword.value
    position = names.index(callee.parameter) if callee.parameter in names else len(call.args)
    if names and names[0] in ("self", "cls") and isinstance(call.func, ast.Attribute):
        position -= 1
    before = call.args[: position + 1]
    if position < 0 or len(before) <= position or any(isinstance(argument, ast.Starred) for argument in before):
        return None
    return call.args[position]


def _lookup_in(code: CodeType, sources: Sources) -> Lookup:
    def lookup(name: str) -> str | Parameter | None:
        if name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
            return None if _assigns(code, name) else Parameter(name)
        if name in (*code.co_varnames, *code.co_cellvars, *code.co_freevars):
            return None
        return sources.constant(code.co_filename, name)

    return lookup


def _assigns(code: CodeType, name: str) -> bool:
    if name in code.co_cellvars:
        return True  # an inner function may assign it
    index, operations = code.co_varnames.index(name), code.co_code
    return any(
        operations[at] in (_STORE, _DELETE) and operations[at + 1] == index for at in range(0, len(operations), 2)
    )


def _fit(text: str, words: _Words) -> Fit | None:
    for fitter in (*words.fitters, *words.formatted):
        fit = fitter.fit(text)
        if fit is not None:
            return fit
    return None
