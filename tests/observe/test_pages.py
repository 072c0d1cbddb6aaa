"""Cursors of paged answers."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamjet_proxy.model.errors import InvalidRequest
from jamjet_proxy.observe.pages import Whole, decode_cursor, encode_cursor

PLACES = st.tuples(st.integers(0, 1 << 62), st.text(st.characters(exclude_categories=["Cs"]), max_size=300))


@given(PLACES)
@settings(derandomize=True)
def test_cursor_round_trip(place: tuple[int, str]) -> None:
    """Any place comes back from its cursor, which needs no escaping in a URL."""
    cursor = encode_cursor(place)
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert decode_cursor(cursor, tuple[Whole, str]) == place


@given(st.text(max_size=30) | st.binary(max_size=30).map(lambda b: base64.urlsafe_b64encode(b).decode()))
@settings(derandomize=True, max_examples=300)
def test_junk_is_refused(cursor: str) -> None:
    """What isn't a cursor of ours is an InvalidRequest that names the parameter, never another error."""
    with pytest.raises(InvalidRequest) as caught:
        decode_cursor(cursor, tuple[Whole, Whole])
    assert caught.value.field == "cursor"


@pytest.mark.parametrize(
    "place", [[1], [1, 2, 3], ["1", 2], [-1, 0], [1 << 63, 0], [1 << 80, 0], [1.5, 0], None, {"a": 1}]
)
def test_places_no_page_has_are_refused(place: object) -> None:
    """A well-formed cursor with a place that SQLite couldn't hold is refused as well."""
    with pytest.raises(InvalidRequest):
        decode_cursor(encode_cursor(place), tuple[Whole, Whole])
