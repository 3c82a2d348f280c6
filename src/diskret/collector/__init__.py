"""A local receiver that answers as Loki and Sentry do, and keeps what it got: for tests, the demo and audits."""

from diskret.collector.collector import Collector
from diskret.collector.faults import Fault, FaultPlan
from diskret.collector.limits import LokiLimits, SentryLimits
from diskret.collector.records import Item, Line, Request

__all__ = ["Collector", "Fault", "FaultPlan", "Item", "Line", "LokiLimits", "Request", "SentryLimits"]
