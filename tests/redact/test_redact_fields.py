"""Redaction of whole events: exact bytes, keys, numbers, nested documents and paths."""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest

from jamjet_proxy.model.span import Finding
from jamjet_proxy.redact.protected import PROTECTED
from jamjet_proxy.redact.redactor import Redactor

RedactEvent = Callable[..., tuple[str, tuple[Finding, ...]]]


def test_the_same_dict_comes_back_when_nothing_is_found(redactor: Redactor) -> None:
    """An event without findings costs no copy."""
    fields = msgspec.json.decode(b'{"name":"x","payload":{"when":"2024-05-01"}}', type=dict[str, msgspec.Raw])
    assert redactor.redact_fields(fields)[0] is fields
    assert redactor.redact_fields(fields)[1] == ()


def test_everything_around_a_finding_stays_byte_for_byte(redact_event: RedactEvent) -> None:
    """Number lexemes, white space, order, duplicates and escapes survive."""
    event = (
        '{"payload":{ "z":1.0, "a" : 1e5,"big":123456789012345678901234567890, "a":"\\u00e9\\/\\n", '
        '"mail":"%s" , "neg":-0.0, "t":[true,null ,false ] }}'
    )
    assert redact_event(event % "a@example.com")[0] == event % "[EMAIL]"


def test_both_of_two_equal_keys_are_redacted(redact_event: RedactEvent) -> None:
    """A duplicate key hides nothing."""
    assert redact_event('{"payload":{"m":"a@example.com","m":"b@example.com"}}') == (
        '{"payload":{"m":"[EMAIL]","m":"[EMAIL]"}}',
        (Finding("payload.m", "EMAIL", 2, "email"),),
    )


IDS = sorted(name for name in PROTECTED if name.endswith("_id"))


@pytest.mark.parametrize("field", IDS)
def test_ids_pass_untouched(redact_event: RedactEvent, field: str) -> None:
    """Ids are whatever a client makes them, and are never searched."""
    event = f'{{"{field}":"a@example.com 342-31-8451"}}'
    assert redact_event(event) == (event, ())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("duration_ms", "4111111111111111"),
        ("sequence", "null"),
        ("timestamp", '"2026-11-23T13:28:10.123456Z"'),
        ("timestamp", "4111111111111111"),
        ("kind", '"llm_call"'),
        ("status", '"ok"'),
        ("model", '"meta/llama-3.3:70b 4111111111111111"'),
        ("prompt_prefix_hash", '"4111111111111111"'),
    ],
)
def test_times_counters_and_plain_words_pass_untouched(
    redact_event: RedactEvent, field: str, value: str
) -> None:
    """What has the form that its field is for is never searched."""
    event = f'{{"{field}":{value}}}'
    assert redact_event(event) == (event, ())


@pytest.mark.parametrize("field", sorted(PROTECTED - set(IDS)))
def test_something_else_under_a_protected_name_is_searched(redact_event: RedactEvent, field: str) -> None:
    """An address is replaced wherever it stands but in an id."""
    assert redact_event(f'{{"{field}":"a@example.com"}}')[0] == f'{{"{field}":"[EMAIL]"}}'


@pytest.mark.parametrize(
    "field",
    ["name", "agent_name", "agent_card_uri", "end_user_id", "end_user_email", "failure_mode", "new_field"],
)
def test_all_other_fields_are_searched(redact_event: RedactEvent, field: str) -> None:
    """Known and unknown fields alike are searched."""
    assert redact_event(f'{{"{field}":"x a@example.com"}}') == (
        f'{{"{field}":"x [EMAIL]"}}',
        (Finding(field, "EMAIL", 1, "email"),),
    )


