"""Methods: what takes a value's place, that it is stable, and that it depends on nothing but the event."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jamjet_proxy.model.method import Method, parse_method
from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.redact import EventDropped, Redactor, RuleSet
from jamjet_proxy.redact.methods import mask, partial
from jamjet_proxy.redact.rules import Rule, Treatment

KEY = b"k" * 32
TEXT = "mail bob@example.com, 342-31-8451, +1 415 600 8119, 10.2.3.4, 4111 1111 1111 1111"

PIECES = [
    "bob@example.com",
    "a%40example.com",
    "b***@example.com",
    "***-**-8451",
    "342-31-8451",
    "+1 415 600 8119",
    "phone 4155551234",
    "10.2.3.4",
    "10.2.3.*",
    "2001:db8::1",
    "DE89 3704 0044 0532 0130 00",
    "4111 1111 1111 1111",
    "**** **** **** 1111",
    "sk-abcdefghijklmnopqrstuv0123456789",
    "password=hunter2hunter2",
    "[EMAIL]",
    "[EMAIL_3]",
    "[EMAIL:00112233aabbccdd]",
    "B-1234",
    "12345678",
]
GLUE = st.sampled_from(["", " ", "\n", "*", "-", ".", "@", "x", "7", ", ", "phone ", "ssn ", ":", "é"])
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), GLUE, st.text(max_size=3)), max_size=8).map("".join)
DOCUMENTS = st.dictionaries(
    st.sampled_from(["payload", "name", "note"]),
    st.recursive(
        st.one_of(TEXTS, st.sampled_from([4155551234, 4111111111111111, 342318451, 1.5, None, True])),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.one_of(st.sampled_from(["phone", "ssn", "nick", "password"]), TEXTS), inner, max_size=3
            ),
            inner.map(json.dumps),
        ),
        max_leaves=6,
    ),
    max_size=3,
)


def redactor(method: Method, form: str = "[{type}]") -> Redactor:
    """A redactor that does the same to everything, with rules of the operator's among it."""
    rules = (
        Rule("badge", "BADGE", r"B-\d{3,5}", method=method),
        Rule("eight", "EIGHT", r"\b\w{8}\b", method=method),
        Rule("nick", "NICK", keys=frozenset({"nick"}), method=method),
    )
    methods = tuple((kind, Treatment(method)) for kind in PiiType)
    return Redactor(RuleSet(format=form, rules=rules, methods=methods), compiled=False, hash_key=KEY)


CHANGING = [method for method in Method if method is not Method.DROP_EVENT]
ALL = [redactor(method) for method in CHANGING] + [
    redactor(Method.REPLACE, "[{type}_{n}]"),
    redactor(Method.REPLACE, "<{type}:{hash}>"),
    redactor(Method.HASH, "{type}"),
    redactor(Method.REPLACE, "({n}) {type} {n}."),
]
ANY = st.sampled_from(ALL)


def as_fields(document: object) -> dict[str, msgspec.Raw]:
    return msgspec.json.decode(json.dumps(document), type=dict[str, msgspec.Raw])


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(by=ANY, text=TEXTS)
def test_redacting_a_text_twice_changes_nothing(by: Redactor, text: str) -> None:
    """What any method leaves is a fixed point."""
    once = by.redact(text)
    assert by.redact(once) == once


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(by=ANY, document=DOCUMENTS)
def test_redacting_a_document_twice_changes_nothing(by: Redactor, document: dict[str, Any]) -> None:
    """A redacted document comes back as the same object, and so does a redacted event."""
    once = by.redact_document(document)
    assert by.redact_document(once) is once
    fields, _ = by.redact_fields(as_fields(document))
    assert by.redact_fields(fields)[0] is fields


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(by=ANY, document=DOCUMENTS)
def test_objects_and_events_are_redacted_alike(by: Redactor, document: dict[str, Any]) -> None:
    """It makes no difference whether a document comes as text or as an object."""
    fields, found = by.redact_fields(as_fields(document))
    redacted, told, _ = by.explain_document(document)
    assert json.loads(msgspec.json.encode(fields)) == redacted
    assert sorted(map(repr, found)) == sorted(map(repr, told))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(by=ANY, documents=st.lists(DOCUMENTS, min_size=1, max_size=4))
