"""Where reports may be sent: an endpoint is `https`, or `http` on loopback alone; anything else is refused."""

from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from diskret.errors import SettingsError

__all__ = ["Dsn", "is_loopback", "parse_dsn", "parse_loki_url", "parse_proxy"]

LOKI_PUSH_PATH = "/loki/api/v1/push"


class Dsn(NamedTuple):
    """A Sentry DSN, taken apart. The public key is no secret: it stands in every client."""

    text: str
    public_key: str
    envelope_url: str


def parse_loki_url(variable: str, text: str) -> str:
    """Return the push endpoint; a bare origin gets Loki's push path."""
    parts = _split(variable, text)
    if parts.username is not None:
        raise SettingsError(variable, "…", "has no user in it: use DISKRET_LOKI_USER and DISKRET_LOKI_PASSWORD")
    if parts.query or parts.fragment:
        raise SettingsError(variable, text, "has neither query nor fragment")
    path = LOKI_PUSH_PATH if parts.path in ("", "/") else parts.path
    return f"{parts.scheme}://{parts.netloc}{path}"


def parse_dsn(variable: str, text: str) -> Dsn:
    """Take apart `https://KEY@HOST[:PORT][/PATH]/PROJECT`."""
    parts = _split(variable, text)
    path, _, project = parts.path.rpartition("/")
    if not parts.username or not project.isdigit() or parts.query or parts.fragment:
        raise SettingsError(variable, "…", "a DSN: https://KEY@HOST/PROJECT-NUMBER")
    if not parts.username.isalnum():
        raise SettingsError(variable, "…", "the key of a DSN is letters and digits")
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return Dsn(text, parts.username, f"{origin}{path}/api/{project}/envelope/")


def parse_proxy(variable: str, text: str) -> str:
    """Return the proxy's URL; `http` is allowed, since what goes through it is TLS from end to end."""
    parts = _parts(variable, text)
    if parts.scheme not in ("http", "https"):
        raise SettingsError(variable, "…", "an http or https URL with a host")
    return text


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine's loopback (RFC 6761 for `localhost`)."""
    return host in ("localhost", "::1") or (
        host.startswith("127.") and host.count(".") == 3 and host.replace(".", "").isdigit()
    )


def _split(variable: str, text: str) -> SplitResult:
    parts = _parts(variable, text)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return parts
    raise SettingsError(variable, f"{parts.scheme}://…", "https, or http on loopback (127.0.0.1, localhost, [::1])")


def _parts(variable: str, text: str) -> SplitResult:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise SettingsError(variable, "…", "a URL in ASCII without spaces")
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(variable, "…", "a URL with a host")
    return parts
