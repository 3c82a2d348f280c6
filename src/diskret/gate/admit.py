"""`admit`: the one place where a signal becomes a report. It builds; it never removes.

Pure: no I/O but through the reader that `sources` was given, no clock, no threads. Total: an error inside withholds
the signal.
"""

from typing import NamedTuple

from diskret.gate.frames import admit_exceptions, admit_frame
from diskret.gate.metadata import Metadata, permitted
from diskret.gate.names import function_name, logger_name, module_of
from diskret.gate.pseudonym import Pseudonyms
from diskret.gate.render import fill
from diskret.gate.sendable import clean
from diskret.gate.sources import Sources
from diskret.gate.template import dynamic, fit_message, keys_at
from diskret.gate.values import show
from diskret.model.records import (
    CrashBody,
    CrashSignal,
    FrameReport,
    FrameSnapshot,
    LogBody,
    LogSignal,
    Purpose,
    Recipient,
    Report,
    SentrySignal,
    Site,
    Withheld,
)

__all__ = ["Context", "admit"]


class Context(NamedTuple):
    """What the gate judges with."""

    sources: Sources
    pseudonyms: Pseudonyms
    metadata: Metadata


def admit(signal: LogSignal | SentrySignal, context: Context) -> Report | Withheld:
    """Build the report of a signal, or say why there is none."""
    purpose = Purpose.LOGS if isinstance(signal, LogSignal) else Purpose.CRASH_REPORTS
    try:
        if isinstance(signal, LogSignal):
            return _admit_log(signal, context)
        return _admit_sentry_item(signal, context)
    except Exception:  # noqa: BLE001  # fail closed: whatever went wrong, the signal does not leave, and is counted
        return Withheld(purpose, "gate error")


def _admit_log(signal: LogSignal, context: Context) -> Report:
    sources = context.sources
    template, message, fields = _text(signal, sources)
    site = signal.sites[0] if signal.sites else None
    place = _place(signal, site, sources)
    body = LogBody(
        level=_level(signal.level),
        message=clean(message),
        template=clean(template),
        logger=clean(logger_name(signal.logger, None if site is None else site.code, sources)),
        module=place.module,
        function=place.function,
        line=place.line,
        fields=fields,
        exceptions=admit_exceptions(signal.exceptions, sources),
    )
    return Report(
        purpose=Purpose.LOGS,
        recipient=Recipient.LOKI,
        captured_ns=signal.captured_ns,
        epoch=signal.epoch,
        body=body,
        metadata=permitted(context.metadata, _pseudonym(signal.user, Recipient.LOKI, context)),
    )


def _admit_sentry_item(signal: SentrySignal, context: Context) -> Report | Withheld:
    # What sentry_sdk may put into an envelope grows by the month; an item that is not listed here does not leave.
    if signal.item_type != "event":
        return Withheld(Purpose.CRASH_REPORTS, "envelope item not permitted")
    crash = signal.crash
    if crash is None:
        return Withheld(Purpose.CRASH_REPORTS, "event of no captured crash")
    return Report(
        purpose=Purpose.CRASH_REPORTS,
        recipient=Recipient.SENTRY,
        captured_ns=crash.captured_ns,
        epoch=crash.epoch,
        body=_crash_body(crash, context.sources),
        metadata=permitted(context.metadata, _pseudonym(crash.user, Recipient.SENTRY, context)),
    )


def _crash_body(crash: CrashSignal, sources: Sources) -> CrashBody:
    return CrashBody(
        event_id=crash.event_id,
        level="error" if crash.handled else "fatal",
        mechanism=crash.mechanism,
        handled=crash.handled,
        exceptions=admit_exceptions(crash.exceptions, sources),
    )


def _place(signal: LogSignal, site: Site | None, sources: Sources) -> FrameReport:
    """Say where the call stands: as the record says (`stacklevel` is the developer's), if that can be true."""
    if site is not None and site.code.co_filename == signal.path and site.code.co_name == signal.function:
        return admit_frame(FrameSnapshot(site.code, site.lasti), sources)
    file = sources.file(signal.path)
    if file is None:
        return FrameReport("‹module›", "‹function›", 0, "", False)
    line = signal.line if type(signal.line) is int and 0 < signal.line <= len(file.lines) else 0
    function = function_name(signal.function, signal.path, sources)
    return FrameReport(module_of(file.path), function, line, file.path, file.in_app)


_Fields = tuple[tuple[str, str], ...]


def _text(signal: LogSignal, sources: Sources) -> tuple[str, str, _Fields]:
    """Give template, message, and the further fields of a call. A message that is no string is a value like others."""
    text = signal.text
    if not isinstance(text, str):
        shown = show(text, sources)
        return shown, shown, _fields(signal, sources)
    fit = fit_message(text, signal.sites, sources)
    if fit is None:
        hidden = dynamic(len(text))
        return hidden, hidden, ()
    return fit.template.text, fill(fit, signal.args, sources).text, _fields(signal, sources)


def _fields(signal: LogSignal, sources: Sources) -> _Fields:
    if not signal.fields or not signal.sites:
        return ()
    # They belong to the call that logging was made by, also where the message comes from further out.
    keys = keys_at(signal.sites[0], sources)
    return tuple([(key, clean(show(value, sources))) for key, value in signal.fields.items() if key in keys])


def _pseudonym(user: str | None, recipient: Recipient, context: Context) -> str | None:
    return None if user is None else context.pseudonyms.of(user, recipient)


def _level(level: int) -> str:
    # The five levels of logging; a name that the application gave to a level of its own is not a name of these.
    for floor, name in ((50, "critical"), (40, "error"), (30, "warning"), (20, "info")):
        if level >= floor:
            return name
    return "debug"
