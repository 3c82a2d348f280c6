"""Where crashes and logs go: the one module that differs between the ways of reporting."""

import getpass
import logging
import os

KINDS = ("none", "plain", "diskret")
RELEASE = "1.4.2"


def start(kind: str, user: str) -> None:
    """Set up one of `KINDS`."""
    if kind == "plain":
        _start_plain(user)
    elif kind == "diskret":
        _start_diskret(user)


def _start_plain(user: str) -> None:
    """Use sentry-sdk and a Loki handler from PyPI, each as its own documentation begins."""
    import logging_loki
    import sentry_sdk

    sentry_sdk.init(dsn=os.environ["CONTACTS_SENTRY_DSN"], release=RELEASE)
    sentry_sdk.set_user({"email": user, "username": getpass.getuser()})
    handler = logging_loki.LokiHandler(url=os.environ["CONTACTS_LOKI_URL"], tags={"app": "contacts"}, version="1")
    logging.getLogger().addHandler(handler)


def _start_diskret(user: str) -> None:
    """Use diskret. Where to send stands in DISKRET_SENTRY_DSN and DISKRET_LOKI_URL."""
    import diskret

    diskret.init(app="contacts", release=RELEASE)
    diskret.consent.grant()  # a real application asks its user first
    diskret.set_user(user)
