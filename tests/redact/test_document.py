"""Redaction of Python objects: shapes, ids, and what is no JSON."""

from __future__ import annotations

import datetime
import json
from enum import StrEnum
from typing import Any

import msgspec
import pytest

from jamjet_proxy.model.span import Finding
from jamjet_proxy.redact import Redactor, RuleSet
from jamjet_proxy.redact.rules import Rule


@pytest.mark.parametrize(
    "document", [{}, [], "x", 7, 1.5, None, True, {"a": [1, {"b": ("x", 2.5)}]}, float("nan"), {"n": 10**40}]
)
def test_the_same_object_comes_back_when_nothing_is_found(redactor: Redactor, document: Any) -> None:
    """An object without personal data costs no copy."""
    assert redactor.redact_document(document) is document


def test_everything_in_a_document_is_redacted(redactor: Redactor) -> None:
    """Strings, keys, numbers and nested JSON are redacted; a tuple becomes a list."""
    inner = {"phone": 4155551234, "note": "line\na@example.com"}
    document = {
        "m": ("a@example.com", 1.5, None),
        "b@example.com": {"phone": 4155551234, "ok": True},
        "json": json.dumps(inner),
        4155551234: "a number as a key is text for JSON",
    }
    redacted = redactor.redact_document(document)
    assert redacted["m"] == ["[EMAIL]", 1.5, None]
    assert redacted["[EMAIL]"] == {"phone": "[PHONE]", "ok": True}
    assert json.loads(redacted["json"]) == {"phone": "[PHONE]", "note": "line\n[EMAIL]"}
    assert redactor.redact_document(redacted) is redacted


@pytest.mark.parametrize(
    ("value", "redacted"),
    [
        ({"phone": 4155551234.0}, {"phone": "[PHONE]"}),
        ({"x": 4.111111111111111e15}, {"x": "[CREDIT_CARD]"}),
        ({"x": 4155551234.0}, {"x": 4155551234.0}),
        ({"phone": 4155551234.5}, {"phone": 4155551234.5}),
        ({"phone": 1e300}, {"phone": 1e300}),
    ],
)
def test_fractions_that_stand_for_whole_numbers_are_seen(
    redactor: Redactor, value: Any, redacted: Any
) -> None:
    """A number is the same with a zero behind its point, or with an exponent."""
    assert redactor.redact_document(value) == redacted


def test_protected_names_of_the_top_level_keep_single_values(redactor: Redactor) -> None:
    """Ids and times pass untouched, an object or array under such a name does not."""
    document = {"trace_id": "a@example.com", "status": "ok", "sequence": 4111111111111111, "timestamp": None}
    assert redactor.redact_document(document) is document
    assert redactor.redact_document({"status": "a@example.com"}) == {"status": "[EMAIL]"}
    assert redactor.redact_document({"status": {"message": "a@example.com"}, "model": ["b@example.com"]}) == {
        "status": {"message": "[EMAIL]"},
        "model": ["[EMAIL]"],
    }
    assert redactor.redact_document({"payload": {"status": "a@example.com"}}) == {
        "payload": {"status": "[EMAIL]"}
    }


@pytest.mark.parametrize(
    "name",
    ["trace_id", "span_id", "parentSpanId", "start_time_unix_nano", "endTimeUnixNano", "link.trace_id"],
)
def test_ids_of_traces_are_kept_at_any_depth(redactor: Redactor, name: str) -> None:
    """A trace's ids and times look like numbers of people and are not, wherever they stand."""
    for value in ("4111111111111111", 4111111111111111, "573adefda1c4376dbc504b22db968ed7"):
        document = {"resource": {"spans": [{name: value}]}}
        assert redactor.redact_document(document) is document
    assert redactor.redact_document({"a": {name: "a@example.com"}}) == {"a": {name: "[EMAIL]"}}


def test_findings_have_paths(redactor: Redactor) -> None:
    """What was found is told with its place; the paths hold no personal data."""
    redacted, findings, dropped = redactor.explain_document(
        {"a": ["x", {"b@example.com": json.dumps(["c@example.com"])}]}
    )
    assert redacted == {"a": ["x", {"[EMAIL]": '["[EMAIL]"]'}]}
    assert findings == [
        Finding("a[1].[EMAIL]", "EMAIL", 1, "email"),
        Finding("a[1].[EMAIL][0]", "EMAIL", 1, "email"),
    ]
    assert not dropped
    assert redactor.explain_document("a@x.com") == ("[EMAIL]", [Finding("", "EMAIL", 1, "email")], False)


def test_what_json_has_a_form_for_is_taken(redactor: Redactor) -> None:
    """Objects that are encoded as JSON everywhere are looked at in that form, and may stay."""
    when = datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)
    document = {"when": when, "raw": {"a", "b@example.com"}}
    redacted = redactor.redact_document(document)
    assert redacted["when"] is when
    assert sorted(redacted["raw"]) == ["[EMAIL]", "a"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"a": [1, object()]}, r"a\[1\]: a value of type object is not JSON"),
        ({"a": {(1, 2): 3}}, "a: a key of type tuple is not JSON"),
        (object(), "the document: a value of type object is not JSON"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(redactor: Redactor, document: Any, message: str) -> None:
    """An object that can't be encoded is an error that says where it is."""
    with pytest.raises(TypeError, match=message):
        redactor.redact_document(document)


def test_an_object_that_contains_itself_is_refused(redactor: Redactor) -> None:
    """A cycle is an error, not a hang."""
    cycle: list[Any] = []
    cycle.append(cycle)
    with pytest.raises(ValueError, match="contains itself"):
        redactor.redact_document(cycle)


def test_disabled_rules_change_nothing() -> None:
    """With enabled=False every way in lets everything pass."""
    off = Redactor(RuleSet(enabled=False))
    document = {"a": "a@example.com"}
    assert off.redact_document(document) is document
    assert off.redact("a@example.com") == "a@example.com"
    assert off.detect("a@example.com") == []
    assert off.explain("a@example.com").spans == []


def test_what_is_not_like_json_is_refused(redactor: Redactor) -> None:
    """Bytes, in which nothing can be found, and endless numbers are refused with their place."""
    with pytest.raises(TypeError, match="payload: a value of type bytes"):
        redactor.redact_document({"payload": b"a@example.com"})
    with pytest.raises(ValueError, match="n: a number with too many digits"):
        redactor.redact_document({"n": 10**5000})
    with pytest.raises(TypeError, match="not NoneType"):
        redactor.redact(None)  # type: ignore[arg-type]


def test_the_text_of_an_enum_counts(redactor: Redactor) -> None:
    """A member of a string enum is redacted like the string it is."""

    class Contact(StrEnum):
        HELP = "a@example.com"

    assert redactor.redact_document({"payload": Contact.HELP}) == {"payload": "[EMAIL]"}


@pytest.mark.parametrize("compiled", [True, False])
def test_a_redacted_key_still_says_what_its_value_is(compiled: bool) -> None:
    """A rule that hits a key does not hide from the others what the key says."""
    redactor = Redactor(RuleSet(rules=(Rule("b", "B", "ssn"),)), compiled=compiled)
    assert redactor.redact_document({"payload": {"ssn": 536228145}}) == {"payload": {"[B]": "[US_SSN]"}}
    fields = {"payload": msgspec.Raw(b'{"ssn":536228145}')}
    assert bytes(redactor.redact_fields(fields)[0]["payload"]) == b'{"[B]":"[US_SSN]"}'
