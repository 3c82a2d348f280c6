"""`diskret safe-uses`: list every place of a code base that lets a value pass because a developer says so."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console

__all__ = ["Use", "find_uses", "safe_uses"]

_NAMES = ("safe", "safe_type")


class Use(NamedTuple):
    """A line that names `diskret.safe` or `diskret.safe_type`, with its source."""

    line: int
    source: str


def safe_uses(
    path: Annotated[Path, typer.Argument(help="A Python file, or a folder that is searched with all below it.")],
) -> None:
    """List every use of diskret.safe() and diskret.safe_type(), for review.

    Exit code 0: all files were read; 2: some could not be.
    """
    console = Console(soft_wrap=True)
    unread = 0
    for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
        try:
            uses = list(find_uses(file.read_bytes()))
        except (OSError, SyntaxError, ValueError) as error:
            unread += 1
            console.print(f"{file}: not read ({type(error).__name__})", markup=False, highlight=False)
            continue
        for use in uses:
            console.print(f"{file}:{use.line}: {use.source}", markup=False, highlight=False)
    sys.exit(2 if unread else 0)


def find_uses(source: bytes) -> Iterator[Use]:
    """Give the uses in a file, under whatever name it imports them."""
    tree = ast.parse(source)
    modules, functions = {"diskret"}, set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name for alias in node.names if alias.name == "diskret"}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "diskret":
            functions |= {alias.asname or alias.name for alias in node.names if alias.name in _NAMES}
    lines = set()
    for node in ast.walk(tree):
        # Not only calls: a function that is passed on lets values pass as well.
        if (isinstance(node, ast.Name) and node.id in functions) or (
            isinstance(node, ast.Attribute) and node.attr in _NAMES and ast.unparse(node.value) in modules
        ):
            lines.add(node.lineno)
    for line in sorted(lines):
        yield Use(line, _statement(source, line))


def _statement(source: bytes, line: int) -> str:
    return source.decode("utf-8", "replace").splitlines()[line - 1].strip()
