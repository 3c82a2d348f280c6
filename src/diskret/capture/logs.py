"""Capture log calls: one handler that snapshots a record and hands it over, above the root logger.

Above, not on it: `dictConfig`, `basicConfig(force=True)` and `root.handlers.clear()` would take a handler off the root,
and a handler on the root would keep `basicConfig()` from configuring anything. A logger whose only child is the root
sees every record that reaches the root, and no configuration touches it.
"""

import logging
import sys
from collections.abc import Callable
from threading import get_ident
from types import CodeType, FrameType, FunctionType
from typing import Any, NamedTuple

from diskret.capture.snapshot import chain_of, value_of, values_of
from diskret.model.clock import Clock
from diskret.model.records import ExceptionSnapshot, LogSignal, Site, Value
from diskret.model.stats import Tally

__all__ = ["LogCapture", "Stamp", "comes_from_logging", "exceptions_of", "open_capture", "outside", "sites_from"]

_LOGGING_FILE = logging.info.__code__.co_filename
# _snapshot ← handle ← callHandlers ← Logger.handle ← Logger._log ← Logger.info ← the call. A record that was made
# by hand comes straight from 4, so the walk begins there.
_NEAREST_CALLER = 4
# A wrapper around a wrapper around a wrapper is common enough; beyond that the walk costs more than it finds.
MAX_SITES = 5
# Of logging's own class: the application may have set a factory that adds some.
_ATTRIBUTES = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__)
_FEWEST_ATTRIBUTES = len(_ATTRIBUTES)


class Stamp(NamedTuple):
    """What the event of another logging library is stamped with.

    Below `threshold`, and in the thread `own_thread`, it is not captured.
    """

    threshold: int
    own_thread: int | None
    captured_ns: int
    epoch: int
    user: str | None


class _Unseen(list[logging.Handler]):
    """Handlers that `Logger.hasHandlers()` does not find: an application without any still configures its own."""

    def __bool__(self) -> bool:
        return False


