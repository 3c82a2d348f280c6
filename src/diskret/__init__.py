"""Crash reports and logs that leave without personal data: only what developers typed, only where the user agreed.

Importing this package imports nothing of it; each name loads its module on first use (PEP 562).
"""

from typing import TYPE_CHECKING

from diskret._version import __version__

if TYPE_CHECKING:
    from diskret import consent
    from diskret._runtime import Handle, capture_exception, close, flush, init, set_server, set_user, stats
    from diskret.capture.loguru import sink as loguru_sink
    from diskret.capture.structlog import processor as structlog_processor
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
    "loguru_sink",
    "safe",
    "safe_type",
    "set_server",
    "set_user",
    "stats",
    "structlog_processor",
]

_HOMES = {
    "diskret._runtime": (
        "Handle",
        "capture_exception",
        "close",
        "flush",
        "init",
        "loguru_sink",
        "set_server",
        "set_user",
        "stats",
    ),
    "diskret.errors": ("AlreadyInitialised", "DiskretError", "SettingsError"),
    "diskret.model.safe": ("safe", "safe_type"),
}
# Public names that say more than the module's own need to.
_ALIASES = {
    "loguru_sink": ("diskret.capture.loguru", "sink"),
    "structlog_processor": ("diskret.capture.structlog", "processor"),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "consent":
        return import_module("diskret.consent")
    homes = {name: (home, name) for home, names in _HOMES.items() for name in names} | _ALIASES
    if name in homes:
        home, attribute = homes[name]
        value: object = getattr(import_module(home), attribute)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'diskret' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
