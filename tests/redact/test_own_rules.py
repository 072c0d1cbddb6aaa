"""The operator's own rules at work: places, allow lists, shadow mode, enforcement and the time limit."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from jamjet_proxy.model.method import Method
from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.model.span import Finding
from jamjet_proxy.redact import RedactionTimeout, Redactor, RuleSet
from jamjet_proxy.redact import scope as scope_module
from jamjet_proxy.redact.allow import Allow
from jamjet_proxy.redact.rules import Rule, Treatment, UnusableRules


def by(*rules: Rule, **settings: Any) -> Redactor:
    return Redactor(RuleSet(rules=rules, **settings), compiled=False, hash_key=b"k")


def event(redactor: Redactor, document: object) -> tuple[Any, tuple[Finding, ...]]:
    """Redact ``document`` as an event, and make sure that it comes out the same as an object."""
    fields = msgspec.json.decode(json.dumps(document), type=dict[str, msgspec.Raw])
    redacted, findings = redactor.redact_fields(fields)
    result = json.loads(msgspec.json.encode(redacted))
    assert redactor.redact_document(document) == result
    return result, findings


def test_a_path_rule_hides_what_stands_there() -> None:
    """The value at a selector goes as a whole, in nested documents too, and the same elsewhere stays."""
    redactor = by(Rule("content", "CONTENT", paths=("payload.messages[*].content", 'payload."a.b"')))
    document = {
        "payload": {
            "messages": [{"content": "x", "role": "user"}, {"content": [{"text": "y"}, 7, True, None]}],
            "content": "z",
            "a.b": "w",
        }
    }
    assert event(redactor, document)[0] == {
        "payload": {
            "messages": [
                {"content": "[CONTENT]", "role": "user"},
                {"content": [{"text": "[CONTENT]"}, "[CONTENT]", True, None]},
            ],
            "content": "z",
            "a.b": "[CONTENT]",
        }
    }
    nested = {"payload": json.dumps({"messages": [{"content": "x"}]})}
    assert json.loads(event(redactor, nested)[0]["payload"]) == {"messages": [{"content": "[CONTENT]"}]}


def test_a_pattern_with_places_applies_there_only() -> None:
    """A pattern together with paths or keys finds nothing anywhere else, nor in a text without a place."""
    redactor = by(
        Rule("ticket", "TICKET", r"T-\d+", paths=("payload.note",)),
        Rule("word", "WORD", "secretly", keys=frozenset({"innerThought"})),
    )
    document = {
        "payload": {"note": "T-1 secretly", "other": "T-2", "inner_thought": {"a": ["done secretly", "T-3"]}}
    }
    assert event(redactor, document)[0] == {
        "payload": {
            "note": "[TICKET] secretly",
            "other": "T-2",
            "inner_thought": {"a": ["done [WORD]", "T-3"]},
        }
    }
    assert redactor.redact("T-1 secretly") == "T-1 secretly"


@pytest.mark.parametrize("key", ["user_password", "userPassword", "USER-PASSWORD", "user password"])
def test_a_key_rule_knows_all_spellings_of_its_key(key: str) -> None:
    """Case, separators and humps make no difference, in plain and in nested documents."""
    redactor = by(Rule("password", "PASSWORD", keys=frozenset({"user_password"})), types=frozenset())
    assert event(redactor, {"payload": {key: "x"}})[0] == {"payload": {key: "[PASSWORD]"}}
    assert event(redactor, {key: ["x"]})[0] == {key: ["[PASSWORD]"]}
    nested = event(redactor, {"payload": json.dumps({key: "x"})})[0]
    assert json.loads(nested["payload"]) == {key: "[PASSWORD]"}


def test_findings_name_the_rule() -> None:
    """A finding says by which rule: the operator's, or the built-in type in lower case."""
    redactor = by(Rule("the ticket", "TICKET", r"T-\d+"))
    assert set(event(redactor, {"payload": {"note": "T-1 a@example.com T-2"}})[1]) == {
        Finding("payload.note", "TICKET", 2, "the ticket"),
        Finding("payload.note", "EMAIL", 1, "email"),
    }


def test_two_keys_that_are_redacted_alike_both_stay() -> None:
    """No entry of an object gets lost, at the top and below it."""
    redactor = by()
    assert event(redactor, {"payload": {"a@x.com": 1, "b@x.com": 2}})[0] == {
        "payload": {"[EMAIL]": 1, "[EMAIL]_2": 2}
    }
    assert event(redactor, {"a@x.com": 1, "b@x.com": 2})[0] == {"[EMAIL]": 1, "[EMAIL]_2": 2}


