"""What the user allows, by purpose: `diskret.consent.grant()`, `withdraw()`, `status()`, `on_change()`.

The functions act on the handle that `diskret.init()` returned. Before it, and after `close()`, they do nothing.
"""

from diskret.consent.book import Consent, Listener
from diskret.consent.state import UNSET, Decision, Source, State
from diskret.model.records import Purpose

__all__ = ["Decision", "Purpose", "Source", "State", "grant", "on_change", "status", "withdraw"]

_current: Consent | None = None


def grant(*purposes: Purpose | str) -> None:
    """Record the user's yes: to all purposes, or to those named (`"logs"`, `"crash_reports"`, …)."""
    if _current is not None:
        _current.grant(*purposes)


def withdraw(*purposes: Purpose | str) -> None:
    """Record the user's no. When it returns, what waits has been dropped and nothing is sent any more."""
    if _current is not None:
        _current.withdraw(*purposes)


def status() -> dict[Purpose, Decision]:
    """Tell what holds for each purpose, and who decided it."""
    return dict.fromkeys(Purpose, UNSET) if _current is None else _current.status()


def on_change(listener: Listener) -> None:
    """Have `listener` called with the decisions that changed, by purpose."""
    if _current is not None:
        _current.on_change(listener)


def bind(book: Consent | None) -> None:
    """Say whose consent the functions above act on. For `init()` and `close()`."""
    global _current
    _current = book
