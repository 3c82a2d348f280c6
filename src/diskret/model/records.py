"""What flows: an untrusted `Signal` goes into the gate, an admitted `Report` or a counted `Withheld` comes out.

A signal never holds a traceback, a frame or a user's object: only scalars, types, code objects and text that has
yet to prove its origin. A report holds only what may leave the machine. NamedTuples, since thirty dataclasses
cost an application 36 ms at start.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import CodeType
from typing import NamedTuple

from diskret.model.safe import Safe

__all__ = [
    "ClassRef",
    "CrashBody",
    "CrashSignal",
    "ExceptionReport",
    "ExceptionSnapshot",
    "FrameReport",
    "FrameSnapshot",
    "LogBody",
    "LogSignal",
    "Member",
    "OfType",
    "Purpose",
    "Recipient",
    "Report",
    "SentrySignal",
    "Site",
    "Text",
    "Value",
    "Withheld",
]


class Purpose(StrEnum):
    """What a report is for; the user decides about each by itself."""

    CRASH_REPORTS = "crash_reports"
    LOGS = "logs"
    PERFORMANCE = "performance"
    USAGE = "usage"


class Recipient(StrEnum):
    """The kinds of server that a report can go to."""

    LOKI = "loki"
    SENTRY = "sentry"


# --- untrusted: what capture makes ---------------------------------------------------------------------------------


class OfType(NamedTuple):
    """A value of which nothing was kept but its type."""

    type: type


class ClassRef(NamedTuple):
    """A value that is itself a class."""

    type: type


class Member(NamedTuple):
    """An enum member, by its class and its name."""

    type: type
    name: str


class Text(NamedTuple):
    """A run-time string that the gate has to compare with the source; it leaves only as the source's own literal."""

    text: str


class FrameSnapshot(NamedTuple):
    """One frame of a stack: its code and the bytecode offset that it had reached; the line follows from both."""

    code: CodeType
    lasti: int


class ExceptionSnapshot(NamedTuple):
    """One exception of a chain: innermost frame last; `parent` is the index of the exception that it belongs to."""

    type: type
    args: tuple["Value", ...]
    notes: int
    frames: tuple[FrameSnapshot, ...]
    parent: int | None
    source: str  # "", "__cause__", "__context__" or "exceptions[n]"


Value = bool | int | float | None | OfType | ClassRef | Member | Text | Safe | ExceptionSnapshot


class Site(NamedTuple):
    """A call: code and bytecode offset. `through_logging`: the call before it in a list was made by logging itself."""

    code: CodeType
    lasti: int
    through_logging: bool = False


class LogSignal(NamedTuple):
    """One log call. `sites`: the calls that were made, innermost first; `path`, `line`, `function`: what it claims."""

    captured_ns: int
    epoch: int
    level: int
    logger: object
    text: str | Value
    args: tuple[Value, ...] | dict[str, Value]
    path: object
    line: object
    function: object
    sites: tuple[Site, ...]
    fields: dict[str, Value]
    exceptions: tuple[ExceptionSnapshot, ...]
    user: str | None


class CrashSignal(NamedTuple):
    """One captured exception with its chain, the reported exception first. `mechanism` says what caught it."""

    captured_ns: int
    epoch: int
    event_id: str
    handled: bool
    mechanism: str
    exceptions: tuple[ExceptionSnapshot, ...]
    user: str | None


class SentrySignal(NamedTuple):
    """One item of an envelope that sentry_sdk built, and the crash it was built from (None: not one of ours)."""

    item_type: str
    event: Mapping[str, object]
    crash: CrashSignal | None


# --- admitted: what the gate makes -----------------------------------------------------------------------------------


class FrameReport(NamedTuple):
    """A frame as it may leave: `path` is relative to its import root; "‹…›" stands where a name was not typed."""

    module: str
    function: str
    line: int
    path: str
    in_app: bool


class ExceptionReport(NamedTuple):
    """An exception as it may leave: class, admitted text, frames with the innermost last."""

    type: str
    module: str
    value: str
    frames: tuple[FrameReport, ...]
    parent: int | None
    source: str


class LogBody(NamedTuple):
    """A log line as it may leave."""

    level: str
    message: str
    template: str
    logger: str
    module: str
    function: str
    line: int
    fields: tuple[tuple[str, str], ...]
    exceptions: tuple[ExceptionReport, ...]


class CrashBody(NamedTuple):
    """A crash as it may leave; the reported exception first."""

    event_id: str
    level: str
    mechanism: str
    handled: bool
    exceptions: tuple[ExceptionReport, ...]


class Report(NamedTuple):
    """What may leave: for one purpose, to one recipient. Only `gate.admit` makes one."""

    purpose: Purpose
    recipient: Recipient
    captured_ns: int
    epoch: int
    body: LogBody | CrashBody
    metadata: tuple[tuple[str, str], ...]


class Withheld(NamedTuple):
    """What does not leave, and why; `reason` is one of a fixed set of words, never data."""

    purpose: Purpose
    reason: str
