"""Read source files, of import roots alone: what lies elsewhere was not typed by the application's developers.

The gate does no I/O; it is handed this reader.
"""

import os
import site
import sys
import sysconfig
import tokenize
from importlib.machinery import FrozenImporter, ModuleSpec
from types import CodeType

from diskret.model.source import SourceFile

__all__ = ["SourceReader"]

# A generated table of 2 MB is no source that logs; and the text is held in memory.
MAX_SOURCE_BYTES = 2_000_000
MAX_SHIPPED = 1_000


class SourceReader:
    """Find and read the source behind an absolute path. The roots are `sys.path` as it is at each reading."""

    def __init__(self, main_file: object = None) -> None:
        self._main_file = main_file
        self._shipped: dict[str, list[tuple[str, bool, CodeType]]] = {}

    def read(self, path: str) -> SourceFile | None:
        """Give the file, or None where it is outside every import root, is not there, or cannot be read."""
        relative = self._relative(path)
        if relative is None:
            return None
        try:
            if os.path.getsize(path) > MAX_SOURCE_BYTES:
                return None
            # tokenize.open honours the coding cookie (PEP 263), as the compiler did.
            with tokenize.open(path) as file:
                lines = tuple(file)
        except (OSError, SyntaxError, ValueError):
            return None
        return SourceFile(relative.replace(os.sep, "/"), not _is_installed(path), lines)

    def module_file(self, name: str) -> str | None:
        """Give the path of the source of a module of this dotted name, None where no import root has one."""
        if name == "__main__":
            path = getattr(sys.modules.get("__main__"), "__file__", None) or self._main_file
            return os.path.abspath(path) if type(path) is str else None
        parts = name.split(".")
        if not all(part.isidentifier() for part in parts):
            return None
        for root in _roots():
            stem = os.path.join(root, *parts)
            for path in (f"{stem}.py", os.path.join(stem, "__init__.py")):
                if os.path.isfile(path):
                    return path
        return None

    def shipped(self, code: CodeType) -> tuple[str, bool] | None:
        """Give path and in-app flag of code that came without source, in an archive or as bytecode; else None.

        The module's own loader is asked for the module's code: what a program executes under its name is not in it.
        """
        for path, in_app, root in self._without_source(code.co_filename):
            if _holds(root, code):
                return path, in_app
        return None

    def _without_source(self, filename: str) -> list[tuple[str, bool, CodeType]]:
        if filename not in self._shipped:
            if len(self._shipped) >= MAX_SHIPPED:
                self._shipped.clear()
            self._shipped[filename] = [
                found for name in list(sys.modules) if (found := _loaded_code(name, filename)) is not None
            ]
        return self._shipped[filename]

    @staticmethod
    def _relative(path: str) -> str | None:
        if not path.endswith(".py") or not os.path.isabs(path) or os.path.normpath(path) != path:
            return None
        # The longest root that holds the file is the one it was imported from: site-packages lies below a prefix.
        holding = [root for root in _roots() if path.startswith(root + os.sep)]
        if not holding:
            return None
        relative = os.path.relpath(path, max(holding, key=len))
        *folders, name = relative.removesuffix(".py").split(os.sep)
        # A folder that no import statement could name is data: a tenant's, a user's. A script may have any name.
        if not all(folder.isidentifier() for folder in folders) or (folders and not name.isidentifier()):
            return None
        return relative


def _roots() -> list[str]:
    home = os.path.expanduser("~")
    roots = {os.path.abspath(entry) for entry in sys.path if type(entry) is str}
    # Below a root such as "/" or "/home" a "relative" path would begin with the user's name.
    return [root for root in roots if not (home + os.sep).startswith(root.rstrip(os.sep) + os.sep) or root == home]


def _is_installed(path: str) -> bool:
    return path.startswith(_installed_prefixes())


def _installed_prefixes() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = [
        paths["stdlib"],
        paths["platstdlib"],
        paths["purelib"],
        paths["platlib"],
        site.getusersitepackages(),
    ]
    return tuple(folder + os.sep for folder in folders)


def _loaded_code(name: str, filename: str) -> tuple[str, bool, CodeType] | None:
    """Give path, in-app flag and code of a module compiled from this file, if its loader still has the code."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    if not isinstance(spec, ModuleSpec) or not all(part.isidentifier() for part in spec.name.split(".")):
        return None
    loader: object = spec.loader
    frozen = loader is FrozenImporter
    # A module that lies elsewhere, a user's own plugin say, was not typed by the application's developers.
    if not frozen and not any(str(spec.origin).startswith(root + os.sep) for root in _roots()):
        return None
    try:
        code = spec.loader.get_code(spec.name)  # type: ignore[union-attr]  # one without it has no code to show
    except Exception:  # noqa: BLE001  # somebody's loader; what it cannot show was not shipped
        return None
    if not isinstance(code, CodeType) or code.co_filename != filename:
        return None
    stem = spec.name.replace(".", "/")
    path = f"{stem}/__init__.py" if spec.submodule_search_locations is not None else f"{stem}.py"
    return path, not frozen and not _is_installed(str(spec.origin)), code


def _holds(root: CodeType, code: CodeType) -> bool:
    return root == code or any(isinstance(inner, CodeType) and _holds(inner, code) for inner in root.co_consts)
