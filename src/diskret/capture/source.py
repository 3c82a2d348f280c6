"""Read source files, of import roots alone: what lies elsewhere was not typed by the application's developers.

The gate does no I/O; it is handed this reader.
"""

import os
import site
import sys
import sysconfig
import tokenize

from diskret.model.source import SourceFile

__all__ = ["SourceReader"]

# A generated table of 2 MB is no source that logs; and the text is held in memory.
MAX_SOURCE_BYTES = 2_000_000


class SourceReader:
    """Find and read the source behind an absolute path. The roots are `sys.path` as it is at each reading."""

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
            path = getattr(sys.modules.get("__main__"), "__file__", None)
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

    @staticmethod
    def _relative(path: str) -> str | None:
        if not path.endswith(".py") or not os.path.isabs(path) or os.path.normpath(path) != path:
            return None
        # The longest root that holds the file is the one it was imported from: site-packages lies below a prefix.
        holding = [root for root in _roots() if path.startswith(root + os.sep)]
        return os.path.relpath(path, max(holding, key=len)) if holding else None


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
