"""The limits that the answers are computed from: a server's defaults, each of which a test may lower."""

from dataclasses import dataclass

__all__ = ["LokiLimits", "SentryLimits"]

_MINUTE_NS = 60 * 1_000_000_000
_HOUR_NS = 60 * _MINUTE_NS
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class LokiLimits:
    """Loki's `limits_config`, by its defaults. Times in nanoseconds, sizes in bytes, rates in bytes a second."""

    max_age_ns: int = 7 * 24 * _HOUR_NS  # reject_old_samples_max_age
    max_ahead_ns: int = 10 * _MINUTE_NS  # creation_grace_period
    max_behind_ns: int = _HOUR_NS  # half of max_chunk_age
    max_line_bytes: int = 262_144
    max_labels: int = 15  # `service_name` is not counted
    max_label_name_bytes: int = 1_024
    max_label_value_bytes: int = 2_048
    max_metadata_pairs: int = 128
    max_metadata_bytes: int = 64 << 10
    max_push_bytes: int = 4 * _MIB  # after decoding: what one gRPC message may hold
    max_body_bytes: int = 100 * _MIB
    tenant_rate: int = 4 * _MIB
    tenant_burst: int = 6 * _MIB
    stream_rate: int = 3 * _MIB
    stream_burst: int = 15 * _MIB
    max_streams: int = 5_000
    auth: bool = False  # X-Scope-OrgID is required
    blocked: bool = False  # the operator blocks ingestion
    blocked_status: int = 260


@dataclass(frozen=True, slots=True)
class SentryLimits:
    """Sizes in bytes."""

    max_event_bytes: int = _MIB
    max_body_bytes: int = 100 * _MIB
