"""Name and version of the operating system: no build string, no host name."""

import os
import re
import sys

__all__ = ["operating_system"]


def operating_system() -> tuple[str, str | None]:
    """Give the system's name, and its version as up to three numbers: a kernel's build string can name its maker."""
    if sys.platform == "win32":
        version = sys.getwindowsversion()
        return "Windows", f"{version.major}.{version.minor}.{version.build}"
    name = os.uname()
    match = re.match(r"\d+(?:\.\d+){0,2}", name.release)
    return name.sysname, match[0] if match else None
