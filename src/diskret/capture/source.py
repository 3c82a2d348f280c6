"""Read source files, of import roots alone: what lies elsewhere was not typed by the application's developers.

The gate does no I/O; it is handed this reader.
"""

import os
import site
import sys
import sysconfig
import tokenize
from importlib.machinery import FrozenImporter, ModuleSpec, SourcelessFileLoader
from types import CodeType, ModuleType
from typing import Any
from zipimport import zipimporter

from diskret.model.source import SourceFile

__all__ = ["SourceReader"]

# A generated table of 2 MB is no source that logs; and the text is held in memory.
MAX_SOURCE_BYTES = 2_000_000
MAX_SHIPPED = 1_000
# A loader of the application's own can claim any origin for any text.
_LOADERS_WITHOUT_SOURCE = (SourcelessFileLoader, zipimporter)
_PYINSTALLER = "pyimod02_importers.PyiFrozenLoader"


class SourceReader:
    """Find and read the source behind an absolute path. The roots are `sys.path` as it is at each reading.

    `folder` is what its relative entries mean: the working folder when the program began. `main_file` is the script.
    What was written after `began` (seconds since 1970; None: no matter) was written by a program.
    """

    def __init__(self, main_file: object = None, folder: str | None = None, began: float | None = None) -> None:
        self._main_file = main_file
        self._began = began
        self._folder = os.getcwd() if folder is None else folder
        self._shipped: dict[str, list[tuple[str, bool, CodeType]]] = {}

    def read(self, path: str) -> SourceFile | None:
        """Give the file, or None where it is outside every import root, is not there, or cannot be read."""
        relative = self._relative(path)
        if relative is None:
            return None
        try:
            found = os.stat(path)
            if found.st_size > MAX_SOURCE_BYTES or (self._began is not None and found.st_mtime > self._began):
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
        for root in self._roots():
            stem = os.path.join(root, *parts)
            for path in (f"{stem}.py", os.path.join(stem, "__init__.py")):
                if os.path.isfile(path) and self._relative(path) is not None:
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
                found
                for name in list(sys.modules)
                if (found := _loaded_code(name, filename, self._roots())) is not None
            ]
        return self._shipped[filename]

    def _roots(self) -> list[str]:
        home = os.path.expanduser("~")
        roots = {os.path.normpath(os.path.join(self._folder, entry)) for entry in sys.path if type(entry) is str}
        # Below a root such as "/" or "/home" a "relative" path would begin with the user's name.
        return [root for root in roots if root == home or not (home + os.sep).startswith(root.rstrip(os.sep) + os.sep)]

    def _relative(self, path: str) -> str | None:
        if not path.endswith(".py") or not os.path.isabs(path) or os.path.normpath(path) != path:
            return None
        # The longest root that holds the file is the one it was imported from: site-packages lies below a prefix.
        holding = [root for root in self._roots() if path.startswith(root + os.sep)]
        if not holding:
            return None
        root = max(holding, key=len)
        relative = os.path.relpath(path, root)
        # A link below the root that leads out of it leads to what somebody else typed.
        if not os.path.realpath(path).startswith(os.path.realpath(root) + os.sep):
            return None
        *folders, name = relative.removesuffix(".py").split(os.sep)
        # A folder that no import statement could name is data: a tenant's, a user's. A script may have any name.
        if not all(folder.isidentifier() for folder in folders) or (folders and not name.isidentifier()):
            return None
        # Started from the home folder, a program has all that lies there below its root; a package says that it is one.
        if folders and root == os.path.expanduser("~") and not os.path.isfile(_beside(root, folders)):
            return None
        return relative


def _beside(root: str, folders: list[str]) -> str:
    return os.path.join(root, folders[0], "__init__.py")


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


def _loaded_code(name: str, filename: str, roots: list[str]) -> tuple[str, bool, CodeType] | None:
    """Give path, in-app flag and code of a module without source, if it was compiled from this file."""
    spec = _spec_of(sys.modules.get(name))
    if spec is None or not all(part.isidentifier() for part in spec.name.split(".")):
        return None
    loader: Any = spec.loader
    stem = spec.name.replace(".", "/")
    path = f"{stem}/__init__.py" if spec.submodule_search_locations is not None else f"{stem}.py"
    frozen = loader is FrozenImporter
    # A module that has its source is judged by that. One that lies where its name does not say, a user's own plugin
    # say, was not typed by the application's developers.
    known = type(loader) in _LOADERS_WITHOUT_SOURCE or _name_of(type(loader)) == _PYINSTALLER
    if not frozen and not (known and _lies_where_its_name_says(spec.origin, path, roots)):
        return None
    try:
        code = loader.get_code(spec.name)
    except Exception:  # noqa: BLE001  # somebody's loader; what it cannot show was not shipped
        return None
    if not isinstance(code, CodeType) or code.co_filename != filename:
        return None
    return path, not frozen and not _is_installed(str(spec.origin)), code


_module_class: Any = ModuleType
_module_dict = _module_class.__dict__["__dict__"].__get__


def _spec_of(module: object) -> ModuleSpec | None:
    # Anything can lie in sys.modules, and answer for any attribute.
    if not issubclass(type(module), ModuleType):
        return None
    attributes = _module_dict(module)
    spec = attributes.get("__spec__") if type(attributes) is dict else None
    return spec if type(spec) is ModuleSpec else None


def _name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _lies_where_its_name_says(origin: object, path: str, roots: list[str]) -> bool:
    stem = path.removesuffix(".py").replace("/", os.sep)
    return type(origin) is str and any(
        origin.startswith(os.path.join(root, stem) + ".") and os.sep not in origin[len(root) + 1 + len(stem) :]
        for root in roots
    )


def _holds(root: CodeType, code: CodeType) -> bool:
    return root == code or any(isinstance(inner, CodeType) and _holds(inner, code) for inner in root.co_consts)
