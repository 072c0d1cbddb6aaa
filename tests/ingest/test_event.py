"""One event: which it is, whether it can be stored, and that its text isn't rewritten."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamjet_proxy.ingest.event import Event, Rejected, check_event
from jamjet_proxy.model.outcome import Reason

IDS = '"trace_id":"tr_1","span_id":"sp_1"'


def checked(text: str | bytes, max_depth: int = 128) -> Event:
    return check_event(text.encode() if isinstance(text, str) else text, max_depth=max_depth)


def refusal(text: str | bytes, max_depth: int = 128) -> Rejected:
    with pytest.raises(Rejected) as caught:
        checked(text, max_depth)
    return caught.value


def test_sound_event_passes() -> None:
    """Ids and status are read, every field is kept as its own text."""
    event = checked('{"type":"span",' + IDS + ',"status":"ok","new_field":[1.0, {"a" : null}]}')
    assert (event.trace_id, event.span_id, event.status, event.surrogate) == ("tr_1", "sp_1", "ok", False)
    assert bytes(event.fields["new_field"]) == b'[1.0, {"a" : null}]'


@pytest.mark.parametrize(
    "number",
    ["1.0", "1", "1e5", "1E+5", "-0", "-0.0", "0.10", "123456789012345678901234567890", "1e400", "1e-400"],
)
def test_number_lexemes_are_kept(number: str) -> None:
    """A number keeps the very characters it was sent with, however large or precise."""
    event = checked("{" + IDS + f',"payload":{{"n":{number}}},"cost_usd":{number}}}')
    assert bytes(event.fields["payload"]) == f'{{"n":{number}}}'.encode()
    assert bytes(event.fields["cost_usd"]) == number.encode()


@pytest.mark.parametrize("text", ["null", "7", '"text"', "[]", "true", "[{}]"])
def test_other_json_is_not_an_object(text: str) -> None:
    """An element that isn't an object is refused for that reason."""
    assert refusal(text).reason is Reason.NOT_AN_OBJECT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{" + IDS + ",}",
        "{" + IDS + ',"a":NaN}',
        "{" + IDS + ',"a":Infinity}',
        "{" + IDS + ',"a":01}',
        "{" + IDS + ',"a":"\\x"}',
        "{" + IDS + ',"a":"\\u12"}',
        "{" + IDS + ',"a":"a\nb"}',
        "{" + IDS + ',"a":"a\x00b"}',
        "{" + IDS + ',"a":1}{',
        b"{" + IDS.encode() + b',"a":"\xff"}',
        b"{" + IDS.encode() + b',"a":"\xed\xa0\x80"}',
        "{" + IDS + ',"a":undefined}',
    ],
)
def test_invalid_json_is_refused(text: str | bytes) -> None:
    """An element that isn't strict JSON in UTF-8 is refused, in whatever field the fault lies."""
    assert refusal(text).reason is Reason.INVALID_JSON


def test_unpaired_surrogates_are_mended() -> None:
    """Half an emoji, as JavaScript cuts them, becomes a replacement character instead of a loss."""
    event = checked("{" + IDS + ',"name":"a\\ud83d","payload":{"\\ude00":"\\ud83d\\ude00"}}')
    assert json.loads(bytes(event.fields["name"])) == "a\ufffd"
    assert json.loads(bytes(event.fields["payload"])) == {"\ufffd": "\U0001f600"}


@pytest.mark.parametrize("field", ["type", "trace_id", "span_id", "kind", "name", "status"])
@pytest.mark.parametrize("value", ["7", "1.5", "true", "[]", "{}"])
def test_identifying_fields_are_text(field: str, value: str) -> None:
    """A field that says which event this is must be text; the message names it and shows no value."""
    rejected = refusal('{"trace_id":"tr_1","span_id":"sp_1",' + f'"{field}":{value}}}')
    assert rejected.reason is Reason.INVALID_FIELD
    assert rejected.message == f"{field}: wrong type, a string is expected"


@pytest.mark.parametrize("field", ["type", "kind", "name", "status"])
def test_null_is_as_good_as_absent(field: str) -> None:
    """Optional fields may be null, and stay null."""
    event = checked("{" + IDS + f',"{field}":null}}')
    assert bytes(event.fields[field]) == b"null"
    assert event.status == ""


@pytest.mark.parametrize(
    "value", [None, "null", '""', '"[CREDIT_CARD]"', '"[REDACTED:phone]"', '"tr_[PHONE_NUMBER]_1"', '"[IP]"']
)
@pytest.mark.parametrize(("field", "mark"), [("trace_id", "tr"), ("span_id", "sp")])
def test_missing_and_mangled_ids_are_minted(field: str, mark: str, value: str | None) -> None:
    """An id that is missing or was redacted by the SDK gets a surrogate, a new one each time."""
    ids = {"trace_id": '"tr_1"', "span_id": '"sp_1"'}
    ids.pop(field)
    if value is not None:
        ids[field] = value
    text = "{" + ",".join(f'"{name}":{id_}' for name, id_ in ids.items()) + "}"
    first, second = checked(text), checked(text)
    minted = getattr(first, field)
    assert minted.startswith(f"{mark}_surrogate_")
    assert minted != getattr(second, field)
    assert first.surrogate
    assert json.loads(bytes(first.fields[field])) == minted


