"""Crash reports and logs that leave without personal data: only what developers typed, only where the user agreed.

Importing this package imports nothing of it; each name loads its module on first use (PEP 562).
"""

from typing import TYPE_CHECKING

from diskret._version import __version__

if TYPE_CHECKING:
    from diskret import consent
    from diskret._runtime import Handle, capture_exception, close, flush, init, set_server, set_user, stats
    from diskret.errors import AlreadyInitialised, DiskretError, SettingsError
    from diskret.model.safe import safe, safe_type

__all__ = [
    "AlreadyInitialised",
    "DiskretError",
    "Handle",
    "SettingsError",
    "__version__",
    "capture_exception",
    "close",
    "consent",
    "flush",
    "init",
    "safe",
    "safe_type",
    "set_server",
    "set_user",
    "stats",
]

_HOMES = {
    "diskret._runtime": (
        "Handle",
        "capture_exception",
        "close",
        "flush",
        "init",
        "set_server",
        "set_user",
        "stats",
    ),
    "diskret.errors": ("AlreadyInitialised", "DiskretError", "SettingsError"),
    "diskret.model.safe": ("safe", "safe_type"),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "consent":
        return import_module("diskret.consent")
    for home, names in _HOMES.items():
        if name in names:
            value: object = getattr(import_module(home), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'diskret' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
