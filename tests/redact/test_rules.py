"""Rule sets: what they refuse, how they are told apart, and what user rules do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.model.span import Finding
from jamjet_proxy.redact.redactor import Redactor
from jamjet_proxy.redact.rules import Rule, RuleSet

Rules = Callable[..., RuleSet]
RedactEvent = Callable[..., tuple[str, tuple[Finding, ...]]]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (r"(?<=x)\d+", "look-ahead and look-behind are not supported"),
        (r"(a)\1", "back-references are not supported"),
        (r"(a)\k<1>", "back-references are not supported"),
        (r"a++", "possessive and atomic parts are not supported"),
        (r"a(", "missing"),
        (r"a*", "matches the empty text"),
        (r"\b", "matches the empty text"),
        (r"^$|(?:x?)", "matches the empty text"),
        (r"x{1001}", "make it smaller"),
        ("|".join(f"[\\pL]{{{n}}}" for n in range(900, 990)), "make it smaller"),
        ("x" * 10_001, "longer than 10000 characters"),
        ("(" * 600 + "x" + ")" * 600, "nested too deep"),
    ],
)
def test_an_unusable_pattern_is_refused_with_its_rule_named(rules: Rules, pattern: str, message: str) -> None:
    """A pattern that cannot work raises ValueError naming the rule and the reason."""
    with pytest.raises(ValueError, match=message) as refused:
        rules(Rule("badge", "BADGE", pattern))
    assert "'badge'" in str(refused.value)


@pytest.mark.parametrize("form", ["[redacted]", '"{type}"', "\\{type}", "{type}@example.com"])
def test_an_unusable_format_is_refused(rules: Rules, form: str) -> None:
    """A format without the type, with characters that break JSON, or that looks like a value, is refused."""
    with pytest.raises(ValueError, match=r"format|token"):
        rules(form=form)


def test_an_unusable_type_is_refused(rules: Rules) -> None:
    """A type that is no plain name is refused."""
    with pytest.raises(ValueError, match="must be a letter"):
        rules(Rule("names", "full name", keys=frozenset({"name"})))


def test_the_version_depends_on_the_rules_and_on_nothing_else(rules: Rules) -> None:
    """Equal rules give equal versions, whatever the order of sets; another rule gives another version."""
    names = Rule("names", "NAME", keys=frozenset({"first", "last"}))
    one, two = rules(names), rules(Rule("names", "NAME", keys=frozenset({"last", "first"})))
    assert one.version == two.version == Redactor(one).version
    assert len({one.version, rules().version, rules(form="<{type}>").version}) == 3
    assert rules().version == rules(types=frozenset(reversed(list(PiiType)))).version
    assert len(one.version) == 12


def test_a_user_pattern_is_replaced_in_values_keys_and_numbers(
    rules: Rules, redact_event: RedactEvent
) -> None:
    """A user's pattern applies wherever text can stand."""
    by = Redactor(rules(Rule("badge", "BADGE", r"77\d{3}")))
    event = '{"payload":{"id 77123":"see 77001, \\t77002","n":77999}}'
    redacted, findings = redact_event(event, by)
    assert redacted == '{"payload":{"id [BADGE]":"see [BADGE], \\t[BADGE]","n":"[BADGE]"}}'
    assert Finding("payload.id [BADGE]", "BADGE", 3, "badge") in findings


def test_an_anchored_user_pattern_is_found(rules: Rules, redact_event: RedactEvent) -> None:
    """Anchors mean the ends of the decoded value, not of the raw JSON."""
    by = Redactor(rules(Rule("employee", "EMPLOYEE", r"^E-\d+$")))
    assert redact_event('{"payload":["E-12","xE-12"]}', by)[0] == '{"payload":["[EMPLOYEE]","xE-12"]}'


def test_the_longest_match_names_an_overlap(rules: Rules, redactor: Redactor) -> None:
    """Where a user's pattern and a detector overlap everything goes, under the longer one's name."""
    by = Redactor(rules(Rule("user", "USER", r"user \S+")))
    assert by.redact("user bob@example.com!") == "[USER]"
    assert redactor.redact("user bob@example.com!") == "user [EMAIL]!"


def test_a_pattern_that_spans_a_token_leaves_the_token(rules: Rules) -> None:
    """What surrounds an existing token inside a match is replaced, the token stays, and it ends there."""
    by = Redactor(rules(Rule("line", "LINE", r"name: .*")))
    once = by.redact("name: [EMAIL] Bob")
    assert once == "[LINE][EMAIL][LINE]"
    assert by.redact(once) == once


def test_key_rules_replace_every_scalar_below_the_key(rules: Rules, redact_event: RedactEvent) -> None:
    """Under a named key, in any case and depth, strings and numbers go; structure and null stay."""
    by = Redactor(rules(Rule("names", "NAME", keys=frozenset({"full_name"}))))
    event = (
        '{"payload":[{"FULL_NAME":{"first":"Ann","age":1.0,"x":null}},'
        '{"args":"{\\"full_name\\": \\"Bo\\"}"}]}'
    )
    redacted, findings = redact_event(event, by)
    assert redacted == (
        '{"payload":[{"FULL_NAME":{"first":"[NAME]","age":"[NAME]","x":null}},'
        '{"args":"{\\"full_name\\": \\"[NAME]\\"}"}]}'
    )
    assert len(findings) == 3
    assert redact_event(redacted, by) == (redacted, ())


@pytest.mark.parametrize("key", ["agent_name", "Agent_Name", "nickname"])
def test_key_rules_apply_to_the_top_level(rules: Rules, redact_event: RedactEvent, key: str) -> None:
    """A known or unknown top-level field can be named by a key rule."""
    by = Redactor(rules(Rule("names", "NAME", keys=frozenset({key.lower()}))))
    assert redact_event(f'{{"{key}":"Bo"}}', by)[0] == f'{{"{key}":"[NAME]"}}'


def test_key_rules_never_reach_protected_fields(rules: Rules, redact_event: RedactEvent) -> None:
    """Ids and times stay even when a key rule names them."""
    by = Redactor(rules(Rule("ids", "ID", keys=frozenset({"trace_id"}))))
    assert redact_event('{"trace_id":"t","payload":{"trace_id":"t"}}', by)[0] == (
        '{"trace_id":"t","payload":{"trace_id":"[ID]"}}'
    )


def test_a_key_written_with_escapes_is_recognised(rules: Rules, redact_event: RedactEvent) -> None:
    """A key rule holds for every JSON spelling of the key."""
    by = Redactor(rules(Rule("names", "NAME", keys=frozenset({"name", "a/b"})), types=frozenset()))
    assert redact_event('{"payload":{"n\\u0061me":"Bo","a\\/b":"x"}}', by)[1]


def test_a_value_right_behind_a_token_without_brackets_is_found(
    rules: Rules, redact_event: RedactEvent
) -> None:
    """With a format that ends in a letter the gate still sees what follows a token."""
    by = Redactor(rules(form="{type}"))
    assert redact_event('{"name":"EMAIL342-31-8451"}', by)[0] == '{"name":"EMAILUS_SSN"}'


def test_disabled_rules_let_everything_pass(rules: Rules, redact_event: RedactEvent) -> None:
    """With enabled=False nothing is touched."""
    event = '{"name":"a@example.com"}'
    assert redact_event(event, Redactor(rules(enabled=False))) == (event, ())
