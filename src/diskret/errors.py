"""Every error that diskret raises into an application, and nothing else.

DiskretError
├── SettingsError        a setting is missing, malformed or not allowed (also a ValueError)
└── AlreadyInitialised   init() was called while an earlier handle is open (also a RuntimeError)

Only `init()` and the command line raise. A log call, a capture, a flush never does: what goes wrong there is
counted in `stats()`.
"""

__all__ = ["AlreadyInitialised", "DiskretError", "SettingsError"]


class DiskretError(Exception):
    """The base of all errors of this package."""


class SettingsError(DiskretError, ValueError):
    """Say which setting is wrong, which value it has, and what is allowed.

    `variable` is the environment variable's name, also where the value came as a keyword of `init()`. A secret's
    value is not repeated.
    """

    def __init__(self, variable: str, value: object, allowed: str) -> None:
        self.variable = variable
        self.value = value
        self.allowed = allowed
        super().__init__(f"{variable}={value!r} is not allowed: {allowed}")


class AlreadyInitialised(DiskretError, RuntimeError):
    """`init()` was called twice; close the first handle before a second one."""
