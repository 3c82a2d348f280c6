"""What an answer means: sent, to be tried again, to be split, refused for good, or the end of this sink.

Pure. The rows follow what real servers were seen to answer; documentation is less exact.
"""

from collections.abc import Mapping
from typing import NamedTuple

__all__ = [
    "Answer",
    "Refused",
    "Retry",
    "Sent",
    "Split",
    "Stop",
    "Unreachable",
    "Verdict",
    "backoff",
    "judge_loki",
    "judge_sentry",
]

FIRST_WAIT, LONGEST_WAIT = 0.5, 300.0  # seconds
# A gateway that asks for a day is not obeyed for a day: memory does not last that long.
LONGEST_RETRY_AFTER = 3_600.0


class Answer(NamedTuple):
    """A server's answer: status, headers with lower-case names, the beginning of the body."""

    status: int
    headers: Mapping[str, str]
    body: str


class Unreachable(NamedTuple):
    """No answer came; `reason` is a fixed word."""

    reason: str


class Sent(NamedTuple):
    """Stored. `pause` is how long the server wants nothing more (seconds)."""

    pause: float = 0.0


class Retry(NamedTuple):
    """Not stored; try again, after `after` seconds where the server says so, else by backoff."""

    after: float | None = None


class Split(NamedTuple):
    """Too large as a whole; try in halves."""


class Refused(NamedTuple):
    """Never resend this."""

    reason: str


class Stop(NamedTuple):
    """Send nothing more to this sink: whatever is sent is refused until somebody mends the configuration."""

    reason: str


Verdict = Sent | Retry | Split | Refused | Stop


def judge_loki(answer: Answer | Unreachable, now: float) -> Verdict:
    """Say what Loki's answer to a push means. `now` is seconds since 1970, for dates in `Retry-After`."""
    if isinstance(answer, Unreachable):
        return Retry()
    match answer.status:
        case 204:
            return Sent()
        case 400:
            # The good entries of the push are stored already: sending it again would be in vain.
            return Refused("refused by server (400)")
        case 401 | 403:
            return Stop(f"not authorised ({answer.status})")
        case 413:
            return Split()
        case 500 if "ResourceExhausted" in answer.body or "larger than max" in answer.body:
            # Over 4 MiB after decoding: a refusal that looks like a fault of the server.
            return Split()
        case 260 | 408 | 429:
            # 260: the operator has blocked ingestion; a success code that stored nothing.
            return Retry(_retry_after(answer, now))
        case status if status >= 500:
            return Retry(_retry_after(answer, now))
        case status if 300 <= status < 400:
            return Stop(f"redirect not followed ({status})")
        case status:
            return Refused(f"refused by server ({status})")


def judge_sentry(answer: Answer | Unreachable, now: float) -> Verdict:
    """Say what a Sentry server's answer to an envelope means; a rate limit may ride on a success."""
    if isinstance(answer, Unreachable):
        return Retry()
    match answer.status:
        case 200:
            return Sent(_rate_limit(answer) or 0.0)
        case 429:
            return Retry(_rate_limit(answer) or _retry_after(answer, now) or 60.0)
        case 401 | 403:
            return Stop(f"not authorised ({answer.status})")
        case 408:
            return Retry(_retry_after(answer, now))
        case status if status >= 500:
            return Retry(_retry_after(answer, now))
        case status if 300 <= status < 400:
            return Stop(f"redirect not followed ({status})")
        case status:
            return Refused(f"refused by server ({status})")


def backoff(attempt: int, jitter: float) -> float:
    """Give the wait before the next attempt: 0.5 s doubling to 5 min, times `jitter` (0 to 1: full jitter)."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempt, 16)) * jitter


def _retry_after(answer: Answer, now: float) -> float | None:
    """Read `Retry-After` (RFC 9110, 10.2.3): seconds or a date."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal() and len(value) < 10:
        return min(float(value), LONGEST_RETRY_AFTER)
    if not value:
        return None
    import email.utils  # 10 ms, for a header that servers rarely send

    try:
        date = email.utils.parsedate_tz(value)
        wait = None if date is None else email.utils.mktime_tz(date) - now
    except (ValueError, OverflowError):  # a year of eleven digits
        return None
    return None if wait is None else min(max(0.0, wait), LONGEST_RETRY_AFTER)


def _rate_limit(answer: Answer) -> float | None:
    """Read `X-Sentry-Rate-Limits`: `seconds:categories:scope[:reason]`, comma-separated; no category means all."""
    waits = []
    for limit in answer.headers.get("x-sentry-rate-limits", "").split(","):
        seconds, _, rest = limit.strip().partition(":")
        categories = rest.partition(":")[0].split(";")
        if (
            seconds.isascii()
            and seconds.isdecimal()
            and len(seconds) < 10
            and ("" in categories or "error" in categories)
        ):
            waits.append(min(float(seconds), LONGEST_RETRY_AFTER))
    return max(waits, default=None)
