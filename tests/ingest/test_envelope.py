"""The outer object: strict where it can be, and salvaged event by event where it can't."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamjet_proxy.ingest import envelope as module
from jamjet_proxy.ingest.envelope import Envelope, mend_surrogates, open_envelope
from jamjet_proxy.model.errors import BodyTooLarge, InvalidRequest, MalformedBody

GOOD = b'{"span_id":"sp_1"}'


def body_of(*events: bytes) -> bytes:
    return b'{"project":"demo","events":[' + b",".join(events) + b"]}"


def test_strict_body() -> None:
    """Label and events of a plain body are found, whatever stands beside them."""
    body = b'{"sdk":{"events":[1]},"events":[{"a":1}, 2],"project":"demo"}'
    assert open_envelope(body) == Envelope("demo", [b'{"a":1}', b"2"])


@pytest.mark.parametrize("body", [b'{"events":[]}', b'{"events":[ ]}', b'\n{ "events" : [\n] }\n'])
def test_empty_batch(body: bytes) -> None:
    """A batch of nothing is a batch."""
    assert open_envelope(body).events == []


@pytest.mark.parametrize(
    "label", [b"null", b"7", b"[]", b'{"a":1}', b"true", b'"\\ud800"', b'"\xff"', b'"a\\x"']
)
def test_label_never_decides(label: bytes) -> None:
    """Java sends no project and others may send anything; the events count all the same."""
    events = open_envelope(b'{"project":' + label + b',"events":[' + GOOD + b"]}").events
    assert events == [GOOD]


def test_byte_order_mark_is_ignored() -> None:
    """A body that begins with a byte order mark is read, strict or salvaged."""
    assert open_envelope(b"\xef\xbb\xbf" + body_of(GOOD)).events == [GOOD]
    assert open_envelope(b"\xef\xbb\xbf" + body_of(GOOD, b"NaN")).events == [GOOD, b"NaN"]


@pytest.mark.parametrize(
    "bad",
    [
        b'{"cost_usd":NaN}',
        b'{"cost_usd":-Infinity}',
        b'{"name":"\\ud800"}',
        b'{"name":"\\udc00\\ud800"}',
        b'{"name":"\xff\xfe"}',
        b'{"name":"\xed\xa0\x80"}',
        b'{"name":"\\x41"}',
        b'{"name":"a\x00b"}',
        b'{"name":undefined}',
        b'{"name":"a" "b"}',
        b"{'name':1}",
        b'{"name":01}',
        b"[" * 3_000 + b"]" * 3_000,
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
def test_one_bad_event_keeps_its_place(bad: bytes) -> None:
    """An event that isn't JSON is cut out at its brackets, and its neighbours stand where they stood."""
    assert open_envelope(body_of(GOOD, bad, GOOD)) == Envelope("demo", [GOOD, bad, GOOD])
    assert open_envelope(b" \n" + body_of(GOOD, bad, GOOD) + b"\n").events == [GOOD, bad, GOOD]


@pytest.mark.parametrize("escaped", [b'"]}"', b'"\\"]}"', b'"\\\\"', b'"[{"', b'"a,b:c"'])
def test_brackets_in_text_are_text(escaped: bytes) -> None:
    """Salvaging isn't fooled by brackets, quotes and separators inside strings."""
    event = b'{"name":' + escaped + b"}"
    assert open_envelope(body_of(event, b"NaN")).events == [event, b"NaN"]


def test_escaped_member_names_are_understood() -> None:
    """The name events may be written with escapes, in salvaged bodies too."""
    body = b'{"\\u0065vents":[' + GOOD + b",NaN]}"
    assert open_envelope(body).events == [GOOD, b"NaN"]