def test_keys_are_redacted_and_paths_hold_no_personal_data(redact_event: RedactEvent) -> None:
    """A path is built from redacted keys, in arrays and objects."""
    redacted, findings = redact_event(
        '{"payload":{"by_user":{"a@example.com":[{"x":1},{"ip":"10.2.3.4"},"c@example.com"]}}}'
    )
    assert redacted == '{"payload":{"by_user":{"[EMAIL]":[{"x":1},{"ip":"[IP]"},"[EMAIL]"]}}}'
    assert findings == (
        Finding("payload.by_user.[EMAIL]", "EMAIL", 1, "email"),
        Finding("payload.by_user.[EMAIL][1].ip", "IP", 1, "ip"),
        Finding("payload.by_user.[EMAIL][2]", "EMAIL", 1, "email"),
    )


def test_unknown_top_level_keys_are_redacted_and_none_gets_lost(redact_event: RedactEvent) -> None:
    """Two fields whose names are redacted alike both stay."""
    assert json.loads(redact_event('{"a@example.com":1,"b@example.com":2,"kind":"x"}')[0]) == {
        "[EMAIL]": 1,
        "[EMAIL]_2": 2,
        "kind": "x",
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"phone":14158942089}', '{"phone":"[PHONE]"}'),
        ('{"ssn": 342318451 }', '{"ssn": "[US_SSN]" }'),
        ('{"card_number":4111111111111111}', '{"card_number":"[CREDIT_CARD]"}'),
        ('{"phones":["0412 345 077",412345077]}', '{"phones":["[PHONE]","[PHONE]"]}'),
        ('{"ssn":"078051121"}', '{"ssn":"[US_SSN]"}'),
        ('{"userPhone":"0412 345 077"}', '{"userPhone":"[PHONE]"}'),
        ('{"start_time_unix_nano":4111111111111111}', '{"start_time_unix_nano":4111111111111111}'),
        ('{"latency":342318451,"x":14158942089}', '{"latency":342318451,"x":14158942089}'),
        ('{"phone":1.4158942089}', '{"phone":1.4158942089}'),
    ],
)
def test_the_key_is_context_for_numbers_and_strings(
    redact_event: RedactEvent, before: str, after: str
) -> None:
    """A bare number is personal data under a key that says so; a redacted number becomes a string."""
    assert redact_event(f'{{"payload":{before}}}')[0] == f'{{"payload":{after}}}'


def test_documents_within_strings_stay_documents(redact_event: RedactEvent) -> None:
    """Strings that hold JSON are walked as JSON, several levels deep, and stay parseable."""
    inner = json.dumps({"phone": 14158942089, "note": "line\nkathy@example.com"})
    middle = json.dumps({"body": inner, "list": [1, 2]})
    redacted, findings = redact_event(json.dumps({"payload": {"arguments": middle}}))
    document = json.loads(json.loads(json.loads(redacted)["payload"]["arguments"])["body"])
    assert document == {"phone": "[PHONE]", "note": "line\n[EMAIL]"}
    assert {finding.path for finding in findings} == {
        "payload.arguments.body.phone",
        "payload.arguments.body.note",
    }


def test_a_cut_off_document_is_searched_as_text(redact_event: RedactEvent) -> None:
    """A string that only begins like JSON is no reason to give up."""
    assert redact_event(json.dumps({"payload": '{"mail": "a@example.com", "cut'}))[0] == json.dumps(
        {"payload": '{"mail": "[EMAIL]", "cut'}, separators=(",", ":")
    )


def test_escaped_spellings_are_found(redact_event: RedactEvent) -> None:
    """A value written with JSON escapes is found and replaced as a whole."""
    assert redact_event('{"payload":["\\u0061\\u0040example.com","415\\/555-1234 fax"]}')[0].startswith(
        '{"payload":["[EMAIL]"'
    )


def test_equal_findings_are_merged_with_their_count(redact_event: RedactEvent) -> None:
    """One finding per path and type, with how many values it stands for."""
    assert redact_event('{"name":"a@example.com b@example.com 10.2.3.4"}')[1] == (
        Finding("name", "EMAIL", 2, "email"),
        Finding("name", "IP", 1, "ip"),
    )
