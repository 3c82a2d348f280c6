"""Fixtures for all tests: a clean environment, and no handle left open."""

import os
from collections.abc import Iterator

import pytest

import diskret


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take every setting of the machine out, and close what a test left open."""
    for name in list(os.environ):
        if name.startswith(("DISKRET_", "SENTRY_")) or name == "DO_NOT_TRACK":
            monkeypatch.delenv(name)
    yield
    diskret.close(timeout=0)
