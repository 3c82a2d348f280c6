"""Capture structlog's events: a processor that takes a snapshot of each and passes it on as it came.

It stands first in the chain, where an event is still the text and the key-values of the call. structlog is not
imported: its frames are known by the names of their modules.
"""

import logging
import sys
from collections.abc import MutableMapping
from functools import partial
from types import FrameType
from typing import Any, TypeVar

from diskret.capture.logs import Stamp, comes_from_logging, exceptions_of, open_capture, outside, sites_from
from diskret.capture.snapshot import value_of, values_of
from diskret.model.records import ExceptionSnapshot, LogSignal, Value

__all__ = ["processor"]

# What structlog calls its methods (structlog._log_levels.NAME_TO_LEVEL); a method of another name is taken for `info`.
_LEVELS = {
    "critical": logging.CRITICAL,
    "fatal": logging.CRITICAL,
    "exception": logging.ERROR,
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "notset": logging.NOTSET,
}
_NO_FIELDS = frozenset({"event", "positional_args", "exc_info", "stack_info", "stacklevel"})

_EventDict = TypeVar("_EventDict", bound=MutableMapping[str, Any])


def processor(logger: object, method_name: str, event_dict: _EventDict) -> _EventDict:
    """Capture an event and give it back unchanged. Never raises; nothing is captured without consent."""
    capture = open_capture()
    if capture is not None:
        capture.capture(partial(_snapshot, sys._getframe(1), logger, method_name, event_dict))
    return event_dict


def _snapshot(frame: FrameType, logger: object, method: str, event_dict: Any, stamp: Stamp) -> LogSignal | None:
    level = _LEVELS.get(method, logging.INFO)
    if level < stamp.threshold or _is_switched_off(logger, level):
        return None
    caller = outside("structlog", _awaiting() or frame)
    if caller is None or comes_from_logging(caller):
        return None
    # The plain dict's methods, whatever context class the application has configured.
    event = dict.get(event_dict, "event")
    return LogSignal(
        captured_ns=stamp.captured_ns,
        epoch=stamp.epoch,
        level=level,
        logger=_name_of(logger, caller),
        text=event if type(event) is str else value_of(event),
        args=values_of(dict.get(event_dict, "positional_args")),
        path=caller.f_code.co_filename,
        line=caller.f_lineno,
        function=caller.f_code.co_name,
        sites=sites_from(caller, event),
        fields=_fields(event_dict),
        exceptions=_exceptions(dict.get(event_dict, "exc_info", method == "exception")),
        user=stamp.user,
    )


def _awaiting() -> FrameType | None:
    """Give the coroutine that waits for `await log.ainfo(…)`, which runs the chain in another thread."""
    # structlog's own CallsiteParameterAdder finds the caller in this variable, since 23.3.
    variable = getattr(sys.modules.get("structlog.contextvars"), "_ASYNC_CALLING_STACK", None)
    frame = None if variable is None else variable.get(None)
    return frame if type(frame) is FrameType else None


def _is_switched_off(logger: Any, level: int) -> bool:
    """Tell whether `logging` will drop the event, without the lock that `isEnabledFor` takes."""
    if not issubclass(type(logger), logging.Logger):
        return False
    floor = logging.Logger.getEffectiveLevel(logger)
    return bool(logger.disabled) or level < floor or level <= logging.root.manager.disable


def _name_of(logger: Any, caller: FrameType) -> object:
    # structlog's own loggers have no name; then it is the module's.
    if issubclass(type(logger), logging.Logger):
        return logger.__dict__.get("name")
    return dict.get(caller.f_globals, "__name__")


def _fields(event_dict: dict[str, Any]) -> dict[str, Value]:
    return {
        name: value_of(value) for name, value in dict.items(event_dict) if type(name) is str and name not in _NO_FIELDS
    }


def _exceptions(exc_info: object) -> tuple[ExceptionSnapshot, ...]:
    """Read `exc_info` as structlog does: an exception, a triple, or whatever is true for the current one."""
    if issubclass(type(exc_info), BaseException):
        return exceptions_of((None, exc_info, None))
    if type(exc_info) in (bool, int) and exc_info:
        return exceptions_of(sys.exc_info())
    return exceptions_of(exc_info)
