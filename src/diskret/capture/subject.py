"""Whose actions these are: a user per context, with a default for the whole process.

A context variable keeps one request's user from another's in threads and tasks. A desktop application that sets its
user once, on the main thread and outside any event loop, means the process: threads that it starts
later begin with an empty context and would otherwise report nobody.
"""

import sys
import threading
from contextvars import ContextVar

__all__ = ["Subject"]


class Subject:
    """Hold the current user's id as the application gave it. It leaves the machine as a keyed pseudonym alone."""

    def __init__(self) -> None:
        self._here: ContextVar[str | None] = ContextVar("diskret_user")
        self._everywhere: str | None = None

    def set(self, user: str | None) -> None:
        """Set the user of this context, or of the process; None unsets. Anything but an exact str raises TypeError."""
        if user is not None and type(user) is not str:
            raise TypeError(f"a user id is a str or None, not {type(user).__name__}")
        self._here.set(user)
        if threading.current_thread() is threading.main_thread() and not _in_event_loop():
            self._everywhere = user

    def get(self) -> str | None:
        """Give the user of this context, else of the process."""
        return self._here.get(self._everywhere)


def _in_event_loop() -> bool:
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
