"""Sentry's own normaliser as an oracle: is this a valid event?"""

from collections.abc import Iterator
from typing import Any

from sentry_relay.exceptions import RelayError
from sentry_relay.processing import StoreNormalizer, parse_release

__all__ = ["normalisation_errors", "release_is_valid"]


def normalisation_errors(event: dict[str, Any]) -> list[str]:
    """Give every complaint that Sentry has about an event; none, if it is valid."""
    normalised = StoreNormalizer(project_id=1, json_meta=False).normalize_event(dict(event))
    errors = [f"errors: {error}" for error in normalised.get("errors") or ()]
    return errors + list(_complaints(normalised.get("_meta") or {}, ""))


def release_is_valid(release: str) -> bool:
    """Tell whether Sentry can parse a release."""
    try:
        parse_release(release)
    except RelayError:
        return False
    return True


def _complaints(meta: Any, path: str) -> Iterator[str]:
    if not isinstance(meta, dict):
        return
    for key, value in meta.items():
        if key == "":
            if value.get("err"):
                yield f"{path}: {value['err']}"
        else:
            yield from _complaints(value, f"{path}.{key}")
