"""Capture log calls: one handler that snapshots a record and hands it over, above the root logger.

Above, not on it: `dictConfig`, `basicConfig(force=True)` and `root.handlers.clear()` would take a handler off the root,
and a handler on the root would keep `basicConfig()` from configuring anything. A logger whose only child is the root
sees every record that reaches the root, and no configuration touches it.
"""

import logging
import sys
from collections.abc import Callable
from threading import get_ident
from types import FrameType
from typing import Any

from diskret.capture.snapshot import chain_of, value_of, values_of
from diskret.model.clock import Clock
from diskret.model.records import ExceptionSnapshot, LogSignal, Site, Value
from diskret.model.stats import Tally

__all__ = ["LogCapture"]

_LOGGING_FILE = logging.info.__code__.co_filename
# _snapshot ← handle ← callHandlers ← Logger.handle ← Logger._log ← Logger.info ← the call. A record that was made
# by hand comes straight from 4, so the walk begins there.
# _sites adds one.
_NEAREST_CALLER = 5
# A wrapper around a wrapper around a wrapper is common enough; beyond that the walk costs more than it finds.
MAX_SITES = 5
# Of logging's own class: the application may have set a factory that adds some.
_ATTRIBUTES = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__)
_FEWEST_ATTRIBUTES = len(_ATTRIBUTES)


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
        self._carrier.addHandler(self)

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
                self._offer(self._snapshot(fields, level, epoch))
        except Exception:  # noqa: BLE001  # a log call never raises; the fault is counted
            self._errors.raise_by_one()
        return True

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
            sites=_sites(message),
            fields=_fields(fields) if len(fields) > _FEWEST_ATTRIBUTES else {},
            exceptions=_exceptions(fields.get("exc_info")),
            user=self._user(),
        )


def _sites(message: object) -> tuple[Site, ...]:
    """Give the call, and, unless its own code has the message among its constants, the calls around it.

    The constants are a hint only, which saves the walk for most calls: what counts is what stands in the source.
    """
    frame: FrameType | None = sys._getframe(_NEAREST_CALLER)
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


def _exceptions(exc_info: Any) -> tuple[ExceptionSnapshot, ...]:
    exception = exc_info[1] if type(exc_info) is tuple and len(exc_info) == 3 else None
    if exception is None or not issubclass(type(exception), BaseException):
        return ()
    return chain_of(exception)


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
