"""The one handle of this process, and the module's functions that act on it: the one mutable global."""

import atexit
import logging
import os
import threading

from diskret import consent as consent_functions
from diskret._handle import Handle
from diskret.errors import AlreadyInitialised
from diskret.model.settings import read_settings
from diskret.model.stats import Counters, Stats

__all__ = ["Handle", "capture_exception", "close", "flush", "init", "set_server", "set_user", "stats"]

_handle: Handle | None = None
_init_lock = threading.Lock()
_fork_hook_set = False


def init(
    *,
    app: str | None = None,
    release: str | None = None,
    environment: str | None = None,
    sentry_dsn: str | None = None,
    loki_url: str | None = None,
    loki_tenant: str | None = None,
    loki_token: str | None = None,
    loki_user: str | None = None,
    loki_password: str | None = None,
    server_id: str | None = None,
    server_version: str | None = None,
    oem_id: str | None = None,
    language: str | None = None,
    consent: str | None = None,
    log_level: str | int | None = None,
    pseudonym_key_file: "str | os.PathLike[str] | None" = None,
    exit_timeout: float | None = None,
    proxy: str | None = None,
    ca_file: "str | os.PathLike[str] | None" = None,
    formatter: logging.Formatter | None = None,
) -> Handle:
    """Start diskret and give its handle. Each keyword is the setting `DISKRET_…` of the same name, and wins over it.

    `formatter` shapes the log line; it sees admitted fields only. Nothing is captured before consent is granted.
    Raises SettingsError for a bad setting, AlreadyInitialised while an earlier handle is open.
    """
    keywords = {name: value for name, value in locals().items() if name != "formatter"}
    global _handle, _fork_hook_set
    with _init_lock:
        if _handle is not None:
            raise AlreadyInitialised("diskret.init() was called before; close() the first handle")
        handle = Handle(read_settings(keywords), formatter, _forget)
        _handle = handle
        consent_functions.bind(handle.consent)
        if not _fork_hook_set and hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child
            )
            _fork_hook_set = True
        handle.start()
        atexit.register(handle.close)
    handle.say_why_nothing_leaves()
    handle.warn_of_other_client()
    return handle


def _forget(closed: Handle) -> None:
    global _handle
    atexit.unregister(closed.close)
    if _handle is closed:
        _handle = None
        consent_functions.bind(None)


def capture_exception(exception: BaseException | None = None) -> str | None:
    """Report an exception, the current one if none is given; give its event id (32 hex digits), or None."""
    return None if _handle is None else _handle.capture_exception(exception)


def set_user(user: str | None) -> None:
    """Say whose actions follow; it leaves as a keyed pseudonym. None: nobody's."""
    if _handle is not None:
        _handle.set_user(user)


def set_server(*, version: str | None = None, id: str | None = None) -> None:  # noqa: A002  # the field's name
    """Add metadata that is known only once connected; what is not given stays. Raises SettingsError."""
    if _handle is not None:
        _handle.set_server(version=version, id=id)


def stats() -> Stats:
    """Count what was captured, withheld, queued, sent and dropped since `init()`, by purpose and reason."""
    return Counters().snapshot({}, {}, 0) if _handle is None else _handle.stats()


def flush(timeout: float = 5.0) -> bool:
    """Send what waits; True: servers have answered for all of it within `timeout` seconds."""
    return _handle is None or _handle.flush(timeout)


def close(timeout: float | None = None) -> None:
    """Give back every hook, send what can be sent within `timeout` seconds (default: `exit_timeout`), and end."""
    if _handle is not None:
        _handle.close(timeout)


# A fork waits this long for an import to end: all of them together take a third of it on a slow machine.
LONGEST_IMPORT = 2.0
_waited_for: "threading.Lock | None" = None


def _before_fork() -> None:
    """Let the worker finish an import: a child forked in the middle of it would wait for ever to import the same.

    The lock of a module that is being imported is held by the worker, which the child does not have.
    """
    global _waited_for
    importing = None if _handle is None else _handle.importing
    _waited_for = importing if importing is not None and importing.acquire(timeout=LONGEST_IMPORT) else None


def _after_fork_in_parent() -> None:
    global _waited_for
    if _waited_for is not None:
        _waited_for.release()
    _waited_for = None


def _after_fork_in_child() -> None:
    global _init_lock, _waited_for
    _init_lock = threading.Lock()
    _waited_for = None
    if _handle is not None:
        _handle.start_anew_in_child()
