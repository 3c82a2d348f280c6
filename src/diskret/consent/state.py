"""Decide, from every source that has a say, whether a purpose is allowed: the most restrictive source wins.

Pure. `unset` means no: privacy by default (Art. 25(2) GDPR).
"""

from enum import StrEnum
from typing import NamedTuple

__all__ = ["Decision", "Source", "State", "decide"]


class State(StrEnum):
    """What was decided about a purpose."""

    UNSET = "unset"
    GRANTED = "granted"
    DENIED = "denied"


class Source(StrEnum):
    """Who decided. The organisation's setting is never taken for the user's consent."""

    NOBODY = "nobody"
    USER = "user"
    ORGANISATION = "organisation"
    DO_NOT_TRACK = "DO_NOT_TRACK"


class Decision(NamedTuple):
    """A decision about one purpose; `decided_ns` is when it was made (0: it stood when the program started)."""

    state: State
    source: Source
    decided_ns: int

    @property
    def allows(self) -> bool:
        return self.state is State.GRANTED


UNSET = Decision(State.UNSET, Source.NOBODY, 0)


def decide(user: Decision, organisation: str | None, do_not_track: bool) -> Decision:
    """Combine the user's own decision with `DISKRET_CONSENT` and `DO_NOT_TRACK`.

    A denial from any source stands. The organisation's "granted" answers only what the user left unset.
    """
    if do_not_track:
        return Decision(State.DENIED, Source.DO_NOT_TRACK, 0)
    if organisation == "denied":
        return Decision(State.DENIED, Source.ORGANISATION, 0)
    if user.state is State.UNSET and organisation == "granted":
        return Decision(State.GRANTED, Source.ORGANISATION, 0)
    return user
