"""The composition root: a handle builds the parts and connects them."""

import logging
import os
import sys
import threading
from typing import TYPE_CHECKING

from diskret._diagnosis import REASONS_IF_NOTHING_LEAVES, reasons
from diskret.capture.hooks import CrashCapture
from diskret.capture.inbox import Inbox
from diskret.capture.logs import LogCapture
from diskret.capture.subject import Subject
from diskret.consent.book import Consent
from diskret.consent.state import Decision
from diskret.model.clock import Clock, SystemClock
from diskret.model.machine import operating_system
from diskret.model.records import CrashSignal, LogSignal, Purpose, Recipient, Report, Withheld
from diskret.model.settings import Settings, read_settings
from diskret.model.stats import Counters, Stats
from diskret.ship.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from diskret.capture.sentry import SentryClient
    from diskret.gate.admit import Context
    from diskret.ship.outbox import Outbox
    from diskret.ship.worker import Poster

__all__ = ["Handle"]

_log = logging.getLogger("diskret")


class Handle:
    """A running diskret. `init()` makes it; the functions of the module act on the one that runs."""

    def __init__(
        self,
        settings: Settings,
        formatter: logging.Formatter | None = None,
        on_closed: "Callable[[Handle], None]" = lambda handle: None,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self._formatter = formatter
        self._on_closed = on_closed
        self._clock = clock or SystemClock()
        self._subject = Subject()
        self._server_id, self._server_version = settings.server_id, settings.server_version
        self._run = os.urandom(8).hex()
        # CPython takes __file__ out of __main__ before the exit functions run.
        self._main_file = getattr(sys.modules.get("__main__"), "__file__", None)
        self._folder = _working_folder()
        self._began = self._clock.time_ns() / 1e9
        self._closed = False
        self._warned = False
        self._context: Context | None = None
        self._sentry: SentryClient | None = None
        self.importing = threading.Lock()  # held by the worker while it imports; see `_runtime`
        self.consent = Consent(self._clock, settings.consent, settings.do_not_track)
        self.consent.enforce(self._obey)
        self._build()

    # --- what an application calls ---------------------------------------------------------------------------------

    def capture_exception(self, exception: BaseException | None = None) -> str | None:
        """Report an exception, the current one if none is given; give its event id (32 hex digits), or None."""
        event_id = self._crashes.capture(sys.exc_info()[1] if exception is None else exception)
        if event_id is not None:
            self._worker.wake()
        return event_id

    def set_user(self, user: str | None) -> None:
        """Say whose actions follow; it leaves as a keyed pseudonym. None: nobody's."""
        self._subject.set(user)

    def set_server(self, *, version: str | None = None, id: str | None = None) -> None:  # noqa: A002  # the field's name
        """Add metadata that is known only once connected; what is not given stays. Raises SettingsError."""
        known = {"app": "-", "release": "-", "server_version": version, "server_id": id}
        checked = read_settings(known, environ={})
        self._server_id = checked.server_id or self._server_id
        self._server_version = checked.server_version or self._server_version
        if self._context is not None:
            self._context = self._context._replace(metadata=self._metadata())

    def stats(self) -> Stats:
        """Count what was captured, withheld, queued, sent and dropped since `init()`, by purpose and reason."""
        with self._counters.lock:
            inbox = self._inbox
            return self._counters.snapshot(inbox.waiting(), inbox.refused(), inbox.errors.value)

    def flush(self, timeout: float = 5.0) -> bool:
        """Send what waits; True: servers have answered for all of it within `timeout` seconds."""
        return not self._closed and self._worker.flush(timeout)

    def close(self, timeout: float | None = None) -> None:
        """Give back every hook, send what can be sent within `timeout` seconds (default: `exit_timeout`), and end."""
        if self._closed:
            return
        self._closed = True
        self._lines.open(0)
        self._crashes.uninstall()
        self._worker.stop(self.settings.exit_timeout if timeout is None else timeout)
        self._on_closed(self)

    # --- how the parts are connected -------------------------------------------------------------------------------

    def _build(self) -> None:
        """Make everything that holds a queue, a lock or a thread: at the start, and anew in a forked child."""
        self._inbox = inbox = Inbox()
        self._counters = Counters()
        self._lines = LogCapture(
            self.settings.log_level,
            inbox.offer_line,
            inbox.errors,
            self._clock,
            self._subject.get,
            lambda: self._worker.ident,
        )
        self._crashes = CrashCapture(inbox.offer_crash, inbox.errors, self._clock, self._subject.get)
        self._worker = Worker(
            inbox,
            self._admit,
            self._make_outboxes,
            self._make_wire,
            self._counters,
            self.consent.covers,
            self._clock,
        )

    def start(self) -> None:
        """Install the hooks and start the worker."""
        self._crashes.install()
        self._worker.start()
        self._open_captures()

    def _open_captures(self) -> None:
        """Capture for a purpose only what has somewhere to go, and only while it is allowed."""
        logs = self.consent.epoch_of(Purpose.LOGS) if self.settings.loki_url else 0
        crashes = self.consent.epoch_of(Purpose.CRASH_REPORTS) if self.settings.sentry_dsn else 0
        self._lines.open(0 if self._closed else logs)
        self._crashes.open(0 if self._closed else crashes)

    def _obey(self, changed: "Mapping[Purpose, Decision]") -> None:
        """Make a decision real before the call that made it returns."""
        self._open_captures()
        revoked = [purpose for purpose, decision in changed.items() if not decision.allows]
        if revoked:
            self._worker.purge(revoked)

    def start_anew_in_child(self) -> None:
        """After a fork: what waited is the parent's to send, its thread is not here, its locks may be held for ever."""
        self._lines.open(0)
        self._crashes.uninstall()
        self._parents_worker = self._worker  # kept: to close its sockets would write to the parent's connections
        self.consent.renew_lock()
        self.importing = threading.Lock()
        self._sentry = None
        self._build()
        self.start()

    def say_why_nothing_leaves(self) -> None:
        """Log one line, where neither crash reports nor logs can leave."""
        found = reasons(self.settings, self.consent.status())
        if len(found) == REASONS_IF_NOTHING_LEAVES:
            _log.warning("%s (`diskret doctor` tells more)", "; ".join(found))

    def warn_of_other_client(self) -> None:
        """Warn, once, where the application's own sentry_sdk sends beside diskret, past the gate."""
        sdk = sys.modules.get("sentry_sdk")
        if self._warned or sdk is None:
            return
        try:
            active = bool(sdk.get_client().is_active())
        except Exception:  # noqa: BLE001  # half imported, or a stand-in: no client that sends
            return
        if not active:
            return
        self._warned = True
        _log.warning(
            "sentry_sdk.init() is active in this process: what it sends does not pass diskret's gate and does not "
            "ask for consent"
        )

    # --- what the worker calls, on its own thread: here the heavy parts are imported ---------------------------------

    def _admit(self, signal: LogSignal | CrashSignal) -> Report | Withheld:
        with self.importing:
            from diskret.gate import admit as gate

        if self._context is None:
            with self.importing:
                self._context = self._make_context()
        if isinstance(signal, LogSignal):
            return gate.admit(signal, self._context)
        self.warn_of_other_client()  # it may have been initialised since
        verdict: Report | Withheld = Withheld(Purpose.CRASH_REPORTS, "sentry_sdk built no event")
        for item in self._sentry_client().build(signal):
            verdict = gate.admit(item, self._context)
            if isinstance(verdict, Report):
                break
        return verdict

    def _make_context(self) -> "Context":
        from diskret.capture.source import SourceReader
        from diskret.gate.admit import Context
        from diskret.gate.pseudonym import Pseudonyms
        from diskret.gate.sources import Sources

        organisation = self.settings.pseudonym_key_file
        # Without an organisation's key, one that lives as long as this process.
        key = bytes.fromhex(organisation) if organisation else os.urandom(32)
        return Context(
            Sources(SourceReader(self._main_file, self._folder, self._began)), Pseudonyms(key), self._metadata()
        )

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        from diskret.gate.metadata import Metadata, permitted

        settings = self.settings
        name, version = operating_system()
        return permitted(
            Metadata(
                client_version=settings.release,
                server_version=self._server_version,
                os=name,
                os_version=version,
                language=settings.language,
                server_id=self._server_id,
                oem_id=settings.oem_id,
                run=self._run,
            )
        )

    def _sentry_client(self) -> "SentryClient":
        if self._sentry is None:
            with self.importing:
                from diskret.capture.sentry import SentryClient

            settings = self.settings
            # Crashes are captured only where there is a DSN; sentry_sdk takes no event without one.
            dsn = settings.sentry_dsn.text if settings.sentry_dsn else ""
            self._sentry = SentryClient(dsn, settings.release, settings.environment)
        return self._sentry

    def _make_outboxes(self) -> "dict[Recipient, Outbox]":
        with self.importing:
            from diskret.ship.loki import LokiSink
            from diskret.ship.outbox import Outbox
            from diskret.ship.sentry import SentrySink

        settings, outboxes = self.settings, {}
        # Crashes go first where both wait.
        if settings.sentry_dsn:
            outboxes[Recipient.SENTRY] = Outbox(
                SentrySink(settings.sentry_dsn, settings), self._counters, self.consent.covers
            )
        if settings.loki_url:
            outboxes[Recipient.LOKI] = Outbox(
                LokiSink(settings.loki_url, settings, self._formatter), self._counters, self.consent.covers
            )
        return outboxes

    def _make_wire(self) -> "Poster":
        with self.importing:
            from diskret.ship.http import Wire

        return Wire(self.settings.ca_file, self.settings.proxy)


def _working_folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return os.sep
