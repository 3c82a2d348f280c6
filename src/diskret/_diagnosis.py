"""Say why nothing leaves, and which call or setting comes next: for the line at `init()`, and for `diskret doctor`."""

from collections.abc import Mapping

from diskret.consent.state import Decision, Source, State
from diskret.model.records import Purpose
from diskret.model.settings import Settings

__all__ = ["REASONS_IF_NOTHING_LEAVES", "reasons"]

# One for crash reports, one for logs; an application may well use one of the two alone.
REASONS_IF_NOTHING_LEAVES = 2

_GRANT = "call diskret.consent.grant() once the user has agreed"
_BY_WHOM = {
    Source.DO_NOT_TRACK: "DO_NOT_TRACK is set",
    Source.ORGANISATION: "DISKRET_CONSENT=denied is set",
    Source.USER: "the user said no",
}


def reasons(settings: Settings, consent: Mapping[Purpose, Decision]) -> list[str]:
    """Give a sentence for each purpose of which nothing leaves; none, if crash reports and logs can leave."""
    sinks = (
        (Purpose.CRASH_REPORTS, "crash reports", settings.sentry_dsn, "DISKRET_SENTRY_DSN"),
        (Purpose.LOGS, "logs", settings.loki_url, "DISKRET_LOKI_URL"),
    )
    found = []
    for purpose, name, sink, variable in sinks:
        decision = consent[purpose]
        if sink is None:
            found.append(f"{name} stay here: {variable} is not set")
        elif decision.state is State.UNSET:
            found.append(f"{name} stay here: nobody has consented yet; {_GRANT}")
        elif decision.state is State.DENIED:
            found.append(f"{name} stay here: {_BY_WHOM.get(decision.source, 'consent was denied')}")
    return found
