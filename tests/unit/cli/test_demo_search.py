"""The search that the demonstration rests on finds a value in every form in which it could have left."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diskret.cli.demo.plant import draw
from diskret.cli.demo.search import Haystack

FORMS = {
    "as it is": (lambda v: v.encode(), "plain"),
    "upper case": (lambda v: v.upper().encode(), "plain"),
    "percent-encoded": (lambda v: quote(v, safe="").encode(), "percent-encoded"),
    "percent-encoded, small digits": (lambda v: quote(v, safe="").lower().encode(), "percent-encoded"),
    "with + for space": (lambda v: quote_plus(v).encode(), "percent-encoded"),
    "JSON": (lambda v: json.dumps(v).encode(), "JSON-escaped"),
    "JSON within JSON": (lambda v: json.dumps(json.dumps(v)).encode(), "JSON-escaped"),
    "hex": (lambda v: v.encode().hex().encode(), "hex"),
    "HEX": (lambda v: v.encode().hex().upper().encode(), "hex"),
}
# A space and an umlaut in each, so that every form differs.
VALUES = st.text("abcdefghäöüßABCÄÖ0123456789", min_size=4, max_size=30).map(lambda text: f"ä {text}")


@pytest.mark.parametrize("form", FORMS)
@given(value=VALUES, before=st.binary(max_size=20), after=st.binary(max_size=20))
def test_a_value_is_found_in_each_form(form: str, value: str, before: bytes, after: bytes) -> None:
    write, name = FORMS[form]
    assert name in Haystack([before + b" " + write(value) + b" " + after]).find(value)


@given(value=VALUES, before=st.binary(max_size=20), after=st.binary(max_size=20), urlsafe=st.booleans())
def test_a_value_is_found_in_base64_at_every_alignment(value: str, before: bytes, after: bytes, urlsafe: bool) -> None:
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    assert "base64" in Haystack([b'"' + encode(before + value.encode() + after) + b'"']).find(value)


def test_a_value_beyond_the_basic_plane_is_found_in_json() -> None:
    assert Haystack([json.dumps("Alice 🐙 Example").encode()]).find("Alice 🐙 Example") == ["JSON-escaped"]


@given(value=VALUES, before=st.binary(max_size=20))
def test_a_stray_percent_sign_in_front_hides_nothing(value: str, before: bytes) -> None:
    digits = f"49 {value}"
    assert Haystack([before + b"%" + quote(digits, safe="").encode()]).find(digits) == ["percent-encoded"]


@given(st.binary(max_size=200))
def test_what_is_not_there_is_not_found(text: bytes) -> None:
    assert Haystack([text.replace(b"~", b"")]).find("~ Alice Example ~") == []


def test_each_draw_is_new_and_a_seed_repeats_it() -> None:
    # As a whole: a birthday or an address from a small range may well come twice.
    assert draw() != draw()
    assert draw(7) == draw(7)


@given(st.integers(0, 10_000))
def test_the_last_card_is_the_first_whose_birthday_the_program_does_not_know(seed: int) -> None:
    stored, refused, unreadable, fatal = (card.birthday for card in draw(seed).cards)
    assert stored[5:7] <= "04"
    assert refused[5:7] <= "04"
    assert unreadable.count("-") == 0  # left out while reading
    assert fatal[5:7] >= "05"


def test_planted_values_are_long_enough_not_to_occur_by_chance() -> None:
    assert min(len(value) for value in draw().values.values()) >= 8
