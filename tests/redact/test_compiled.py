"""The compiled core and the Python reference give the same answers."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jamjet_proxy.model.method import Method
from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.redact import compiled
from jamjet_proxy.redact.allow import Allow
from jamjet_proxy.redact.redactor import Redactor
from jamjet_proxy.redact.rules import Rule, RuleSet, Treatment

ALL = frozenset(PiiType)
RULE_SETS = [
    RuleSet(True, "[{type}]", ALL, (), ()),
    RuleSet(True, "<{type}>", ALL - {PiiType.PHONE}, (), ()),
    RuleSet(True, "x{type}x", frozenset({PiiType.EMAIL, PiiType.IP}), (), ()),
    RuleSet(True, "[REDACTED:{type}]", frozenset({PiiType.US_SSN, PiiType.CREDIT_CARD}), (), ()),
    RuleSet(True, "[{type}]", frozenset(), (), ()),
]
BOTH = [(Redactor(rules), Redactor(rules, compiled=False)) for rules in RULE_SETS]

VALUES = [
    "jane.doe@example.com",
    "o'neil+x@mail.example.co.uk",
    "a%40example.com",
    "j\u00f6rg\uff20example\uff0ecom",
    "b&#64;example.com",
    "c\\u0040example.com",
    "git@host:repo",
    "4111 1111 1111 1111",
    "378282246310005",
    "4111111111111112",
    "3782\u00a0822463\u00a010005",
    "342-31-8451",
    "ssn 342 31 8451",
    "000-12-3456",
    "+1 415 600 8119",
    "+49 (0)30 9018 2012",
    "(303)\u00a0234\u20115459",
    "tel 0412/345/077",
    "call 4155551234",
    "10.2.3.4",
    "version 1.2.3.4",
    "2001:db8::1",
    "::ffff:10.0.0.1",
    "std::vector",
    "00:1b:44:11:3a:b7",
    "DE89 3704 0044 0532 0130 00",
    "de89370400440532013000",
    "GB82WEST12345698765433",
    "2026-11-23T13:28:10.123456Z",
    "12345678-1234-4234-8234-123456789012",
    "order 481119274",
    "[EMAIL]",
    "[REDACTED:phone]",
    '{"ip": "10.2.3.4", "n": 14158942089}',
]
PIECES = [
    *"0123456789@.:-+()/ \\\"'%&;#_xaAfFuUtTnNeE\n\t[]{},=",
    "\u00a0",
    "\u200b",
    "\uff10",
    "\u2011",
    "é",
    "中",
    "😀",
]
PIECES += ["phone ", "ssn ", "card ", "v", "version ", "::", "@x.com", "\\n", "\\u00", "%4", "&commat;"]
KEYS = ["phone", "ssn", "card_number", "id", "note", "userPhone", "mobile_number", "a@b.com", "x"]
TEXT = st.lists(
    st.one_of(st.sampled_from(VALUES), st.sampled_from(PIECES), st.text(max_size=4)), max_size=8
).map("".join)
LEAF = st.one_of(
    TEXT,
    st.integers(),
    st.sampled_from([14158942089, 342318451, 4111111111111111, -4111111111111111, 1.5, True, None]),
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), TEXT), inner, max_size=3),
        inner.map(json.dumps),
    ),
    max_leaves=6,
)
EVENT = st.dictionaries(st.one_of(st.sampled_from(["payload", "name", "trace_id"]), TEXT), TREE, max_size=3)


def same_answers(engines: tuple[Redactor, Redactor], event: object, *, ascii_only: bool) -> None:
    """Assert that both engines make the same of ``event``."""
    text = json.dumps(event, ensure_ascii=ascii_only)
    fields = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    (fast, found), (exact, expected) = (engine.redact_fields(fields) for engine in engines)
    assert msgspec.json.encode(fast) == msgspec.json.encode(exact)
    assert sorted(map(repr, found)) == sorted(map(repr, expected))


def mutants(count: int) -> Iterator[str]:
    """Yield texts around the values, each a few random steps away from them; always the same ones."""
    dice = random.Random(20261123)
    for _ in range(count):
        text = list(" ".join(dice.choices(VALUES, k=dice.randrange(1, 4))))
        for _ in range(dice.randrange(6)):
            place = dice.randrange(len(text) + 1)
            text[place : place + dice.randrange(2)] = dice.choice(PIECES)
        yield "".join(text)


def test_the_core_is_there_where_it_can_be_built() -> None:
    """With a compiler on the machine, the installation has the core."""
    assert compiled.AVAILABLE or shutil.which("cc") is None


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(engines=st.sampled_from(BOTH), event=EVENT, ascii_only=st.booleans())
def test_events_come_out_the_same(
    engines: tuple[Redactor, Redactor], event: object, ascii_only: bool
) -> None:
    """Whatever the event and the rules, the core redacts and reports as the reference does."""
    same_answers(engines, event, ascii_only=ascii_only)


@pytest.mark.parametrize("engines", BOTH, ids=lambda engines: engines[0].rules.format)
def test_mutants_come_out_the_same(engines: tuple[Redactor, Redactor]) -> None:
    """Values with their neighbourhood changed are found alike, as spans and inside of events."""
    for number, text in enumerate(mutants(3_000)):
        assert engines[0].detect(text) == engines[1].detect(text)
        key = KEYS[number % len(KEYS)]
        same_answers(engines, {"payload": {key: [text, {"t": text}]}}, ascii_only=number % 2 == 0)


@pytest.mark.parametrize(
    "filler", ["a", "1", "1.", ":", "@", "%40", "x@a.", "+1 ", "DE89 ", "\\\\", "é", "\uff10"]
)
def test_long_texts_come_out_the_same(filler: str) -> None:
    """Eighty thousand characters of the same are no different."""
    same_answers(BOTH[0], {"payload": {"t": filler * (20_000 // len(filler))}}, ascii_only=False)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4155551234 wor\u212a", []),
        ("trac\u212aing 4111111111111111", [(9, 25, "CREDIT_CARD")]),
        ("pac\u212aage 1.2.3.4", [(8, 15, "IP")]),
        ("phone 2001:db8::1828-778-597\u00ad1", [(6, 30, "IP")]),
    ],
)
def test_letters_that_fold_to_ascii_and_disguised_overlaps_come_out_the_same(
    text: str, found: list[tuple[int, int, str]]
) -> None:
    """A Kelvin sign is no k, so what it stands in is no context word; lengths are counted in characters."""
    assert BOTH[0][0].detect(text) == BOTH[0][1].detect(text) == found
    same_answers(BOTH[0], {"payload": {"note": text}}, ascii_only=False)


def test_deep_documents_come_out_the_same() -> None:
    """Nesting beyond what the core follows is left to the reference."""
    event: object = "jane.doe@example.com"
    for _ in range(150):
        event = [event]
    same_answers(BOTH[0], {"payload": event}, ascii_only=True)


RULES = [
    RuleSet(True, "[{type}]", ALL, (Rule("badge", "BADGE", r"B-\d+"),)),
    RuleSet(True, "[{type}]", ALL, (Rule("nick", "NAME", keys=frozenset({"note", "user_phone"})),)),
    RuleSet(True, "[{type}]", ALL, (Rule("bodies", "BODY", paths=("payload.x[*].t",)),)),
    RuleSet(True, "[{type}_{n}]", ALL),
    RuleSet(methods=((PiiType.EMAIL, Treatment(Method.PARTIAL)), (PiiType.PHONE, Treatment(Method.MASK)))),
    RuleSet(methods=((PiiType.IP, Treatment(Method.HASH)), (PiiType.CREDIT_CARD, Treatment(Method.REMOVE)))),
    RuleSet(allow=(Allow(domain=("example.com",)), Allow(cidr=("10.0.0.0/8",)))),
]


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.version)
def test_rules_of_the_operator_give_the_same_with_the_core(rules: RuleSet) -> None:
    """Patterns, keys, paths, methods, numbering and allow lists come out alike by either engine."""
    engines = (Redactor(rules, hash_key=b"k"), Redactor(rules, compiled=False, hash_key=b"k"))
    for number, text in enumerate(mutants(1_000)):
        assert engines[0].detect(text) == engines[1].detect(text)
        assert engines[0].redact(text) == engines[1].redact(text)
        key = KEYS[number % len(KEYS)]
        badge = f"B-{number} {text}"
        event = {"payload": {key: [text, {"t": badge}], "x": [{"t": text}], "note": number * 1_000_003}}
        same_answers(engines, event, ascii_only=number % 2 == 0)


def test_an_event_without_findings_stays_the_same_object() -> None:
    """The core makes no copy of what needs no change."""
    fields = {"payload": msgspec.Raw(b'{"text":"nothing to see, 12 of 2024"}')}
    assert BOTH[0][0].redact_fields(fields)[0] is fields