class LogCapture(logging.Handler):
    """Offer a `LogSignal` for each record of `level` or above, while an epoch is open.

    Takes no lock and never raises: what goes wrong is counted in `errors`. Records of the thread `own_thread` names
    (shipping logs too) and of `diskret` loggers are left alone.
    """

    def __init__(
        self,
        level: int,
        offer: Callable[[LogSignal], bool],
        errors: Tally,
        clock: Clock,
        user: Callable[[], str | None],
        own_thread: Callable[[], int | None],
    ) -> None:
        # What logging.lastResort would have shown has to reach this handler too, to be passed on.
        super().__init__(min(level, logging.WARNING))
        self._threshold = level
        self._offer = offer
        self._errors = errors
        self._time_ns = clock.time_ns
        self._user = user
        self._own_thread = own_thread
        self._epoch = 0
        self._carrier = logging.Logger("diskret.above_root")
        self._carrier.handlers = _Unseen([self])

    def open(self, epoch: int) -> None:
        """Capture from now on, in this epoch; 0 stops."""
        self._epoch = epoch
        root = logging.getLogger()
        if epoch and root.parent is None:
            root.parent = self._carrier
        elif not epoch and root.parent is self._carrier:
            root.parent = None

    def createLock(self) -> None:  # logging's name
        """Have no lock: a log call that interrupts another one on the same thread would wait for itself."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        """Snapshot the record. Overrides the base method, which would take a lock."""
        fields = record.__dict__
        try:
            level = fields["levelno"]
            if level >= logging.WARNING and not logging.root.handlers:
                _show_as_last_resort(record, fields["name"])
            epoch = self._epoch
            if level >= self._threshold and epoch and not self._is_own(fields):
                signal = self._snapshot(fields, level, epoch)
                if not (signal.sites and _processor_has_captured(signal.sites[0].code)):
                    self._offer(signal)
        except Exception:  # noqa: BLE001  # a log call never raises; the fault is counted
            self._errors.raise_by_one()
        return True

    def capture(self, snapshot: Callable[[Stamp], LogSignal | None]) -> None:
        """Offer the event of another logging library; `snapshot` gives None for one that is not to be captured."""
        try:
            epoch, own_thread = self._epoch, self._own_thread()
            if epoch and get_ident() != own_thread:
                signal = snapshot(Stamp(self._threshold, own_thread, self._time_ns(), epoch, self._user()))
                if signal is not None:
                    self._offer(signal)
        except Exception:  # noqa: BLE001  # a log call never raises; the fault is counted
            self._errors.raise_by_one()

    def _is_own(self, fields: dict[str, Any]) -> bool:
        name = fields["name"]
        return get_ident() == self._own_thread() or (
            type(name) is str and (name == "diskret" or name.startswith("diskret."))
        )

    def _snapshot(self, fields: dict[str, Any], level: int, epoch: int) -> LogSignal:
        message = fields["msg"]
        return LogSignal(
            captured_ns=self._time_ns(),
            epoch=epoch,
            level=level,
            logger=fields["name"],
            text=message if type(message) is str else value_of(message),
            args=values_of(fields["args"]),
            path=fields["pathname"],
            line=fields["lineno"],
            function=fields["funcName"],
            sites=sites_from(sys._getframe(_NEAREST_CALLER), message),
            fields=_fields(fields) if len(fields) > _FEWEST_ATTRIBUTES else {},
            exceptions=exceptions_of(fields.get("exc_info")),
            user=self._user(),
        )


def open_capture() -> LogCapture | None:
    """Give the capture that is open in this process, for what does not come through `logging`; None where none is."""
    carrier = logging.root.parent
    handlers = () if carrier is None else carrier.handlers
    return next((handler for handler in handlers if isinstance(handler, LogCapture)), None)


def outside(package: str, frame: FrameType | None) -> FrameType | None:
    """Walk out of the frames of a package, to the one that called it."""
    while frame is not None and _is_of(package, frame):
        frame = frame.f_back
    return frame


def comes_from_logging(caller: FrameType) -> bool:
    """Tell whether a formatter, or a handler that forwards, logs this: its record is captured where it was made."""
    return _is_of("logging", caller) or (caller.f_back is not None and _is_of("logging", caller.f_back))


def _is_of(package: str, frame: FrameType) -> bool:
    # The plain dict's method: the globals of executed code may be a subclass.
    name = dict.get(frame.f_globals, "__name__")
    return type(name) is str and (name == package or name.startswith(f"{package}."))


def sites_from(frame: FrameType | None, message: object) -> tuple[Site, ...]:
    """Give the call, and, unless its own code has the message among its constants, the calls around it.

    The constants are a hint only, which saves the walk for most calls: what counts is what stands in the source.
    """
    sites: list[Site] = []
    through_logging = False
    while frame is not None and len(sites) < MAX_SITES:
        code = frame.f_code
        if code.co_filename == _LOGGING_FILE:
            through_logging = True
        else:
            sites.append(Site(code, frame.f_lasti, through_logging and bool(sites)))
            through_logging = False
            if len(sites) == 1 and (type(message) is not str or message in code.co_consts):
                break
        frame = frame.f_back
    return tuple(sites)


def _fields(attributes: dict[str, Any]) -> dict[str, Value]:
    """Keep what `extra=` added to a record."""
    return {
        name: value_of(value)
        for name, value in attributes.items()
        if type(name) is str and name not in _ATTRIBUTES and name not in ("message", "asctime")
    }


def exceptions_of(exc_info: Any) -> tuple[ExceptionSnapshot, ...]:
    """Keep the exception of a `sys.exc_info()` triple, with its chain."""
    exception = exc_info[1] if type(exc_info) is tuple and len(exc_info) == 3 else None
    if exception is None or not issubclass(type(exception), BaseException):
        return ()
    return chain_of(exception)


def _processor_has_captured(code: CodeType) -> bool:
    """Tell whether this code is structlog's, at work for a logger that has diskret's own processor in its chain.

    The chain is asked, not a mark that the processor could leave: of an event that is dropped later, or goes
    elsewhere, a mark would stay and cost the next one.
    """
    if code.co_name != "_proxy_to_logger":
        return False
    frame: FrameType | None = sys._getframe(_NEAREST_CALLER)
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back
    if frame is None or not _is_of("structlog", frame):
        return False
    processors = object.__getattribute__(frame.f_locals["self"], "_processors")
    return type(processors) in (list, tuple) and any(
        type(found) is FunctionType and found.__module__ == "diskret.capture.structlog" for found in processors
    )


def _show_as_last_resort(record: logging.LogRecord, name: object) -> None:
    """Print what `logging` itself would have printed if no handler had been found; this one does not count."""
    last_resort = logging.lastResort
    if last_resort is None or record.levelno < last_resort.level:
        return
    logger: Any = logging.root.manager.loggerDict.get(name)  # type: ignore[call-overload]
    while type(logger) is not logging.RootLogger and logger is not None:
        if getattr(logger, "handlers", None):
            return
        logger = getattr(logger, "parent", None)
    last_resort.handle(record)
