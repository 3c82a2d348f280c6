"""The documents show what really leaves: their examples have the keys of what arrives, and no others."""

import json
import logging
import re
from pathlib import Path

import pytest

import diskret
from diskret.collector import Collector

DOCS = Path(__file__).parents[2] / "docs"


def shape(value: object) -> object:
    """Reduce JSON to its keys."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return type(value).__name__


def examples() -> list[dict[str, object]]:
    text = (DOCS / "wire-format.md").read_text(encoding="utf-8")
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


@pytest.fixture
def arrived() -> tuple[dict[str, object], dict[str, object], dict[str, object]]:
    """Give a push, a line with an exception, and an event, as they arrive with everything set that can be set."""
    log = logging.getLogger()
    log.addHandler(quiet := logging.NullHandler())
    with Collector() as collector:
        diskret.init(
            app="contacts",
            release="1.4.2",
            loki_url=collector.loki_url,
            sentry_dsn=collector.sentry_dsn,
            server_id="srv-12",
            server_version="7.1.0",
            oem_id="oem-7",
            language="de-DE",
            consent="granted",
        )
        diskret.set_user("alice@example.com")
        log.warning("synced")
        try:
            raise ValueError("bad card")
        except ValueError:
            log.exception("sync failed", extra={"attempt": 3})
            diskret.capture_exception()
        assert diskret.flush(5)
        diskret.close()
        push = next(json.loads(r.decoded) for r in collector.requests() if "loki" in r.path)
        line = json.loads(push["streams"][0]["values"][1][1])
        (event,) = collector.events()
    log.removeHandler(quiet)
    return push, line, event


def test_the_examples_have_the_keys_of_what_arrives(arrived) -> None:
    for example, real in zip(examples(), arrived, strict=True):
        assert shape(example) == shape(real)


def test_the_line_within_the_push_has_them_too(arrived) -> None:
    def line(push) -> object:
        return shape(json.loads(push["streams"][0]["values"][0][1]))

    assert line(examples()[0]) == line(arrived[0])


def test_metadata_keys_are_those_of_the_example(arrived) -> None:
    def metadata(push) -> set[str]:
        return set(push["streams"][0]["values"][0][2])

    assert metadata(examples()[0]) == metadata(arrived[0])


def test_every_field_that_leaves_stands_in_the_data_dictionary(arrived) -> None:
    page = (DOCS / "what-leaves.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_.]+)`", page.partition("## Fields")[2]))
    named |= {part for name in named for part in name.split(".")} | {"streams", "stream", "values", "frames", "attempt"}

    def keys(value: object) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {k for inner in value.values() for k in keys(inner)}
        if isinstance(value, list):
            return {k for inner in value for k in keys(inner)}
        return set()

    allowed_below = {"name", "version", "type", "handled", "exception_id", "id"}  # parts of sdk, os, mechanism, user
    assert {k for real in arrived for k in keys(real)} - named - allowed_below == set()


def test_every_setting_stands_on_its_page_and_no_other() -> None:
    from diskret.model.settings import VARIABLES

    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    table = "\n".join(line.partition(" | ")[0] for line in page.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(DISKRET_\w+)`", table)) == VARIABLES


def test_links_between_pages_lead_somewhere() -> None:
    for page in (DOCS.parent / "README.md", *DOCS.glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)
