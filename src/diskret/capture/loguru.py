"""Capture loguru's messages: a sink that takes a snapshot of the record behind each.

The record has the text with its values in already; the gate finds its words at the call. loguru is not imported: its
frames are known by the names of their modules.
"""

import sys
from functools import partial
from types import FrameType
from typing import Any

from diskret.capture.logs import Stamp, comes_from_logging, exceptions_of, open_capture, outside, sites_from
from diskret.capture.snapshot import value_of
from diskret.model.records import ExceptionSnapshot, LogSignal, Value

__all__ = ["sink"]


def sink(message: str) -> None:
    """Capture the record of a message; what the `format` made of it is left alone.

    Never raises; nothing is captured without consent. With `enqueue=True` it runs in a thread where the call is out of
    sight: then the text is dynamic.
    """
    capture = open_capture()
    if capture is not None:
        capture.capture(partial(_snapshot, sys._getframe(1), message))


def _snapshot(frame: FrameType, message: Any, stamp: Stamp) -> LogSignal | None:
    record: dict[str, Any] = message.record
    level = record["level"].no
    caller = outside("loguru", frame)
    if level < stamp.threshold or caller is None or comes_from_logging(caller):
        return None
    if record["thread"].id == stamp.own_thread:
        return None  # with enqueue=True, what shipping logs comes from another thread than it was logged in
    text = record["message"]
    return LogSignal(
        captured_ns=stamp.captured_ns,
        epoch=stamp.epoch,
        level=level,
        logger=record["name"],
        text=text if type(text) is str else value_of(text),
        args=(),
        path=record["file"].path,
        line=record["line"],
        function=record["function"],
        sites=sites_from(caller, text),
        fields=_fields(record["extra"]),
        exceptions=_exceptions(record["exception"]),
        user=stamp.user,
    )


def _fields(extra: dict[str, Any]) -> dict[str, Value]:
    return {name: value_of(value) for name, value in dict.items(extra) if type(name) is str}


def _exceptions(exception: Any) -> tuple[ExceptionSnapshot, ...]:
    # loguru's RecordException is a named tuple of type, value and traceback.
    return exceptions_of(tuple(exception)) if isinstance(exception, tuple) else ()
