"""Faults on demand: what the collector does wrong, to which requests, and how often."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

__all__ = ["Fault", "FaultPlan", "Kind", "Service"]

Service = Literal["loki", "sentry", "other"]


class Kind(Enum):
    """Where an exchange goes wrong, in the order of an exchange."""

    RESET_BEFORE_BODY = auto()
    RESET_IN_BODY = auto()
    RESET_BEFORE_ANSWER = auto()
    CLOSE = auto()
    HALF_CLOSE = auto()
    SILENCE = auto()
    ANSWER = auto()
    DELAY = auto()
    TRICKLE = auto()


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. Use the constructors below.

    `keep` says whether the body is judged and stored as usual: true where the answer alone is wrong or late.
    """

    kind: Kind
    keep: bool = False
    status: int = 0
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    after_bytes: int = 0

    @classmethod
    def answer(
        cls,
        status: int,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        keep: bool | None = None,
        delay: float = 0.0,
    ) -> "Fault":
        """Answer with this status. It is stored where the status is 200 or 204, unless `keep` says otherwise.

        Without a body: the body of the usual answer where the request is stored, else an empty one.
        """
        kept = status in (200, 204) if keep is None else keep
        pairs = tuple((headers or {}).items())
        return cls(Kind.ANSWER, keep=kept, status=status, body=body, headers=pairs, seconds=delay)

    @classmethod
    def delay(cls, seconds: float) -> "Fault":
        """Store as usual, then wait before the answer."""
        return cls(Kind.DELAY, keep=True, seconds=seconds)

    @classmethod
    def silence(cls, *, keep: bool = False) -> "Fault":
        """Read the request and never answer; the connection stays open."""
        return cls(Kind.SILENCE, keep=keep)

    @classmethod
    def reset_before_body(cls) -> "Fault":
        """Reset the connection (SO_LINGER 0) once the head is read: the head tells which service is meant."""
        return cls(Kind.RESET_BEFORE_BODY)

    @classmethod
    def reset_in_body(cls, after_bytes: int) -> "Fault":
        """Reset the connection once so many bytes of the body have arrived."""
        return cls(Kind.RESET_IN_BODY, after_bytes=after_bytes)

    @classmethod
    def reset_before_answer(cls, *, keep: bool = False) -> "Fault":
        """Reset the connection after the whole body; with `keep`, it is stored and only the answer is lost."""
        return cls(Kind.RESET_BEFORE_ANSWER, keep=keep)

    @classmethod
    def close(cls, *, keep: bool = False) -> "Fault":
        """Close the connection in order after the whole body, without an answer."""
        return cls(Kind.CLOSE, keep=keep)

    @classmethod
    def half_close(cls, *, keep: bool = False) -> "Fault":
        """End the own direction without an answer, and go on reading until the client closes."""
        return cls(Kind.HALF_CLOSE, keep=keep)

    @classmethod
    def trickle(cls, seconds: float = 0.01) -> "Fault":
        """Store as usual and answer one byte at a time, with a pause before each."""
        return cls(Kind.TRICKLE, keep=True, seconds=seconds)


class FaultPlan:
    """The faults to come, in order. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[tuple[Service | None, Fault, int | None]] = []

    def add(self, fault: Fault, service: Service | None = None, times: int | None = None) -> None:
        """Plan a fault for the next `times` requests (None: until cleared) of a service (None: of any)."""
        if times is not None and times < 1:
            raise ValueError("times must be at least 1")
        with self._lock:
            self._planned.append((service, fault, times))

    def clear(self, service: Service | None = None) -> None:
        """Forget what is planned for a service (None: everything)."""
        with self._lock:
            self._planned = [planned for planned in self._planned if service is not None and planned[0] != service]

    def take(self, service: Service) -> Fault | None:
        """Give the first fault planned for this request, and count it as used."""
        with self._lock:
            for index, (wanted, fault, times) in enumerate(self._planned):
                if wanted not in (None, service):
                    continue
                if times == 1:
                    del self._planned[index]
                elif times is not None:
                    self._planned[index] = (wanted, fault, times - 1)
                return fault
        return None
