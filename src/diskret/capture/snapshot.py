"""Keep of a value, or of an exception, what the gate may need, and run none of the application's code for it.

Types are compared by identity, never by `isinstance` of the value (which asks its `__class__`), never by hash or
equality (which ask its metaclass). Attributes are read through the descriptors of the builtin base types, which
a subclass cannot override.
"""

from collections import deque
from enum import EnumMeta
from itertools import islice
from types import FrameType, TracebackType
from typing import Any

from diskret.model.records import ClassRef, ExceptionSnapshot, FrameSnapshot, Member, OfType, Text, Value
from diskret.model.safe import Safe

__all__ = ["chain_of", "value_of", "values_of"]

# Of a deeper stack (a RecursionError has a thousand frames) the two ends tell the story.
OUTER_FRAMES, INNER_FRAMES = 20, 80
MAX_EXCEPTIONS = 20
MAX_ARGS = 30

_STR, _OBJECT = OfType(str), OfType(object)
_class_dict = type.__dict__["__dict__"].__get__
_base = BaseException.__dict__
_args, _traceback, _instance_dict = (_base[n].__get__ for n in ("args", "__traceback__", "__dict__"))
_cause, _context, _suppress = (_base[n].__get__ for n in ("__cause__", "__context__", "__suppress_context__"))
_grouped = BaseExceptionGroup.__dict__["exceptions"].__get__


def value_of(value: Any) -> Value:
    """Keep a bool, an int, a float, None or a `Safe` itself, of an enum member class and name, else the type alone."""
    kind = type(value)
    if kind is str:
        return _STR
    if kind is int or kind is float or kind is bool or value is None or kind is Safe:
        return value  # type: ignore[no-any-return]
    if issubclass(kind, BaseException):
        return _snapshot(value, None, "", (_last_frame(_traceback(value)),))
    metaclass = type(kind)
    if metaclass is not type:
        if issubclass(metaclass, EnumMeta):
            return _member(kind, value)
        if issubclass(kind, type):
            return ClassRef(value)
    elif kind is type or issubclass(kind, type):
        return ClassRef(value)
    return OfType(kind)


def values_of(args: Any) -> tuple[Value, ...] | dict[str, Value]:
    """Keep the arguments of a log call: a tuple, or the one mapping that `%(name)s` conversions read from."""
    kind = type(args)
    if kind is tuple:
        return tuple([value_of(value) for value in args])
    if kind is dict:
        return {key: value_of(value) for key, value in islice(args.items(), MAX_ARGS) if type(key) is str}
    return () if args is None else (value_of(args),)


def chain_of(exception: BaseException) -> tuple[ExceptionSnapshot, ...]:
    """Keep an exception with its causes, contexts and groups, itself first; at most 20 of them, each once."""
    chain: list[ExceptionSnapshot] = []
    waiting: deque[tuple[Any, int | None, str]] = deque([(exception, None, "")])
    seen: set[int] = set()
    while waiting and len(chain) < MAX_EXCEPTIONS:
        current, parent, source = waiting.popleft()
        if id(current) in seen:
            continue
        seen.add(id(current))
        index = len(chain)
        chain.append(_snapshot(current, parent, source, _frames(_traceback(current))))
        cause = _cause(current)
        if cause is not None:
            waiting.append((cause, index, "__cause__"))
        elif _context(current) is not None and not _suppress(current):
            waiting.append((_context(current), index, "__context__"))
        if issubclass(type(current), BaseExceptionGroup):
            for position, member in enumerate(_grouped(current)):
                waiting.append((member, index, f"exceptions[{position}]"))
    return tuple(chain)


def _snapshot(
    exception: BaseException, parent: int | None, source: str, frames: tuple[FrameSnapshot | None, ...]
) -> ExceptionSnapshot:
    args = tuple([_exception_arg(arg) for arg in _args(exception)[:MAX_ARGS]])
    attributes = _instance_dict(exception)
    notes = attributes.get("__notes__") if type(attributes) is dict else None
    number_of_notes = len(notes) if type(notes) is list else 0
    kept = tuple([frame for frame in frames if frame is not None])
    return ExceptionSnapshot(type(exception), args, number_of_notes, kept, parent, source)


def _exception_arg(arg: Any) -> Value:
    # The text is kept to be compared with the literal of the raise statement; it leaves only as that literal.
    # An exception in the arguments of another is reached through the chain, if at all: no recursion here.
    kind = type(arg)
    if kind is str:
        return Text(arg)
    return OfType(kind) if issubclass(kind, BaseException) else value_of(arg)


def _frames(traceback: TracebackType | None) -> tuple[FrameSnapshot, ...]:
    outer: list[FrameSnapshot] = []
    inner: deque[FrameSnapshot] = deque(maxlen=INNER_FRAMES)
    while traceback is not None:
        frame: FrameType = traceback.tb_frame
        snapshot = FrameSnapshot(frame.f_code, traceback.tb_lasti)
        if len(outer) < OUTER_FRAMES:
            outer.append(snapshot)
        else:
            inner.append(snapshot)
        traceback = traceback.tb_next
    return (*outer, *inner)


def _last_frame(traceback: TracebackType | None) -> FrameSnapshot | None:
    if traceback is None:
        return None
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return FrameSnapshot(traceback.tb_frame.f_code, traceback.tb_lasti)


def _member(kind: type, value: object) -> Value:
    members = _class_dict(kind).get("_member_map_")
    if type(members) is dict:
        for name, member in members.items():
            if member is value and type(name) is str:
                return Member(kind, name)
    return OfType(kind)
