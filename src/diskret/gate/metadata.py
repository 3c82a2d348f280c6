"""Which metadata goes with a report: a fixed list of fields, in a fixed alphabet, and nothing that is not on it."""

import re
from typing import NamedTuple

__all__ = ["FIELDS", "Metadata", "permitted"]

# What may accompany a report beside the pseudonym of its user, whoever the recipient is. Not on the list: host name,
# process arguments, environment variables, installed modules, thread names, absolute paths, IP addresses.
FIELDS = (
    "client_version",
    "server_version",
    "os",
    "os_version",
    "language",
    "server_id",
    "oem_id",
    "run",
)
_PERMITTED = re.compile(r"[A-Za-z0-9._+-]{1,64}")


class Metadata(NamedTuple):
    """What is known about this run, by field; None where it is not known."""

    client_version: str | None = None
    server_version: str | None = None
    os: str | None = None
    os_version: str | None = None
    language: str | None = None
    server_id: str | None = None
    oem_id: str | None = None
    run: str | None = None


def permitted(metadata: Metadata) -> tuple[tuple[str, str], ...]:
    """Give the fields of the list whose values are known and in the alphabet of settings; leave out any other."""
    known = metadata._asdict()
    return tuple(
        (field, value) for field in FIELDS if type(value := known.get(field)) is str and _PERMITTED.fullmatch(value)
    )
