"""Kinds the hosted API accepts, without losing what was sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamjet_proxy.forward.kinds import HOSTED_KINDS, normalise_kind


@pytest.mark.parametrize("kind", sorted(HOSTED_KINDS))
def test_hosted_kinds_pass_byte_for_byte(kind: str) -> None:
    """An event the hosted API accepts isn't touched."""
    event = f'{{ "kind" : "{kind}", "n":1.0}}'.encode()
    assert normalise_kind(event) is event


@pytest.mark.parametrize("fields", ["", ',"kind":null'])
def test_missing_kind_becomes_custom(fields: str) -> None:
    """An event without a kind gets one, and no original is made up."""
    sent = json.loads(normalise_kind(f'{{"span_id":"s"{fields}}}'.encode()))
    assert sent == {"span_id": "s", "kind": "custom"}


@pytest.mark.parametrize(
    ("payload", "kept"),
    [
        (None, {}),
        ("null", {}),
        ("{}", {}),
        ('{"tags":["a"],"n":1.50}', {"tags": ["a"], "n": 1.5}),
        ("[1,2]", {"value": [1, 2]}),
        ('"text"', {"value": "text"}),
        ("7", {"value": 7}),
        ("false", {"value": False}),
    ],
)
def test_original_kind_goes_into_the_payload(payload: str | None, kept: dict[str, Any]) -> None:
    """Whatever shape the payload has, it is kept beside the original kind."""
    rest = "" if payload is None else f',"payload":{payload}'
    sent = json.loads(normalise_kind(f'{{"kind":"retrieval"{rest}}}'.encode()))
    assert sent == {"kind": "custom", "payload": kept | {"original_kind": "retrieval"}}


def test_number_lexemes_survive() -> None:
    """Numbers of a changed event keep their characters."""
    event = b'{"kind":"x","cost_usd":0.10,"payload":{"n":123456789012345678901234567890,"e":1e5}}'
    sent = normalise_kind(event)
    assert b'"cost_usd":0.10' in sent
    assert b'"n":123456789012345678901234567890,"e":1e5' in sent


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
EVENTS = st.builds(
    lambda rest, kind, payload: rest | {"kind": kind, "payload": payload},
    st.dictionaries(st.text(max_size=8), JSON, max_size=4),
    st.none() | st.text(max_size=12) | st.sampled_from(sorted(HOSTED_KINDS)),
    JSON,
)


@given(EVENTS)
@settings(max_examples=200, derandomize=True)
def test_always_a_hosted_kind_and_all_else_kept(event: dict[str, Any]) -> None:
    """Of any event the hosted API gets a kind it knows, and every other field as it was."""
    sent = json.loads(normalise_kind(json.dumps(event).encode()))
    assert sent["kind"] in HOSTED_KINDS
    changed = {"kind", "payload"}
    assert {k: v for k, v in sent.items() if k not in changed} == {
        k: v for k, v in event.items() if k not in changed
    }
    if event["kind"] is None or event["kind"] in HOSTED_KINDS:
        assert sent["payload"] == event["payload"]
    else:
        assert sent["payload"]["original_kind"] == event["kind"]