@pytest.mark.parametrize(
    ("entry", "text", "redacted"),
    [
        (Allow(exact=("a@x.com",)), "a@x.com b@x.com aa@x.com", "a@x.com [EMAIL] [EMAIL]"),
        (Allow(domain=("Example.com",)), "a@example.com a@b.Example.COM", "a@example.com a@b.Example.COM"),
        (Allow(domain=("example.com",)), "a@notexample.com a@example.com.evil.org", "[EMAIL] [EMAIL]"),
        (Allow(domain=("*.example.com",)), "a%40example.com", "a%40example.com"),
        (
            Allow(cidr=("10.0.0.0/8", "2001:db8::/32")),
            "10.1.2.3 11.1.2.3 2001:db8::1",
            "10.1.2.3 [IP] 2001:db8::1",
        ),
        (Allow(cidr=("10.0.0.0/8",)), "::ffff:10.0.0.1", "::ffff:10.0.0.1"),
        (Allow(regex=("[ab]@x.com",)), "a@x.com b@x.com ab@x.com", "a@x.com b@x.com [EMAIL]"),
        (
            Allow(types=frozenset({"PHONE"}), regex=(".*",)),
            "a@x.com +1 415 600 8119",
            "[EMAIL] +1 415 600 8119",
        ),
        (Allow(domain=("x.com",)), "4155551234@x.com", "4155551234@x.com"),
    ],
)
def test_what_is_allowed_stays(entry: Allow, text: str, redacted: str) -> None:
    """A value on an allow list stays when it matches as a whole; one that is allowed in part goes."""
    redactor = by(allow=(entry,))
    assert redactor.redact(text) == redacted
    assert redactor.redact(redacted) == redacted


def test_a_rules_allow_list_is_its_own() -> None:
    """What one rule leaves alone, another one and the built-in types still find."""
    redactor = by(
        Rule("ticket", "TICKET", r"T-\d+", allow=(Allow(exact=("T-1",)),)),
        Rule("user", "USER", r"\S+@x\.com", allow=(Allow(regex=(".*",)),)),
        Rule("pin", "PIN", keys=frozenset({"pin"}), allow=(Allow(exact=("0000",)),)),
    )
    assert redactor.redact("T-1 T-2 a@x.com") == "T-1 [TICKET] [EMAIL]"
    assert redactor.redact_document({"pin": ["0000", "1234", "a@y.com"]}) == {
        "pin": ["0000", "[PIN]", "[PIN]"]
    }


def test_a_larger_value_around_an_allowed_one_goes() -> None:
    """That a part of it is allowed does not save a value."""
    redactor = by(
        Rule("user", "USER", r"user \S+"), allow=(Allow(types=frozenset({"EMAIL"}), exact=("a@x.com",)),)
    )
    assert redactor.redact("user a@x.com and a@x.com") == "[USER] and a@x.com"


def test_shadow_rules_count_and_change_nothing() -> None:
    """What a shadow rule would take is told as such, and others find what they find without it."""
    watch = (
        Rule("names", "NAME", r"\b[A-Z][a-z]+ a\S+", shadow=True),
        Rule("keys", "KEY", keys=frozenset({"to"}), shadow=True),
        Rule("drop", "DROP", "Anna", shadow=True, method=Method.DROP_EVENT),
    )
    document = {"payload": {"to": "Anna anna@x.com", "n": 1}}
    redacted, findings = event(by(*watch), document)
    assert redacted == by().redact_document(document) == {"payload": {"to": "Anna [EMAIL]", "n": 1}}
    assert set(findings) == {
        Finding("payload.to", "NAME", 1, "names", shadow=True),
        Finding("payload.to", "KEY", 1, "keys", shadow=True),
        Finding("payload.to", "DROP", 1, "drop", shadow=True),
        Finding("payload.to", "EMAIL", 1, "email"),
    }


def test_an_event_with_shadow_findings_alone_is_the_same_object() -> None:
    """Counting makes no copy."""
    fields = {"payload": msgspec.Raw(b'"Anna"')}
    redactor = by(Rule("names", "NAME", "Anna", shadow=True))
    redacted, findings = redactor.redact_fields(fields)
    assert redacted is fields
    assert findings == (Finding("payload", "NAME", 1, "names", shadow=True),)
    document = {"a": ["Anna"]}
    assert redactor.redact_document(document) is document


def test_a_rule_that_hides_more_prevails_over_an_equal_one() -> None:
    """Of two rules for the same value, the one that hides more decides; else the operator's."""
    partly = Rule("mail", "MAIL", r"\S+@\S+", method=Method.PARTIAL)
    assert by(partly).redact("bob@example.com") == "[EMAIL]"
    assert by(Rule("mail", "MAIL", r"\S+@\S+")).redact("bob@example.com") == "[MAIL]"
    softer = by(partly, methods=((PiiType.EMAIL, Treatment(Method.PARTIAL)),))
    assert softer.redact("bob@example.com") == "***@*******.com".replace("*.com", "e.com")


