"""Rules of the house that no linter knows, read off the syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

import diskret

SOURCE = Path(diskret.__file__).parent


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if not name.startswith("cli/_examples"):
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def calls_of(tree: ast.Module, name: str) -> int:
    return sum(
        isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name for node in ast.walk(tree)
    )


def importers_of(package: str) -> list[str]:
    found = []
    for name, tree in modules():
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(imported.partition(".")[0] == package for imported in names):
                found.append(name)
    return sorted(set(found))


def test_only_the_gate_makes_a_report() -> None:
    assert [name for name, tree in modules() if calls_of(tree, "Report")] == ["gate/admit.py"]


def test_sentry_sdk_is_imported_in_one_place() -> None:
    assert importers_of("sentry_sdk") == ["capture/sentry.py"]


def test_httpx_is_imported_in_one_place() -> None:
    assert importers_of("httpx") == ["ship/http.py"]


def test_the_environment_is_read_in_one_place() -> None:
    readers = [
        name
        for name, tree in modules()
        if any(isinstance(n, ast.Attribute) and ast.unparse(n) == "os.environ" for n in ast.walk(tree))
        or calls_of(tree, "getenv")
    ]
    assert [name for name in readers if not name.startswith("cli/demo")] == ["model/settings.py"]


def test_the_gate_imports_no_io_no_threads_no_clock() -> None:
    for package in ("socket", "threading", "logging", "time", "datetime", "pathlib", "io", "subprocess", "sqlite3"):
        assert not [name for name in importers_of(package) if name.startswith("gate/")], package


def test_every_module_says_what_it_is() -> None:
    for name, tree in modules():
        docstring = ast.get_docstring(tree)
        assert docstring, name
        assert docstring.splitlines()[0].rstrip().endswith((".", "…")), name


def test_no_module_is_longer_than_350_lines() -> None:
    for path in SOURCE.rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 350, path.name
