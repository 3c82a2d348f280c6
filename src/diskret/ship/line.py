"""The shape of a log line: python-json-logger writes it, or a formatter of the application's own.

A formatter is handed a record that holds admitted fields only, and what it returns is checked against them: it
stands behind the gate, so it can arrange and leave out, and add nothing.
"""

import json
import logging
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from diskret.model.records import ExceptionReport, LogBody

__all__ = ["WIRE_VERSION", "LineWriter", "exception_fields"]

WIRE_VERSION = 1

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
# What LogRecord's constructor reads from the running process; none of it was admitted.
_OF_THIS_PROCESS = dict.fromkeys(
    ("process", "processName", "thread", "threadName", "taskName", "relativeCreated", "created", "msecs"),
    None,
)
# Innermost frames of an exception in a log line: a line has a limit of 256 KiB at the server.
MAX_FRAMES = 30


class LineWriter:
    """Write the JSON line of a log report."""

    def __init__(self, formatter: logging.Formatter | None = None) -> None:
        self._own = JsonFormatter(
            "%(v)s %(message)s %(template)s %(logger)s %(module)s %(function)s %(line)s",
            json_ensure_ascii=False,
            # Python 3.12 added the attribute; older releases of the library take it for one of the application's.
            reserved_attrs=[*RESERVED_ATTRS, "taskName"],
        )
        self._formatter = formatter

    def write(self, body: LogBody) -> str:
        """Give the line as one JSON object, by the application's formatter where it has one that keeps to the rules."""
        fields = line_fields(body)
        if self._formatter is not None:
            line = self._by_application(self._formatter, body, fields)
            if line is not None:
                return line
        return self._own.format(_record({**fields, "msg": fields["message"]}))

    def _by_application(self, formatter: logging.Formatter, body: LogBody, fields: dict[str, Any]) -> str | None:
        record = {
            **fields,
            "msg": body.message,
            "name": body.logger,
            "levelno": _LEVELS[body.level],
            "levelname": body.level.upper(),
            "funcName": body.function,
            "lineno": body.line,
            "pathname": "",
            "filename": "",
        }
        try:
            returned = json.loads(formatter.format(_record(record)))
        except BaseException:  # noqa: BLE001  # the application's code; our own formatter writes the line instead
            return None
        if type(returned) is not dict:
            return None
        admitted = [*record.values(), record["levelname"].lower()]
        kept = {
            key: value
            for key, value in returned.items()
            if key in record and any(type(value) is type(known) and value == known for known in admitted)
        }
        return json.dumps(kept, ensure_ascii=False)


def _record(attributes: dict[str, Any]) -> logging.LogRecord:
    """Make a record with these attributes alone: not by makeLogRecord(), which runs the application's own factory."""
    record = logging.LogRecord("", 0, "", 0, "", (), None)
    record.__dict__.update(_OF_THIS_PROCESS, **attributes)
    return record


def line_fields(body: LogBody) -> dict[str, Any]:
    """Give the fields of a line, wire version 1."""
    fields: dict[str, Any] = {
        "v": WIRE_VERSION,
        "message": body.message,
        "template": body.template,
        "logger": body.logger,
        "module": body.module,
        "function": body.function,
        "line": body.line,
    }
    if body.fields:
        fields["fields"] = dict(body.fields)
    if body.exceptions:
        fields["exception"] = [exception_fields(exception) for exception in body.exceptions]
    return fields


def exception_fields(exception: ExceptionReport) -> dict[str, Any]:
    """Give an exception of a log line, innermost frame last, each as `path:line function`."""
    return {
        "type": exception.type,
        "module": exception.module,
        "value": exception.value,
        "frames": [f"{frame.path}:{frame.line} {frame.function}" for frame in exception.frames[-MAX_FRAMES:]],
    }