def test_no_rule_softens_what_is_enforced() -> None:
    """Neither a longer match nor a rule for the whole value shows a part of an enforced one."""
    soft = Rule("line", "LINE", r"pay .*", method=Method.PARTIAL)
    whole = Rule("note", "NOTE", keys=frozenset({"note"}), method=Method.PARTIAL)
    enforced = by(soft, whole, enforced=frozenset({PiiType.US_SSN}))
    assert enforced.redact("pay with 342-31-8451") == "[US_SSN]"
    assert "8451" not in str(enforced.redact_document({"note": "number 342-31-8451"}))
    assert by(soft).redact("pay with 342-31-8451") == "*** **** ***-**-8451"


def test_a_method_belongs_to_a_rule_or_to_its_type() -> None:
    """A rule for a built-in type is treated like it, unless it says otherwise."""
    methods = ((PiiType.PHONE, Treatment(Method.MASK)),)
    assert by(Rule("ext", "PHONE", r"ext\d+"), methods=methods).redact("ext123") == "******"
    own = Rule("ext", "PHONE", r"ext\d+", method=Method.REPLACE, format="<{type}>")
    assert by(own, methods=methods).redact("ext123") == "<PHONE>"


def test_redaction_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its time limit an event is refused, whether as fields, object or text."""
    clock = iter(range(10_000))
    monkeypatch.setattr(scope_module, "monotonic", lambda: next(clock))
    redactor = by(time_limit_ms=1_500)
    document = {"payload": [f"a{number}@x.com" for number in range(5)]}
    fields = msgspec.json.decode(json.dumps(document), type=dict[str, msgspec.Raw])
    with pytest.raises(RedactionTimeout, match=r"longer than 1\.5 s") as timeout:
        redactor.redact_fields(fields)
    assert "x.com" not in str(timeout.value)
    for act in (redactor.redact_document, redactor.explain_document):
        with pytest.raises(RedactionTimeout):
            act(document)


def test_all_mistakes_of_a_rule_set_are_told_at_once() -> None:
    """Every part that can't work is named with its place."""
    with pytest.raises(UnusableRules) as refused:
        by(
            Rule("a", "A", "(a+)+", paths=("x", "y..z"), allow=(Allow(regex=("(",)),)),
            Rule("a", "A", keys=frozenset({"-"}), format="{n}{type}"),
            Rule("c", "C"),
            format="{type}{n}",
            methods=((PiiType.IP, Treatment(Method.REPLACE, "{typ} {type}")),),
            allow=(Allow(types=frozenset({"EMIAL"}), cidr=("10.0.0.1/8", "x"), domain=("a b",)),),
            time_limit_ms=0,
        )
    assert [at for at, _ in refused.value.mistakes] == [
        ("format",),
        ("methods", "ip", "format"),
        ("rules", 1, "format"),
        ("time_limit_ms",),
        ("allow", 0, "types"),
        ("allow", 0, "domain", 0),
        ("allow", 0, "cidr", 0),
        ("allow", 0, "cidr", 1),
        ("rules", 0, "pattern"),
        ("rules", 0, "paths", 1),
        ("rules", 0, "allow", 0, "regex", 0),
        ("rules", 1, "name"),
        ("rules", 1, "keys"),
        ("rules", 2),
    ]
    told = str(refused.value)
    assert "unknown type 'emial'; did you mean 'email'?" in told
    assert "did you mean 10.0.0.0/8?" in told
    assert "unknown placeholder {typ}" in told
    assert "the path 'y..z' of rule 'a' can't be read: at character 3:" in told
    assert "there are two rules called 'a'; rename one" in told


def test_everything_that_matters_is_in_the_version() -> None:
    """Whatever changes what comes out changes the version."""
    rule = {"name": "a", "type": "A", "pattern": "x"}
    variants: list[RuleSet] = [
        RuleSet(),
        RuleSet(time_limit_ms=5),
        RuleSet(methods=((PiiType.IP, Treatment(Method.MASK)),)),
        RuleSet(methods=((PiiType.IP, Treatment(Method.REPLACE, "<{type}>")),)),
        RuleSet(allow=(Allow(exact=("x",)),)),
        RuleSet(allow=(Allow(domain=("x",)),)),
        RuleSet(enforced=frozenset({PiiType.IP})),
        *(
            RuleSet(rules=(Rule(**rule, **more),))  # type: ignore[arg-type]
            for more in (
                {},
                {"keys": frozenset({"k"})},
                {"paths": ("k",)},
                {"method": Method.HASH},
                {"format": "<{type}>"},
                {"shadow": True},
                {"enforced": True},
                {"allow": (Allow(exact=("x",)),)},
            )
        ),
    ]
    assert len({rules.version for rules in variants}) == len(variants)