def test_an_event_comes_out_the_same_in_any_company(by: Redactor, documents: list[dict[str, Any]]) -> None:
    """Neither the events before it nor their order have a say in what an event becomes."""
    events = [as_fields(document) for document in documents]
    forwards = [by.redact_fields(event) for event in events]
    backwards = [by.redact_fields(event) for event in reversed(events)]
    assert forwards == backwards[::-1]


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=st.one_of(TEXTS, st.text()), kind=st.sampled_from([*PiiType, "OWN"]))
def test_masking_again_changes_nothing(value: str, kind: str) -> None:
    """Mask keeps the length, and neither it nor partial does more the second time."""
    assert len(mask(value)) == len(value)
    assert not any(map(str.isalnum, mask(value)))
    assert mask(mask(value)) == mask(value)
    assert partial(partial(value, kind), kind) == partial(value, kind)


@pytest.mark.parametrize(
    ("method", "redacted"),
    [
        (Method.REPLACE, "mail [EMAIL], [US_SSN], [PHONE], [IP], [CREDIT_CARD]"),
        (Method.REMOVE, "mail , , , , "),
        (Method.MASK, "mail ***@*******.***, ***-**-****, +* *** *** ****, **.*.*.*, **** **** **** ****"),
        (
            Method.PARTIAL,
            "mail b***@example.com, ***-**-8451, +* *** *** 8119, 10.2.3.*, **** **** **** 1111",
        ),
    ],
)
def test_each_method_does_what_it_says(method: Method, redacted: str) -> None:
    """The documented outcome of every method that needs no key."""
    methods = tuple((kind, Treatment(method)) for kind in PiiType)
    assert Redactor(RuleSet(methods=methods)).redact(TEXT) == redacted


@pytest.mark.parametrize(
    ("value", "kind", "left"),
    [
        ("a%40example.com", "EMAIL", "a***@example.com"),
        ("j\u00f6rg\uff20example\uff0ecom", "EMAIL", "j***@example.com"),
        ("_bob@example.com", "EMAIL", "_***@******e.com"),
        ("b@x.com%40y.com", "EMAIL", "*@*.***%**y.com"),
        ("user bob@example.com", "EMAIL", "**** ***@******e.com"),
        ("2001:db8:85a3::8a2e:370:7334", "IP", "2001:db8:85a3:*"),
        ("2001:db8::1", "IP", "2001:db8:0:*"),
        ("[::ffff:10.0.0.1]", "IP", "0:0:0:*"),
        ("fe80::1%eth0", "IP", "fe80:0:0:*"),
        ("10.2.3.4", "IP", "10.2.3.*"),
        ("10.2.3", "IP", "**.*.*"),
        ("DE89 3704 0044 0532 0130 00", "IBAN", "**** **** **** **** **30 00"),
        ("1234567", "OWN", "*******"),
        ("12345678", "OWN", "****5678"),
        ("EMP-123456", "OWN", "***-**3456"),
        ("", "OWN", ""),
    ],
)
def test_partial_keeps_a_part(value: str, kind: str, left: str) -> None:
    """An address keeps first letter and domain, an IP address its network, others their last four."""
    assert partial(value, kind) == left


def test_numbers_count_distinct_values_of_a_type_within_an_event() -> None:
    """The same value has the same number, in the order of first appearance, each type on its own."""
    by = Redactor(RuleSet(format="[{type}_{n}]"))
    assert by.redact("b@x.com a@x.com b@x.com 10.2.3.4") == "[EMAIL_1] [EMAIL_2] [EMAIL_1] [IP_1]"
    document = {"name": "a@x.com", "payload": [{"m": "b@x.com"}, "a@x.com", json.dumps({"q": "b@x.com"})]}
    expected = {"name": "[EMAIL_1]", "payload": [{"m": "[EMAIL_2]"}, "[EMAIL_1]", '{"q": "[EMAIL_2]"}']}
    assert by.redact_document(document) == expected
    fields, _ = by.redact_fields(as_fields(document))
    assert json.loads(msgspec.json.encode(fields)) == expected
    assert by.redact("c@x.com") == "[EMAIL_1]"


