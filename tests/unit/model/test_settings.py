"""Settings: what is read from where, and what each mistake says."""

import pytest

from diskret.errors import SettingsError
from diskret.model.settings import Settings, read_settings

REQUIRED = {"app": "contacts", "release": "1.4.2"}


def settings(environ: dict[str, str] | None = None, **keywords: object) -> Settings:
    return read_settings({**REQUIRED, **keywords}, environ or {})


MISTAKES = [
    # variable, value, what the message says is allowed
    ("DISKRET_APP", "two words", "characters"),
    ("DISKRET_APP", "a/b", "characters"),
    ("DISKRET_RELEASE", "..", "dots"),
    ("DISKRET_RELEASE", "x" * 65, "64"),
    ("DISKRET_ENVIRONMENT", "prod\n", "characters"),
    ("DISKRET_LOKI_URL", "http://loki.example.com", "loopback"),
    ("DISKRET_LOKI_URL", "http://127.0.0.1.example.com", "loopback"),
    ("DISKRET_LOKI_URL", "ftp://loki.example.com", "https"),
    ("DISKRET_LOKI_URL", "loki.example.com", "host"),
    ("DISKRET_LOKI_URL", "https://user:pass@loki.example.com", "DISKRET_LOKI_USER"),
    ("DISKRET_LOKI_URL", "https://loki.example.com/?a=b", "query"),
    ("DISKRET_LOKI_URL", "https://loki.example.com:99999", "host"),
    ("DISKRET_LOKI_URL", "https://lök.example.com", "ASCII"),
    ("DISKRET_SENTRY_DSN", "https://sentry.example.com/1", "DSN"),
    ("DISKRET_SENTRY_DSN", "https://key@sentry.example.com/", "DSN"),
    ("DISKRET_SENTRY_DSN", "https://key@sentry.example.com/name", "DSN"),
    ("DISKRET_SENTRY_DSN", "http://key@sentry.example.com/1", "loopback"),
    ("DISKRET_LOKI_TENANT", "a\r\nX-Evil: 1", "printable"),
    ("DISKRET_LOKI_TOKEN", "tök", "printable"),
    ("DISKRET_LOKI_USER", "me", "DISKRET_LOKI_PASSWORD"),
    ("DISKRET_SERVER_ID", "my server", "characters"),
    ("DISKRET_CONSENT", "yes", "granted or denied"),
    ("DISKRET_LOG_LEVEL", "LOUD", "DEBUG"),
    ("DISKRET_EXIT_TIMEOUT", "soon", "seconds"),
    ("DISKRET_EXIT_TIMEOUT", "-1", "seconds"),
    ("DISKRET_EXIT_TIMEOUT", "nan", "seconds"),
    ("DISKRET_CA_FILE", "/no/such/file", "exists"),
    ("DISKRET_PROXY", "socks://proxy.example.com", "http"),
    ("DISKRET_PSEUDONYM_KEY_FILE", "/no/such/file", "exists"),
    ("DISKRET_CONCENT", "denied", "is not a setting"),
    ("DISKRET_POLICY", "default", "does not have it yet"),
]


@pytest.mark.parametrize(("variable", "value", "allowed"), MISTAKES)
def test_a_mistake_names_the_variable_and_what_is_allowed(variable: str, value: str, allowed: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({}, {"DISKRET_APP": "contacts", "DISKRET_RELEASE": "1.4.2", variable: value})
    assert caught.value.variable == variable
    assert variable in str(caught.value)
    assert allowed in str(caught.value)


@pytest.mark.parametrize("missing", ["app", "release"])
def test_app_and_release_are_required(missing: str) -> None:
    with pytest.raises(SettingsError, match=f"DISKRET_{missing.upper()}"):
        read_settings({**REQUIRED, missing: None}, {})


def test_a_keyword_wins_over_the_environment() -> None:
    assert settings({"DISKRET_ENVIRONMENT": "staging"}, environment="test").environment == "test"


def test_the_environment_fills_what_no_keyword_gives() -> None:
    read = read_settings({}, {"DISKRET_APP": "a", "DISKRET_RELEASE": "2", "DISKRET_OEM_ID": "oem-7"})
    assert (read.app, read.release, read.oem_id) == ("a", "2", "oem-7")


def test_a_keyword_cannot_grant_what_the_environment_denies() -> None:
    assert settings({"DISKRET_CONSENT": "denied"}, consent="granted").consent == "denied"


def test_an_unknown_keyword_is_a_mistake() -> None:
    with pytest.raises(SettingsError, match="DISKRET_COLOUR"):
        settings(colour="red")


URLS = [
    ("https://loki.example.com", "https://loki.example.com/loki/api/v1/push"),
    ("https://loki.example.com/", "https://loki.example.com/loki/api/v1/push"),
    ("https://loki.example.com:8443/custom/push", "https://loki.example.com:8443/custom/push"),
    ("http://127.0.0.1:3100", "http://127.0.0.1:3100/loki/api/v1/push"),
    ("http://[::1]:3100", "http://[::1]:3100/loki/api/v1/push"),
    ("http://localhost:3100", "http://localhost:3100/loki/api/v1/push"),
]


@pytest.mark.parametrize(("given", "endpoint"), URLS)
def test_a_bare_origin_gets_the_push_path(given: str, endpoint: str) -> None:
    assert settings(loki_url=given).loki_url == endpoint


def test_a_dsn_gives_the_envelope_endpoint() -> None:
    dsn = settings(sentry_dsn="https://abc@sentry.example.com:8443/prefix/42").sentry_dsn
    assert dsn is not None
    assert dsn.public_key == "abc"
    assert dsn.envelope_url == "https://sentry.example.com:8443/prefix/api/42/envelope/"


LANGUAGES = [
    ({"LANG": "de_DE.UTF-8"}, "de-DE"),
    ({"LC_ALL": "fr", "LANG": "de_DE.UTF-8"}, "fr"),
    ({"LANG": "C.UTF-8"}, None),
    ({"LANG": "alice smith"}, None),
    ({"DISKRET_LANGUAGE": "en", "LANG": "de_DE.UTF-8"}, "en"),
    ({}, None),
]


@pytest.mark.parametrize(("environ", "language"), LANGUAGES)
def test_the_language_comes_from_the_locale(environ: dict[str, str], language: str | None) -> None:
    assert settings(environ).language == language


@pytest.mark.parametrize(("value", "denied"), [("1", True), ("true", True), ("0", False), ("", False)])
def test_do_not_track_is_read(value: str, denied: bool) -> None:
    assert settings({"DO_NOT_TRACK": value}).do_not_track is denied


def test_a_secret_does_not_show_itself() -> None:
    shown = repr(settings(loki_token="hunter2-hunter2"))
    assert "hunter2" not in shown


def test_the_key_file_has_to_hold_a_key(tmp_path) -> None:
    short = tmp_path / "short"
    short.write_bytes(b"k" * 31)
    with pytest.raises(SettingsError, match="32 to 4096"):
        settings(pseudonym_key_file=short)
    good = tmp_path / "good"
    good.write_bytes(b"k" * 32)
    assert settings(pseudonym_key_file=good).pseudonym_key_file == (b"k" * 32).hex()