def test_last_of_two_events_members_counts() -> None:
    """Of a member that comes twice the last one counts, as JSON readers do, salvaged or not."""
    assert open_envelope(b'{"events":[1],"events":[2]}').events == [b"2"]
    assert open_envelope(b'{"events":[1],"events":[2,NaN]}').events == [b"2", b"NaN"]


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"7",
        b'"text"',
        b"null",
        b"{}",
        b'{"project":"demo"}',
        b'{"events":null}',
        b'{"events":{}}',
        b'{"events":"[]"}',
        b'{"events":7}',
        b"[NaN]",
        b"[" * 2_000_000,
        b'{"x":NaN}',
        b'{"x":NaN,"events":{}}',
    ],
)
def test_no_array_of_events_is_an_invalid_request(body: bytes) -> None:
    """JSON of another shape is refused with the name of what is missing."""
    with pytest.raises(InvalidRequest) as caught:
        open_envelope(body)
    assert caught.value.field == "events"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"}",
        b"hello",
        b"NaN",
        b'{"events":[',
        b'{"events":[{"a":1}',
        b'{"events":[{"a":1]}',
        b'{"events":[{"a":"1]}',
        b'{"events":[NaN]',
        b'{"events":[]}x',
        b'{"events":[NaN]} {}',
        b'{"events":[NaN]}]',
        b"\xff\xfe",
        b"\x00",
        b'{"events":[' + b"[" * 1_100_000,
        b"\x1f\x8b\x08",
    ],
)
def test_broken_bodies_are_malformed(body: bytes) -> None:
    """A body whose brackets don't match, or that ends early, is refused whole."""
    with pytest.raises(MalformedBody):
        open_envelope(body)


def test_far_too_many_events_are_too_large() -> None:
    """Ten times more events than any client sends are refused, strict or salvaged."""
    for last in (b"1", b"NaN"):
        with pytest.raises(BodyTooLarge):
            open_envelope(b'{"events":[' + b"1," * 100_000 + last + b"]}")


def test_far_too_many_elements_are_refused_before_decoding() -> None:
    """A body made of separators is refused by counting them."""
    with pytest.raises(BodyTooLarge):
        open_envelope(b'{"events":[[' + b"," * 8_000_001 + b"]]}")


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(TEXT | st.just("project"), JSON, max_size=3).flatmap(
    lambda rest: st.lists(JSON, max_size=5).map(lambda events: rest | {"events": events})
)
INDENTS = st.sampled_from([None, 0, 2, "\t"])


@given(BODIES, INDENTS, st.booleans())
@settings(max_examples=200, derandomize=True)
def test_salvage_of_valid_json_equals_the_strict_way(
    body: dict[str, Any], indent: str | int | None, ascii_only: bool
) -> None:
    """Both ways give the same events and label for whatever is valid JSON."""
    text = json.dumps(body, indent=indent, ensure_ascii=ascii_only).encode()
    strict = open_envelope(text)
    salvaged = module._salvage(text)
    assert salvaged == strict
    assert [json.loads(event) for event in strict.events] == body["events"]


@given(
    st.binary(max_size=60) | st.text(alphabet='{}[]",:\\ \nNaN1eventsproject', max_size=60).map(str.encode)
)
@settings(max_examples=400, derandomize=True)
def test_no_body_is_an_accident(body: bytes) -> None:
    """Any bytes give an envelope or one of the documented refusals."""
    try:
        found = open_envelope(body)
    except (MalformedBody, InvalidRequest):
        return
    assert all(event in body for event in found.events)


@given(st.lists(JSON, min_size=1, max_size=5), st.data())
@settings(max_examples=100, derandomize=True)
def test_bad_events_among_any_others_keep_their_places(events: list[Any], data: st.DataObject) -> None:
    """Wherever bad events stand, the others come out as they were sent."""
    texts = [json.dumps(event).encode() for event in events]
    for _ in range(data.draw(st.integers(1, 3))):
        bad = data.draw(st.sampled_from([b'{"a":NaN}', b'{"a":"\xff"}', b'"\\ud800"', b"{:}", b"[[,]]"]))
        texts.insert(data.draw(st.integers(0, len(texts))), bad)
    assert open_envelope(body_of(*texts)).events == texts


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        (rb"\ud83d\ude00", rb"\ud83d\ude00"),
        (rb"\ud83d", rb"\ufffd"),
        (rb"\ude00\ud83d", rb"\ufffd\ufffd"),
        (rb"\ud83d\ud83d\ude00", rb"\ufffd\ud83d\ude00"),
        (rb"\\ud83d", rb"\\ud83d"),
        (rb"\\\ud83d", rb"\\\ufffd"),
        (rb"\uD83D\uDE00 \u0041 \n", rb"\uD83D\uDE00 \u0041 \n"),
    ],
)
def test_only_unpaired_surrogates_are_mended(text: bytes, mended: bytes) -> None:
    """Pairs, escaped backslashes and other escapes stay as they are."""
    assert mend_surrogates(text) == mended
