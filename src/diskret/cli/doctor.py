"""`diskret doctor`: say what would leave, what stays, and which call or setting comes next."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from diskret._diagnosis import reasons
from diskret.consent.book import Consent
from diskret.errors import SettingsError
from diskret.model.clock import SystemClock
from diskret.model.settings import Settings, read_settings

__all__ = ["doctor"]

STAYS, MISTAKE = 1, 2


def doctor(
    app: Annotated[str | None, typer.Option(help="The application's name, where DISKRET_APP is not set.")] = None,
    release: Annotated[str | None, typer.Option(help="Its version, where DISKRET_RELEASE is not set.")] = None,
) -> None:
    """Say what would leave with the settings of this environment, what stays here, and what to do next.

    Exit code 0: crash reports and logs can leave; 1: something stays here; 2: a setting is wrong.
    """
    console = Console(soft_wrap=True)
    try:
        settings = read_settings({"app": app, "release": release})
    except SettingsError as error:
        console.print(f"A setting is wrong: {error}", markup=False, highlight=False)
        sys.exit(MISTAKE)
    consent = Consent(SystemClock(), settings.consent, settings.do_not_track)
    console.print(_settings_table(settings))
    found = reasons(settings, consent.status())
    for sentence in found:
        console.print(f"- {sentence}", markup=False, highlight=False)
    if not found:
        console.print("Crash reports and logs can leave, as far as this environment decides it.")
    sys.exit(STAYS if found else 0)


def _settings_table(settings: Settings) -> Table:
    table = Table(title=f"diskret {version('diskret')}, sentry-sdk {version('sentry-sdk')}", title_justify="left")
    table.add_column("setting")
    table.add_column("value")
    for name, value in settings._asdict().items():
        if name == "sentry_dsn":
            value = None if settings.sentry_dsn is None else settings.sentry_dsn.envelope_url
        shown = "-" if value is None else repr(value) if not isinstance(value, str) else str.__repr__(value)
        if name in ("loki_token", "loki_password", "pseudonym_key_file", "proxy") and value is not None:
            shown = repr(value)
        table.add_row(name, shown)
    return table
