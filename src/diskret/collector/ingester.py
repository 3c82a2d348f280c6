"""Loki's ingester: entries join their streams one stream after the other, within rates and the order of time."""

from dataclasses import dataclass, field

from diskret.collector.limits import LokiLimits
from diskret.collector.push import Pushed
from diskret.collector.rate import Bucket
from diskret.collector.records import Answer, Entry, Line
from diskret.collector.wording import moment, refuse, selector

__all__ = ["LokiState", "ingest", "reopen_streams"]


@dataclass(slots=True)
class _Stream:
    newest_ns: int
    bucket: Bucket


@dataclass(slots=True)
class LokiState:
    """What one tenant's answers depend on beside the push: rates used up, streams open and their newest entries."""

    bucket: Bucket = field(default_factory=Bucket)
    streams: dict[str, _Stream] = field(default_factory=dict)


def reopen_streams(newest: list[Line]) -> LokiState:
    """Make the state of a server that was restarted; `newest` holds the newest line of each stream."""
    return LokiState(streams={selector(line.labels): _Stream(line.time_ns, Bucket()) for line in newest})


def ingest(
    tenant: str, good: list[Pushed], state: LokiState, limits: LokiLimits, now_ns: int
) -> tuple[list[Entry], Answer | None]:
    """Store stream by stream. The error is that of the last stream: it overwrites what went wrong before."""
    stored: list[Entry] = []
    error: Answer | None = None
    for pushed in good:
        name = selector(pushed.labels)
        stream = state.streams.get(name)
        if stream is None and len(state.streams) >= limits.max_streams:
            error = refuse(
                429,
                f"maximum active stream limit exceeded when trying to create stream {name}, reduce the number of "
                "active streams (reduce labels or reduce label values), or contact your Loki administrator to see "
                f"if the limit can be increased, user: '{tenant}'",
            )
            continue
        if stream is None:
            stream = state.streams[name] = _Stream(pushed.entries[0].time_ns, Bucket())
        error = _append(tenant, name, pushed, stream, limits, now_ns, stored)
    return stored, error


def _append(
    tenant: str,
    name: str,
    pushed: Pushed,
    stream: _Stream,
    limits: LokiLimits,
    now_ns: int,
    stored: list[Entry],
) -> Answer | None:
    failed: list[tuple[int, int, str]] = []
    for entry in pushed.entries:
        oldest_ns = stream.newest_ns - limits.max_behind_ns
        if entry.time_ns < oldest_ns:
            reason = (
                f"entry too far behind, entry timestamp is: {moment(entry.time_ns)}, "
                f"oldest acceptable timestamp is: {moment(oldest_ns)}"
            )
            failed.append((400, entry.time_ns, reason))
        elif not stream.bucket.take(entry.line_bytes, limits.stream_rate, limits.stream_burst, now_ns):
            reason = (
                f"Per stream rate limit exceeded (limit: {limits.stream_rate}B/sec) while attempting to ingest for "
                f"stream '{name}' totaling {entry.line_bytes}B, consider splitting a stream via additional labels "
                "or contact your Loki administrator to see if the limit can be increased"
            )
            failed.append((429, entry.time_ns, reason))
        else:
            stream.newest_ns = max(stream.newest_ns, entry.time_ns)
            stored.append(Entry(entry.time_ns, pushed.labels, entry.line, entry.metadata))
    if not failed:
        return None
    status, time_ns, reason = failed[-1]
    return refuse(
        status,
        f"entry with timestamp {moment(time_ns)} ignored, reason: '{reason}',\n"
        f"user '{tenant}', total ignored: {len(failed)} out of {len(pushed.entries)} for stream: {name}",
    )