@pytest.mark.parametrize("value", ["[1]", "[credit_card]", "a[0]b", "CREDIT_CARD", "[ ]", "tr_[x]"])
def test_brackets_alone_are_no_redaction_token(value: str) -> None:
    """Only what looks like a token is taken for one."""
    assert not checked(json.dumps({"trace_id": value, "span_id": "sp_1"})).surrogate


@pytest.mark.parametrize("field", ["trace_id", "span_id"])
def test_length_of_ids(field: str) -> None:
    """An id has at most 256 characters, of whatever script."""
    assert getattr(checked(json.dumps({"trace_id": "t", "span_id": "s", field: "é" * 256})), field)
    rejected = refusal(json.dumps({"trace_id": "t", "span_id": "s", field: "é" * 257}))
    assert rejected.reason is Reason.INVALID_FIELD
    assert rejected.message == f"{field}: longer than 256 characters"


@pytest.mark.parametrize("character", ["\x00", "\n", "\x1f", "\x7f", "\t"])
def test_control_characters_in_ids(character: str) -> None:
    """An id with control characters could break files and terminals, so it is refused."""
    rejected = refusal(json.dumps({"trace_id": f"a{character}b", "span_id": "s"}))
    assert (rejected.reason, rejected.message) == (
        Reason.INVALID_FIELD,
        "trace_id: holds control characters",
    )


def nested(levels: int) -> str:
    """Return an event of exactly ``levels`` levels."""
    return "{" + IDS + ',"payload":' + "[" * (levels - 1) + "]" * (levels - 1) + "}"


@pytest.mark.parametrize("limit", [2, 10, 128])
def test_depth_limit_is_exact(limit: int) -> None:
    """An event of the deepest level that is allowed passes, one level more doesn't."""
    assert checked(nested(limit), limit).span_id == "sp_1"
    assert refusal(nested(limit + 1), limit).reason is Reason.TOO_DEEP


@pytest.mark.parametrize("levels", [129, 1_000, 1_001, 100_000])
def test_deep_events_are_too_deep_at_any_limit(levels: int) -> None:
    """Nesting beyond what the decoder itself can follow is a refusal and not an accident."""
    assert refusal(nested(levels), 128).reason is Reason.TOO_DEEP
    if levels > 900:
        assert refusal(nested(levels), 1_000).reason is Reason.TOO_DEEP


def test_brackets_in_text_are_not_depth() -> None:
    """Text full of brackets isn't nested."""
    assert checked("{" + IDS + ',"name":' + json.dumps("[{" * 1_000 + '"' + "[" * 10) + "}", 3).span_id


def test_wide_events_are_not_deep() -> None:
    """Many brackets beside each other are no depth either."""
    assert checked("{" + IDS + ',"payload":[' + ",".join(["[]"] * 1_000) + "]}", 3).span_id == "sp_1"


def test_duplicate_keys_are_one_field() -> None:
    """Of a key that comes twice the last value is kept, for the ids as for everything else."""
    event = checked('{"trace_id":"old","span_id":"sp_1","trace_id":"new","a":1,"a":2}')
    assert event.trace_id == "new"
    assert bytes(event.fields["trace_id"]) == b'"new"'
    assert bytes(event.fields["a"]) == b"2"


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=10), VALUES, max_size=6), st.booleans())
@settings(max_examples=200, derandomize=True)
def test_any_further_field_is_kept(fields: dict[str, Any], ascii_only: bool) -> None:
    """Whatever JSON stands beside the ids comes out as it went in."""
    known = {"trace_id": "tr_1", "span_id": "sp_1"}
    sent = {name: value for name, value in fields.items() if name not in _TYPED} | known
    try:
        text = json.dumps(sent, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:
        text = json.dumps(sent).encode()
    event = checked(text)
    kept = {name: json.loads(bytes(value)) for name, value in event.fields.items()}
    assert kept == json.loads(text)


_TYPED = {"type", "kind", "name", "status"}


@given(st.binary(max_size=80) | st.text(alphabet='{}[]",:\\ 1enutrace_id', max_size=80).map(str.encode))
@settings(max_examples=400, derandomize=True)
def test_no_element_is_an_accident(text: bytes) -> None:
    """Any bytes are an event or refused for a documented reason that quotes none of them."""
    try:
        event = check_event(text, max_depth=16)
    except Rejected:
        return
    assert event.trace_id
    assert event.span_id