def test_numbering_goes_on_behind_tokens_that_stand_there() -> None:
    """A token from an earlier redaction keeps its number for itself, wherever in the event it stands."""
    by = Redactor(RuleSet(format="[{type}_{n}]"))
    assert by.redact("a@x.com [EMAIL_7] [PHONE_2]") == "[EMAIL_8] [EMAIL_7] [PHONE_2]"
    assert by.redact_document({"a": "a@x.com", "b": ["[EMAIL_4]"]}) == {"a": "[EMAIL_5]", "b": ["[EMAIL_4]"]}
    fields, _ = by.redact_fields(as_fields({"name": "a@x.com", "trace_id": "x", "payload": "[EMAIL_4]"}))
    assert bytes(fields["name"]) == b'"[EMAIL_5]"'


def test_hashes_are_keyed_and_equal_for_equal_values() -> None:
    """A hash is sixteen digits under the installation's key, at least one of them a letter."""
    rules = RuleSet(methods=((PiiType.EMAIL, Treatment(Method.HASH)),), format="[{type}]")
    one, other = Redactor(rules, hash_key=KEY), Redactor(rules, hash_key=b"other" * 8)
    first, second, third = one.redact("a@x.com a@x.com b@x.com").split()
    assert re.fullmatch(r"\[EMAIL:(?=[0-9]*[a-f])[0-9a-f]{16}\]", first)
    assert first == second != third
    assert Redactor(rules, hash_key=KEY).redact("a@x.com") == first != other.redact("a@x.com")
    assert Redactor(rules).redact("a@x.com") != Redactor(rules).redact("a@x.com")


@pytest.mark.parametrize(
    "text", ["[EMAIL:4111111111111111]", "[EMAIL 4155551234]", "<CREDIT_CARD:4111111111111111>"]
)
def test_a_number_in_what_only_looks_like_a_token_is_found(text: str) -> None:
    """Nobody hides a card or phone number from redaction by dressing it up as a token."""
    for form in ("[{type}:{hash}]", "[{type} {n}]", "<{type}:{hash}>"):
        redacted = Redactor(RuleSet(format=form)).redact(f"card or phone {text}")
        assert "4111111111111111" not in redacted
        assert "4155551234" not in redacted


def test_a_format_of_its_own_goes_with_a_type() -> None:
    """One type may have a token unlike the others; it is recognised all the same."""
    by = Redactor(RuleSet(methods=((PiiType.EMAIL, Treatment(Method.REPLACE, "<{type} {n}>")),)))
    once = by.redact("a@x.com 10.2.3.4")
    assert once == "<EMAIL 1> [IP]"
    assert by.redact(once) == once


def test_a_redacted_number_is_a_string() -> None:
    """Whatever the method leaves of a number, it is text."""
    for method, left in ((Method.REMOVE, ""), (Method.PARTIAL, "******1234"), (Method.MASK, "**********")):
        by = Redactor(RuleSet(methods=((PiiType.PHONE, Treatment(method)),)))
        assert by.redact_document({"phone": 4155551234}) == {"phone": left}


def test_an_event_is_dropped_where_a_rule_says_so() -> None:
    """The method drop_event refuses the event and names the rule; a lone text is refused too."""
    by = Redactor(RuleSet(rules=(Rule("project x", "X", "(?i)project x", method=Method.DROP_EVENT),)))
    for act in (by.redact, by.redact_document):
        with pytest.raises(EventDropped, match="'project x' drops such events") as dropped:
            act("about Project X")
        assert dropped.value.rule == "project x"
    with pytest.raises(EventDropped):
        by.redact_fields(as_fields({"payload": {"a": ["Project X"]}}))
    assert by.redact("about project y a@x.com") == "about project y [EMAIL]"


def test_methods_are_known_by_name() -> None:
    """Names are taken in any case, and a slip is answered with the nearest one."""
    assert parse_method("Drop-Event") is Method.DROP_EVENT
    with pytest.raises(ValueError, match="unknown method 'partal'; did you mean 'partial'"):
        parse_method("partal")
