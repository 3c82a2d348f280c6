"""What each answer means: one row for each that a server was seen to give."""

import pytest

from diskret.ship.plan import (
    Answer,
    Refused,
    Retry,
    Sent,
    Split,
    Stop,
    Unreachable,
    backoff,
    judge_loki,
    judge_sentry,
)

NOW = 1_767_614_400.0  # 2026-01-05 12:00 UTC

LOKI = [
    # status, headers, body -> verdict
    (204, {}, "", Sent()),
    (260, {}, "blocked", Retry()),
    (200, {}, "", Refused("refused by server (200)")),
    (307, {"location": "https://evil.example.com"}, "", Stop("redirect not followed (307)")),
    (400, {}, "entry too far behind\n", Refused("refused by server (400)")),
    (401, {}, "no org id\n", Stop("not authorised (401)")),
    (403, {}, "", Stop("not authorised (403)")),
    (404, {}, "", Refused("refused by server (404)")),
    (408, {}, "", Retry()),
    (413, {}, "", Split()),
    (422, {}, "at least one valid stream is required\n", Refused("refused by server (422)")),
    (429, {}, "ingestion rate limit exceeded\n", Retry()),
    (429, {"retry-after": "7"}, "", Retry(7.0)),
    (429, {"retry-after": "Mon, 05 Jan 2026 12:00:30 GMT"}, "", Retry(30.0)),
    (429, {"retry-after": "Mon, 05 Jan 2026 11:00:00 GMT"}, "", Retry(0.0)),
    (429, {"retry-after": "86400"}, "", Retry(3600.0)),
    (429, {"retry-after": "soon"}, "", Retry()),
    (429, {"retry-after": "9" * 400}, "", Retry()),
    (429, {"retry-after": "²"}, "", Retry()),
    (429, {"retry-after": "Mon, 05 Jan 99999999999 12:00:00 GMT"}, "", Retry()),
    (500, {}, "empty ring\n", Retry()),
    (500, {}, "rpc error: code = ResourceExhausted desc = …", Split()),
    (503, {"retry-after": "2"}, "", Retry(2.0)),
]


@pytest.mark.parametrize(("status", "headers", "body", "verdict"), LOKI)
def test_what_lokis_answer_means(status: int, headers: dict[str, str], body: str, verdict: object) -> None:
    assert judge_loki(Answer(status, headers, body), NOW) == verdict


SENTRY = [
    (200, {}, Sent()),
    (200, {"x-sentry-rate-limits": "60:error:organization"}, Sent(60.0)),
    (200, {"x-sentry-rate-limits": "60::organization"}, Sent(60.0)),
    (200, {"x-sentry-rate-limits": "60:transaction;session:key"}, Sent()),
    (200, {"x-sentry-rate-limits": "10:transaction:key, 20:error;default:key:quota"}, Sent(20.0)),
    (200, {"x-sentry-rate-limits": "nonsense"}, Sent()),
    (400, {}, Refused("refused by server (400)")),
    (403, {}, Stop("not authorised (403)")),
    (413, {}, Refused("refused by server (413)")),
    (429, {}, Retry(60.0)),
    (429, {"retry-after": "5"}, Retry(5.0)),
    (429, {"x-sentry-rate-limits": "30:error:key", "retry-after": "5"}, Retry(30.0)),
    (302, {}, Stop("redirect not followed (302)")),
    (500, {}, Retry()),
    (502, {"retry-after": "3"}, Retry(3.0)),
]


@pytest.mark.parametrize(("status", "headers", "verdict"), SENTRY)
def test_what_sentrys_answer_means(status: int, headers: dict[str, str], verdict: object) -> None:
    assert judge_sentry(Answer(status, headers, ""), NOW) == verdict


@pytest.mark.parametrize("judge", [judge_loki, judge_sentry])
def test_no_answer_means_try_again(judge) -> None:
    assert judge(Unreachable("ConnectError"), NOW) == Retry()


def test_the_wait_doubles_up_to_five_minutes() -> None:
    assert [backoff(attempt, 1.0) for attempt in (0, 1, 2, 9, 10, 1000)] == [0.5, 1.0, 2.0, 256.0, 300.0, 300.0]
    assert backoff(3, 0.5) == 2.0
