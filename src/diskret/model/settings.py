"""`Settings`: everything that can be configured, read once from keywords and `DISKRET_*`, then frozen.

The one reader of `os.environ`. A keyword wins over the environment, but for consent: there the most restrictive
source wins (`consent`). An unknown `DISKRET_*` variable is a mistake and is reported, since a misspelt
`DISKRET_CONSENT=denied` that is silently ignored would send what somebody forbade.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import NamedTuple

from diskret.errors import SettingsError
from diskret.model.endpoints import Dsn, parse_dsn, parse_loki_url, parse_proxy

__all__ = ["LEVELS", "VARIABLES", "Secret", "Settings", "read_settings"]

LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}

# Parts of the contract that this version does not have yet; a value that is accepted and ignored would be a lie.
_NOT_YET = {"DISKRET_POLICY", "DISKRET_STATE_DIR", "DISKRET_SPOOL_MAX_MB", "DISKRET_HANG_SECONDS"}

_WORD = re.compile(r"(?!\.+\Z)[A-Za-z0-9._+-]{1,64}")
_WORD_ALLOWED = "1 to 64 of the characters A-Z a-z 0-9 . _ + -, not dots alone"


class Secret(str):
    """A string that does not show itself in a repr."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "‹secret›"


class Settings(NamedTuple):
    """The configuration of one handle. Absent sinks are None: what would go there stays on the machine."""

    app: str
    release: str
    environment: str
    sentry_dsn: Dsn | None
    loki_url: str | None
    loki_tenant: str | None
    loki_token: Secret | None
    loki_user: str | None
    loki_password: Secret | None
    server_id: str | None
    server_version: str | None
    oem_id: str | None
    language: str | None
    consent: str | None  # "granted" or "denied", the organisation's setting
    do_not_track: bool
    log_level: int
    pseudonym_key_file: Secret | None  # the key that the file holds, in hex
    exit_timeout: float  # seconds
    proxy: Secret | None
    ca_file: str | None


def read_settings(keywords: Mapping[str, object], environ: Mapping[str, str] | None = None) -> Settings:
    """Build the settings from the keywords of `init()` and the environment, or raise SettingsError."""
    environ = os.environ if environ is None else environ
    _refuse_unknown(keywords, environ)
    values = {field: _value(field, keywords, environ) for field in _FIELDS}
    for field in ("app", "release"):
        if values[field] is None:
            raise SettingsError(_variable(field), None, f"is required: {_WORD_ALLOWED}")
    if (values["loki_user"] is None) != (values["loki_password"] is None):
        raise SettingsError("DISKRET_LOKI_USER", values["loki_user"], "goes together with DISKRET_LOKI_PASSWORD")
    if values["loki_token"] is not None and values["loki_user"] is not None:
        raise SettingsError("DISKRET_LOKI_TOKEN", values["loki_token"], "excludes DISKRET_LOKI_USER")
    if values["language"] is None:
        values["language"] = _language(environ)
    return Settings(do_not_track=_do_not_track(environ), **values)  # type: ignore[arg-type]  # each parser types its field


def _value(field: str, keywords: Mapping[str, object], environ: Mapping[str, str]) -> object:
    parse, default = _FIELDS[field]
    variable = _variable(field)
    raw = keywords.get(field)
    if raw is None:
        raw = environ.get(variable)
    elif field == "consent" and environ.get(variable) == "denied":
        raw = "denied"  # the most restrictive source wins
    if raw is None or raw == "":
        return default
    return parse(variable, raw)


def _refuse_unknown(keywords: Mapping[str, object], environ: Mapping[str, str]) -> None:
    given = [_variable(keyword) for keyword, value in keywords.items() if value is not None]
    given += [name for name in environ if name.startswith("DISKRET_")]
    for name in given:
        if name in _NOT_YET:
            raise SettingsError(name, "…", "this version does not have it yet; take the setting out")
        if name not in VARIABLES:
            raise SettingsError(name, "…", f"is not a setting; those are {', '.join(sorted(VARIABLES))}")


def _variable(field: str) -> str:
    return f"DISKRET_{field.upper()}"


def _text(variable: str, raw: object) -> str:
    if type(raw) is not str:
        raise SettingsError(variable, type(raw).__name__, "is a string")
    return raw


