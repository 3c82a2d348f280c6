"""`Request`: the bytes of one POST, ready to be sent."""

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["Request"]


class Request(NamedTuple):
    """Where to, with which headers, which body."""

    url: str
    headers: Mapping[str, str]
    body: bytes
