"""`SourceFile`: the text that developers typed, as the reader hands it to the gate."""

from types import CodeType
from typing import NamedTuple, Protocol

__all__ = ["Reader", "SourceFile"]


class SourceFile(NamedTuple):
    """A source file of an import root: its path relative to that root (with "/"), whether it is in-app, its lines."""

    path: str
    in_app: bool
    lines: tuple[str, ...]


class Reader(Protocol):
    """Read source files of import roots; None for all that lies elsewhere."""

    def read(self, path: str) -> SourceFile | None: ...

    def shipped(self, code: CodeType) -> tuple[str, bool] | None: ...

    def module_file(self, name: str) -> str | None: ...
