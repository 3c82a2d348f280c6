"""`admit`: the one place where a signal becomes a report. It builds; it never removes.

Pure: no I/O but through the reader that `sources` was given, no clock, no threads. Total: an error inside withholds
the signal.
"""

from typing import NamedTuple

from diskret.gate.callsite import call_site
from diskret.gate.frames import admit_exceptions
from diskret.gate.pseudonym import Pseudonyms
from diskret.gate.render import fill, render
from diskret.gate.sendable import clean
from diskret.gate.sources import Sources
from diskret.gate.template import dynamic, fit_message
from diskret.gate.values import show
from diskret.model.records import (
    CrashBody,
    CrashSignal,
    LogBody,
    LogSignal,
    Purpose,
    Recipient,
    Report,
    SentrySignal,
    Withheld,
)

__all__ = ["Context", "admit"]


class Context(NamedTuple):
    """What the gate judges with; `metadata` as `permitted` gives it."""

    sources: Sources
    pseudonyms: Pseudonyms
    metadata: tuple[tuple[str, str], ...]


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
    site = call_site(signal, sources)
    text = signal.text
    if site.literal is not None and type(text) is str and text == site.literal:
        template, message = site.template, render(text, site.parts, signal.args, sources).text
    else:
        template, message = _words(signal, sources)
    fields: tuple[tuple[str, str], ...] = ()
    if signal.fields:
        # They belong to the call that logging was made by, also where the message comes from further out.
        fields = tuple([(k, clean(show(v, sources))) for k, v in signal.fields.items() if k in site.keys])
    body = LogBody(
        _level(signal.level),
        clean(message),
        template,
        site.logger,
        site.module,
        site.function,
        site.line,
        fields,
        admit_exceptions(signal.exceptions, sources) if signal.exceptions else (),
    )
    metadata = _metadata(signal.user, Recipient.LOKI, context)
    return Report(Purpose.LOGS, Recipient.LOKI, signal.captured_ns, signal.epoch, body, metadata)


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
        metadata=_metadata(crash.user, Recipient.SENTRY, context),
    )


def _crash_body(crash: CrashSignal, sources: Sources) -> CrashBody:
    return CrashBody(
        event_id=crash.event_id,
        level="error" if crash.handled else "fatal",
        mechanism=crash.mechanism,
        handled=crash.handled,
        exceptions=admit_exceptions(crash.exceptions, sources),
    )


def _words(signal: LogSignal, sources: Sources) -> tuple[str, str]:
    """Give template and message. A message that is no string is a value like others."""
    text = signal.text
    if not isinstance(text, str):
        shown = show(text, sources)
        return clean(shown), shown
    fit = fit_message(text, signal.sites, sources)
    if fit is None:
        hidden = dynamic(len(text))
        return hidden, hidden
    return clean(fit.template.text), fill(fit, signal.args, sources).text


def _metadata(user: str | None, recipient: Recipient, context: Context) -> tuple[tuple[str, str], ...]:
    return context.metadata if user is None else (("user", context.pseudonyms.of(user, recipient)), *context.metadata)


def _level(level: int) -> str:
    # The five levels of logging; a name that the application gave to a level of its own is not a name of these.
    for floor, name in ((50, "critical"), (40, "error"), (30, "warning"), (20, "info")):
        if level >= floor:
            return name
    return "debug"
