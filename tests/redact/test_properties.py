"""Properties of redaction on generated input: the gate misses nothing, and once is enough."""

from __future__ import annotations

import json
from itertools import pairwise

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jamjet_proxy.model.method import Method
from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.redact.allow import Allow
from jamjet_proxy.redact.engine import TextEngine
from jamjet_proxy.redact.redactor import Redactor
from jamjet_proxy.redact.rules import Rule, RuleSet, Treatment

RICH_RULES = RuleSet(
    format="[{type}_{n}]",
    rules=(
        Rule("badge", "BADGE", r"^B-\d{3,5}$", method=Method.MASK),
        Rule("line", "LINE", r"\t+\S+", keys=frozenset({"note"})),
        Rule("names", "NAME", keys=frozenset({"full name", "grö-ße"}), method=Method.PARTIAL),
        Rule("place", "PLACE", paths=("payload.*[1]", "**.phone.x", "user_attrs.**.id"), method=Method.HASH),
        Rule("inside", "INSIDE", r"\b[a-z]\b", paths=('payload.**."a@b.com"', "name")),
        Rule("watch", "WATCH", r"\w+", shadow=True),
    ),
    methods=((PiiType.EMAIL, Treatment(Method.PARTIAL)), (PiiType.IP, Treatment(Method.REMOVE))),
    allow=(Allow(exact=("10.2.3.4",)), Allow(types=frozenset({"PHONE"}), regex=(r"\+1.*",))),
)
RULES = RuleSet(
    True,
    "[{type}]",
    frozenset(PiiType),
    (
        Rule("badge", "BADGE", r"\bB-\d{3,5}\b"),
        Rule("names", "NAME", keys=frozenset({"full name", "nick"})),
    ),
)

VALUES = [
    "a.b@example.com",
    "a%40example.com",
    "j\u00f6rg\uff20example\uff0ecom",
    "b&#64;example.com",
    "c\\u0040example.com",
    "4111111111111111",
    "4012 8888 8888 1881",
    "3782\u00a0822463\u00a010005",
    "342-31-8451",
    "ssn 342 31 8451",
    "my SSN: \uff1342318451",
    "+1 415 600 8119",
    "(303)\u00a0234\u20115459",
    "tel 0412\t345\t077",
    "tel 0412/345/077",
    "10.2.3.4",
    "2001:db8::1",
    "523b:8cad:db42:04b0:bd2d:ab75:bb86:c2a0",
    "DE89 3704 0044 0532 0130 00",
    "de89370400440532013000",
    "DE89\u2009370400440532013000",
    "B-1234",
    "password=correcthorsebattery",
    "Authorization: Bearer abcdefghijk1lmnop",
    "https://user:correcthorse@host/x",
]
GLUE = st.sampled_from(
    ["", " ", "\n", "\t", "\\n", "\\t", '"', "/", "\\", "x", "7", "-", ".", "[EMAIL]", "phone ", "é"]
)
FILLING = st.one_of(st.text(max_size=8), GLUE)
TEXT = st.lists(st.one_of(FILLING, st.sampled_from(VALUES)), max_size=6).map("".join)
KEYS = ["phone", "ssn", "card_number", "id", "Full Name", "nick", "note", "password", "apiKey", "span_id"]
KEY = st.one_of(TEXT, st.sampled_from(KEYS))
NUMBER = st.one_of(
    st.integers(),
    st.sampled_from([14158942089, 342318451, 4111111111111111, -4111111111111111, 4155551234.0, 4.1e15]),
)
LEAF = st.one_of(
    TEXT,
    st.sampled_from(["correcthorsebattery", "hunter2hunter2"]),
    NUMBER,
    st.booleans(),
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(KEY, inner, max_size=3), inner.map(json.dumps)
    ),
    max_leaves=6,
)
EVENT = st.dictionaries(
    st.one_of(st.sampled_from(["payload", "name", "trace_id", "user_attrs"]), KEY), TREE, max_size=3
)


class _Open:
    """A gate that lets everything through."""

    def may_hold(self, raw: bytes) -> bool:
        return True

    may_hold_if_named = may_hold


@pytest.fixture(scope="module")
def gated() -> Redactor:
    """The product."""
    return Redactor(RULES)


class _AlwaysApplies:
    """Rules that may apply to every field."""

    def __init__(self, engine: TextEngine) -> None:
        assert engine.own is not None
        self._own = engine.own

    def __getattr__(self, name: str) -> object:
        return (lambda *_: True) if name == "may_apply" else getattr(self._own, name)


def _without_gates(rules: RuleSet) -> Redactor:
    oracle = Redactor(rules, compiled=False, hash_key=b"k")
    oracle._gate = _Open()  # type: ignore[assignment]
    oracle._engine = TextEngine(rules, None, b"k")
    oracle._engine.own = _AlwaysApplies(oracle._engine)  # type: ignore[assignment]
    return oracle


@pytest.fixture(scope="module")
def exact() -> Redactor:
    """The oracle: the same without its gates."""
    return _without_gates(RULES)


def _fields(event: object, *, ascii_only: bool) -> dict[str, msgspec.Raw]:
    text = json.dumps(event, ensure_ascii=ascii_only)
    return msgspec.json.decode(text, type=dict[str, msgspec.Raw])


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(event=EVENT, ascii_only=st.booleans())
def test_the_gate_misses_nothing(gated: Redactor, exact: Redactor, event: object, ascii_only: bool) -> None:
    """With the gate the outcome is what the exact walk finds without it."""
    fields = _fields(event, ascii_only=ascii_only)
    assert gated.redact_fields(fields) == exact.redact_fields(fields)


RICH = Redactor(RICH_RULES, compiled=False, hash_key=b"k"), _without_gates(RICH_RULES)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(event=EVENT, ascii_only=st.booleans())
def test_the_test_for_rules_misses_nothing(event: object, ascii_only: bool) -> None:
    """With rules of every kind, too, the outcome is what the exact walk finds."""
    fields = _fields(event, ascii_only=ascii_only)
    once, found = RICH[0].redact_fields(fields)
    assert (once, found) == RICH[1].redact_fields(fields)
    assert RICH[0].redact_fields(once)[0] is once


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(event=EVENT, ascii_only=st.booleans())
def test_redacting_an_event_twice_changes_nothing(gated: Redactor, event: object, ascii_only: bool) -> None:
    """A redacted event has no findings left."""
    once, _ = gated.redact_fields(_fields(event, ascii_only=ascii_only))
    again, findings = gated.redact_fields(once)
    assert again is once
    assert findings == ()


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=TEXT)
def test_redacting_a_text_twice_changes_nothing(gated: Redactor, text: str) -> None:
    """A redacted text is a fixed point, and has nothing left to detect."""
    once = gated.redact(text)
    assert gated.redact(once) == once
    assert gated.detect(once) == []


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(event=EVENT)
def test_a_redacted_event_is_valid_json_of_the_same_shape(gated: Redactor, event: dict[str, object]) -> None:
    """Fields are neither lost nor added, and every value still parses."""
    redacted, _ = gated.redact_fields(_fields(event, ascii_only=False))
    assert len(json.loads(msgspec.json.encode(redacted))) == len(event)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=TEXT)
def test_spans_are_sorted_and_do_not_overlap(gated: Redactor, text: str) -> None:
    """Detected spans are in order, not empty and disjoint."""
    spans = gated.detect(text)
    assert all(start < end for start, end, _ in spans)
    assert all(one[1] <= two[0] for one, two in pairwise(spans))
