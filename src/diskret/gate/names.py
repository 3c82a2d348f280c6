"""Which names were typed: of classes, functions, enum members and loggers. Others show as what they are a name of.

A program can make a class, a function or a logger with any name at run time, a user's name included. So a name passes
only if it stands in the source file that it claims to come from, or belongs to a static type of the
interpreter.
"""

import re
from types import CodeType

from diskret.gate.sources import Sources

__all__ = ["class_name", "exception_name", "function_name", "logger_name", "member_name", "module_of"]

# Py_TPFLAGS_HEAPTYPE of CPython's Include/object.h: unset for types that are laid down in C source.
_HEAP_TYPE = 1 << 9
_type_name = type.__dict__["__name__"].__get__
_type_dict = type.__dict__["__dict__"].__get__
_type_mro = type.__dict__["__mro__"].__get__
_type_flags = type.__dict__["__flags__"].__get__

# The names that the compiler itself gives to code.
_COMPILED = frozenset({"<module>", "<lambda>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})


def class_name(cls: type, sources: Sources) -> str | None:
    """Give the name of a class if it was typed, else None."""
    # The answer keeps the class, so that its id cannot be taken over by another one.
    return sources.once(("class", id(cls)), lambda: (_typed_class(cls, sources), cls))[0]


def exception_name(cls: type, sources: Sources) -> tuple[str, str]:
    """Give (module, name) of an exception class, or of its nearest base class whose name was typed."""
    for base in _type_mro(cls):
        name = class_name(base, sources)
        if name is not None:
            return _module_name(base), name
    return "builtins", "BaseException"


def member_name(cls: type, name: str, sources: Sources) -> str | None:
    """Give `Class.NAME` of an enum member if both were typed, else None."""
    known = class_name(cls, sources)
    if known is None or not name.isidentifier():
        return None
    key = ("member", id(cls), name)
    text = sources.module_text(_module_name(cls))
    typed, _ = sources.once(key, lambda: (bool(re.search(rf"^\s*{name}\s*[=:]", text, re.MULTILINE)), cls))
    return f"{known}.{name}" if typed else None


def function_name(name: object, path: object, sources: Sources) -> str:
    """Give the name of a function or a class body if this file defines one of that name, else ‹function›."""
    if type(name) is str and type(path) is str and sources.file(path) is not None:
        if name in _COMPILED:
            return name
        if name.isidentifier() and sources.once(
            ("function", path, name),
            lambda: bool(re.search(rf"\b(?:def|class)\s+{name}\b", sources.text(path))),
        ):
            return name
    return "‹function›"


def logger_name(name: object, code: CodeType | None, sources: Sources) -> str:
    """Give a logger's name if it is a module's, or stands in a `getLogger("…")` of the calling file, else ‹logger›."""
    if type(name) is not str:
        return "‹logger›"
    if name == "root" or sources.is_module(name):
        return name
    path = None if code is None else code.co_filename
    pattern = rf"getLogger\(\s*(?P<quote>['\"]){re.escape(name)}(?P=quote)\s*\)"
    if path is not None and sources.once(("logger", path, name), lambda: bool(re.search(pattern, sources.text(path)))):
        return name
    return "‹logger›"


def module_of(path: str) -> str:
    """Give the dotted name of a source file from its path below its import root."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _typed_class(cls: type, sources: Sources) -> str | None:
    name = _type_name(cls)
    if not _type_flags(cls) & _HEAP_TYPE:
        return str(name)
    if type(name) is not str or not name.isidentifier():
        return None
    if cls is ExceptionGroup:  # laid down in C, and a heap type all the same
        return "ExceptionGroup"
    text = sources.module_text(_module_name(cls))
    return name if re.search(rf"^\s*class\s+{name}\b", text, re.MULTILINE) else None


def _module_name(cls: type) -> str:
    if not _type_flags(cls) & _HEAP_TYPE:
        return "builtins"
    if cls is ExceptionGroup:
        return "builtins"
    module = _type_dict(cls).get("__module__")
    return module if type(module) is str else ""
