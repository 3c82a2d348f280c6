"""Consent: the most restrictive source wins, and nothing reaches back in time."""

import pytest

from diskret.consent.book import Consent
from diskret.consent.state import UNSET, Decision, Source, State, decide
from diskret.model.records import Purpose
from diskret.testing import FakeClock

YES, NO = Decision(State.GRANTED, Source.USER, 1), Decision(State.DENIED, Source.USER, 1)
DECISIONS = [
    # user, DISKRET_CONSENT, DO_NOT_TRACK -> state, source
    (UNSET, None, False, State.UNSET, Source.NOBODY),
    (YES, None, False, State.GRANTED, Source.USER),
    (NO, None, False, State.DENIED, Source.USER),
    (UNSET, "granted", False, State.GRANTED, Source.ORGANISATION),
    (NO, "granted", False, State.DENIED, Source.USER),
    (YES, "granted", False, State.GRANTED, Source.USER),
    (YES, "denied", False, State.DENIED, Source.ORGANISATION),
    (UNSET, "denied", False, State.DENIED, Source.ORGANISATION),
    (YES, None, True, State.DENIED, Source.DO_NOT_TRACK),
    (YES, "granted", True, State.DENIED, Source.DO_NOT_TRACK),
]


@pytest.mark.parametrize(("user", "organisation", "do_not_track", "state", "source"), DECISIONS)
def test_the_most_restrictive_source_wins(user, organisation, do_not_track, state, source) -> None:
    decision = decide(user, organisation, do_not_track)
    assert (decision.state, decision.source) == (state, source)


def test_unset_means_no() -> None:
    assert Consent(FakeClock()).epoch_of(Purpose.LOGS) == 0


def test_a_grant_does_not_reach_back() -> None:
    consent = Consent(FakeClock())
    consent.grant()
    first = consent.epoch_of(Purpose.LOGS)
    consent.withdraw()
    consent.grant()
    assert consent.covers(Purpose.LOGS, consent.epoch_of(Purpose.LOGS))
    assert not consent.covers(Purpose.LOGS, first)
    assert not consent.covers(Purpose.LOGS, 0)


def test_purposes_are_decided_one_by_one() -> None:
    consent = Consent(FakeClock())
    consent.grant("logs")
    consent.withdraw(Purpose.CRASH_REPORTS)
    states = {purpose: decision.state for purpose, decision in consent.status().items()}
    assert states == {
        Purpose.LOGS: State.GRANTED,
        Purpose.CRASH_REPORTS: State.DENIED,
        Purpose.PERFORMANCE: State.UNSET,
        Purpose.USAGE: State.UNSET,
    }


def test_granting_twice_changes_nothing() -> None:
    clock = FakeClock()
    consent = Consent(clock)
    consent.grant("logs")
    before, epoch = consent.status(), consent.epoch_of(Purpose.LOGS)
    clock.advance(60)
    heard = []
    consent.on_change(heard.append)
    consent.grant("logs")
    assert (consent.status(), consent.epoch_of(Purpose.LOGS), heard) == (before, epoch, [])


def test_an_environment_that_denies_cannot_be_overruled() -> None:
    consent = Consent(FakeClock(), "denied")
    consent.grant()
    assert consent.epoch_of(Purpose.LOGS) == 0


def test_a_listener_hears_what_changed_and_may_call_back() -> None:
    consent, heard = Consent(FakeClock()), []

    def listener(changed) -> None:
        heard.append({purpose: decision.state for purpose, decision in changed.items()})
        consent.status()

    consent.on_change(listener)
    consent.grant("logs")
    consent.withdraw("logs")
    assert heard == [{Purpose.LOGS: State.GRANTED}, {Purpose.LOGS: State.DENIED}]


def test_an_unknown_purpose_is_refused() -> None:
    with pytest.raises(ValueError, match="marketing"):
        Consent(FakeClock()).grant("marketing")