def _word(variable: str, raw: object) -> str:
    text = _text(variable, raw)
    if not _WORD.fullmatch(text):
        raise SettingsError(variable, text, _WORD_ALLOWED)
    return text


def _header_text(variable: str, raw: object) -> str:
    text = _text(variable, raw)
    if not text.isascii() or not text.isprintable():
        raise SettingsError(variable, "…", "printable ASCII, since it is sent in a header")
    return text


def _secret(variable: str, raw: object) -> Secret:
    return Secret(_header_text(variable, raw))


def _one_of(*allowed: str) -> Callable[[str, object], str]:
    def parse(variable: str, raw: object) -> str:
        text = _text(variable, raw)
        if text not in allowed:
            raise SettingsError(variable, text, " or ".join(allowed))
        return text

    return parse


def _level(variable: str, raw: object) -> int:
    if type(raw) is int and 0 <= raw <= 50:
        return raw
    level = LEVELS.get(raw.upper()) if type(raw) is str else None
    if level is None:
        raise SettingsError(variable, raw, "one of " + ", ".join(LEVELS))
    return level


def _seconds(variable: str, raw: object) -> float:
    try:
        seconds = float(raw) if type(raw) in (int, float, str) else -1.0  # type: ignore[arg-type]
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds <= 60.0:
        raise SettingsError(variable, raw, "seconds from 0 to 60")
    return seconds


def _proxy(variable: str, raw: object) -> Secret:
    return Secret(parse_proxy(variable, _text(variable, raw)))


def _file(variable: str, raw: object) -> str:
    path = os.fspath(raw) if isinstance(raw, os.PathLike) else raw
    if type(path) is not str or not os.path.isfile(path):
        raise SettingsError(variable, path, "a file that exists")
    return os.path.abspath(path)


def _key_file(variable: str, raw: object) -> Secret:
    path = _file(variable, raw)
    try:
        with open(path, "rb") as file:
            key = file.read(4097)
    except OSError as error:
        raise SettingsError(variable, path, f"a readable file ({error.strerror})") from None
    key = key.strip()
    # RFC 2104: a key shorter than the hash's output (32 bytes for SHA-256) weakens the MAC.
    if not 32 <= len(key) <= 4096:
        raise SettingsError(variable, path, "a file with 32 to 4096 bytes of key")
    return Secret(key.hex())


def _do_not_track(environ: Mapping[str, str]) -> bool:
    # https://consoledonottrack.com: "DO_NOT_TRACK=1"; any other value but 0 and empty is taken as a no as well.
    return environ.get("DO_NOT_TRACK", "") not in ("", "0", "false", "False")


def _language(environ: Mapping[str, str]) -> str | None:
    """Read the user's language from the locale: `de_DE.UTF-8` gives `de-DE`; the C locale says nothing."""
    if sys.platform == "win32":  # pragma: win32
        import ctypes
        import locale

        name = locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
    else:
        name = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    match = re.fullmatch(r"([a-z]{2,3})(?:_([A-Z]{2}))?(?:[.@].*)?", name)
    if match is None:
        return None
    return f"{match[1]}-{match[2]}" if match[2] else match[1]


_Parser = Callable[[str, object], object]
_FIELDS: dict[str, tuple[_Parser, object]] = {
    "app": (_word, None),
    "release": (_word, None),
    "environment": (_word, "production"),
    "sentry_dsn": (lambda variable, raw: parse_dsn(variable, _text(variable, raw)), None),
    "loki_url": (lambda variable, raw: parse_loki_url(variable, _text(variable, raw)), None),
    "loki_tenant": (_header_text, None),
    "loki_token": (_secret, None),
    "loki_user": (_header_text, None),
    "loki_password": (_secret, None),
    "server_id": (_word, None),
    "server_version": (_word, None),
    "oem_id": (_word, None),
    "language": (_word, None),
    "consent": (_one_of("granted", "denied"), None),
    "log_level": (_level, LEVELS["INFO"]),
    "pseudonym_key_file": (_key_file, None),
    "exit_timeout": (_seconds, 0.05),
    "proxy": (_proxy, None),
    "ca_file": (_file, None),
}
VARIABLES = frozenset(_variable(field) for field in _FIELDS)
