"""Loki's push, decided without I/O: head and body in, the answer and the entries to store out.

The order is Loki's: tenant, decoding, parsing (any fault refuses all), then the distributor (each stream and entry by
itself, operator's block, the tenant's rate, the size of the message), then the ingester (stream by stream). The
ingester's error is that of the last stream alone: an earlier stream's loss can hide behind a 204.
"""

import re
from collections import Counter

from diskret.collector.decode import CannotDecodeError, decode
from diskret.collector.ingester import LokiState, ingest
from diskret.collector.limits import LokiLimits
from diskret.collector.push import Pushed, PushedEntry, RefusedError, parse_push
from diskret.collector.records import Answer, Head, Outcome
from diskret.collector.snappy import is_raw_snappy
from diskret.collector.wording import moment, refuse, selector

__all__ = ["judge_push"]

_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_LETTER_OR_DIGIT = re.compile(r"[a-zA-Z0-9]")


class _Complaints:
    """Group errors by their rule, as in `5 errors like: …; 1 errors like: …`."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def add(self, rule: str, text: str) -> None:
        self._first.setdefault(rule, text)
        self._counts[rule] += 1

    def text(self) -> str:
        return "; ".join(f"{self._counts[rule]} errors like: {text}" for rule, text in self._first.items())


def judge_push(head: Head, body: bytes, tenants: dict[str, LokiState], limits: LokiLimits, now_ns: int) -> Outcome:
    """Decide a push; `tenants` is updated with what was taken."""
    tenant = head.value("x-scope-orgid") if limits.auth else "fake"
    if not tenant:
        return Outcome(refuse(401, "no org id"))
    try:
        size, streams = _read(head, body)
        for stream in streams:
            _check_names(stream)
        complaints = _Complaints()
        good = _validate(streams, complaints, limits, now_ns)
        state = tenants.setdefault(tenant, LokiState())
        if good:
            _distribute(tenant, good, size, state, limits, now_ns)
    except RefusedError as refusal:
        return Outcome(refuse(refusal.status, refusal.text))
    stored, error = ingest(tenant, good, state, limits, now_ns)
    if error is None and complaints.text():
        error = refuse(400, complaints.text())
    return Outcome(error or Answer(204), entries=tuple(stored))


def _read(head: Head, body: bytes) -> tuple[int, list[Pushed]]:
    content_type = (head.value("content-type") or "").partition(";")[0].strip().lower()
    encoding = head.value("content-encoding")
    try:
        # As in Loki: `snappy` is left to whoever reads protobuf, and means nothing beside JSON.
        decoded = body if encoding == "snappy" else decode(body, encoding)
    except CannotDecodeError as error:
        raise RefusedError(400, str(error)) from error
    if not content_type:
        raise RefusedError(400, "mime: no media type")
    if content_type != "application/json":
        if not is_raw_snappy(decoded):
            raise RefusedError(400, "snappy: corrupt input")
        raise RefusedError(400, "this collector does not read protobuf: push JSON")
    return len(decoded), parse_push(decoded)


def _check_names(stream: Pushed) -> None:
    for name in stream.labels:
        if not _LABEL_NAME.fullmatch(name):
            raise RefusedError(400, f"couldn't parse labels: {selector(stream.labels)}: unexpected name '{name}'")


def _validate(streams: list[Pushed], complaints: _Complaints, limits: LokiLimits, now_ns: int) -> list[Pushed]:
    """Give the streams with their good entries alone; each bad one is a complaint. Raise where one is poison."""
    good: list[Pushed] = []
    for stream in streams:
        if not stream.entries or not _labels_fit(stream, complaints, limits):
            continue
        entries = []
        for entry in stream.entries:
            if not _entry_fits(stream, entry, complaints, limits, now_ns):
                continue
            for key in entry.metadata:
                if not _LETTER_OR_DIGIT.search(key):
                    raise RefusedError(500, f'normalization for label name "{key}" resulted in invalid name')
            entries.append(entry)
        if entries:
            good.append(Pushed(stream.labels, entries))
    if not good and complaints.text():
        raise RefusedError(400, complaints.text())
    return good


def _labels_fit(stream: Pushed, complaints: _Complaints, limits: LokiLimits) -> bool:
    name = selector(stream.labels)
    count = len(stream.labels) - ("service_name" in stream.labels)
    if not stream.labels:
        complaints.add("missing", "error at least one label pair is required per stream")
        return False
    if count > limits.max_labels:
        text = f"entry for stream '{name}' has {count} label names; limit {limits.max_labels}"
        complaints.add("labels", text)
        return False
    for key, value in stream.labels.items():
        if len(key.encode()) > limits.max_label_name_bytes:
            complaints.add("label name", f"stream '{name}' has label name too long: '{key}'")
            return False
        if len(value.encode()) > limits.max_label_value_bytes:
            complaints.add("label value", f"stream '{name}' has label value too long: '{value}'")
            return False
    return True


def _entry_fits(stream: Pushed, entry: PushedEntry, complaints: _Complaints, limits: LokiLimits, now_ns: int) -> bool:
    oldest_ns = now_ns - limits.max_age_ns
    rule = text = ""
    if entry.time_ns < oldest_ns:
        rule = "old"
        text = f"has timestamp too old: {moment(entry.time_ns)}, oldest acceptable timestamp is: {moment(oldest_ns)}"
    elif entry.time_ns > now_ns + limits.max_ahead_ns:
        rule, text = "new", f"has timestamp too new: {moment(entry.time_ns)}"
    elif entry.line_bytes > limits.max_line_bytes:
        complaints.add(
            "line",
            f"max entry size '{limits.max_line_bytes}' bytes exceeded for stream '{selector(stream.labels)}' "
            f"while adding an entry with length '{entry.line_bytes}' bytes",
        )
        return False
    elif entry.metadata_bytes > limits.max_metadata_bytes:
        rule = "metadata size"
        text = (
            f"has structured metadata too large: '{entry.metadata_bytes}' bytes, "
            f"limit: '{limits.max_metadata_bytes}' bytes"
        )
    elif len(entry.metadata) > limits.max_metadata_pairs:
        rule = "metadata count"
        text = f"has too many structured metadata labels: '{len(entry.metadata)}', limit: '{limits.max_metadata_pairs}'"
    if rule:
        complaints.add(rule, f"entry for stream '{selector(stream.labels)}' {text}")
    return not rule


def _distribute(tenant: str, good: list[Pushed], size: int, state: LokiState, limits: LokiLimits, now_ns: int) -> None:
    if limits.blocked:
        raise RefusedError(
            limits.blocked_status,
            f"ingestion blocked for user {tenant} until 'forever' with status code '{limits.blocked_status}'",
        )
    lines = sum(len(stream.entries) for stream in good)
    total = sum(entry.line_bytes + entry.metadata_bytes for stream in good for entry in stream.entries)
    if not state.bucket.take(total, limits.tenant_rate, limits.tenant_burst, now_ns):
        raise RefusedError(
            429,
            f"ingestion rate limit exceeded for user {tenant} (limit: {limits.tenant_rate} bytes/sec) while "
            f"attempting to ingest '{lines}' lines totaling '{total}' bytes, reduce log volume or contact your "
            "Loki administrator to see if the limit can be increased",
        )
    if size > limits.max_push_bytes:
        raise RefusedError(
            500,
            "rpc error: code = ResourceExhausted desc = grpc: received message larger than max "
            f"({size} vs. {limits.max_push_bytes})",
        )
