"""From settings to redactors."""

from __future__ import annotations

import msgspec
import pytest
from support.stores import make_project

from jamjet_proxy.config import Config
from jamjet_proxy.config.document import read_yaml
from jamjet_proxy.services import check_rules
from jamjet_proxy.services.redactors import Redactors


def config(**sections: object) -> Config:
    return Config.model_validate(sections)


def test_projects_without_settings_share_one() -> None:
    """A project that isn't configured gets the base rules."""
    redactors = Redactors(config(projects={"own": {"redaction": {"enabled": False}}}))
    assert redactors.of(make_project("a")) is redactors.of(make_project("b"))
    fields = {"name": msgspec.Raw(b'"a@example.com"')}
    assert bytes(redactors.of(make_project("a")).redact_fields(fields)[0]["name"]) == b'"[EMAIL]"'
    assert redactors.of(make_project("own")).redact_fields(fields) == (fields, ())


def test_a_projects_rules_are_added_to_the_base() -> None:
    """A project's own rules come on top of everybody's, and its format replaces the base's."""
    redactors = Redactors(
        config(
            redaction={"rules": [{"name": "ticket", "pattern": "T-[0-9]+"}]},
            projects={
                "own": {
                    "redaction": {"format": "<{type}>", "rules": [{"name": "badge", "pattern": "B-[0-9]+"}]}
                }
            },
        )
    )
    assert redactors.of(make_project("own")).redact("T-1 B-1") == "<TICKET> <BADGE>"
    assert redactors.of(make_project("other")).redact("T-1 B-1") == "[TICKET] B-1"


def test_rules_have_versions() -> None:
    """Other rules are another version, equal rules the same."""
    one, same = Redactors(config()), Redactors(config())
    other = Redactors(config(redaction={"types": ["email"]}))
    project = make_project()
    assert one.of(project).version == same.of(project).version != other.of(project).version


def test_every_unusable_rule_is_found_with_its_place() -> None:
    """All rules that can't be used are reported at once, each by where it stands."""
    broken = config(
        redaction={"rules": [{"name": "a", "pattern": "("}, {"name": "b", "pattern": "x"}]},
        projects={"own": {"redaction": {"rules": [{"name": "c", "pattern": "[z-a]"}]}}},
    )
    assert [place for place, _ in check_rules(broken)] == [
        ("redaction", "rules", 0, "pattern"),
        ("projects", "own", "redaction", "rules", 0, "pattern"),
    ]


def test_usable_rules_are_no_problem() -> None:
    """A sound configuration has nothing to report."""
    assert list(check_rules(config(redaction={"rules": [{"name": "a", "keys": ["Password"]}]}))) == []


def test_unusable_format_is_found_once() -> None:
    """A format that would break the stored JSON is reported at its place, not once for every rule."""
    broken = config(redaction={"format": '"{type}"', "rules": [{"name": "a", "pattern": "x"}]})
    assert [place for place, _ in check_rules(broken)] == [("redaction", "format")]


EXAMPLES = """
redaction:
  rules:
    - name: badge
      pattern: 'B-[0-9]+'
      examples:
        - {text: B-12 here, expect: "[BADGE] here"}
        - {text: B-12 here, expect: B-12 here}
        - text: bob@example.com
          expect: nobody
    - name: secret project
      pattern: (?i)project x
      method: drop_event
      examples:
        - text: about Project X
        - text: about project y
    - name: note
      paths: [payload.note]
      method: hash
      examples:
        - text: '{"payload": {"note": "x"}, "name": "y"}'
          expect: '{"name": "y", "payload": {"note": "[NOTE:0123456789abcdef]"}}'
        - {text: "x", expect: "x"}
        - {text: '{"payload": {"note": "project x"}}'}
projects:
  own:
    redaction:
      format: "<{type}>"
      types: []
      rules:
        - name: ticket
          pattern: 'T-[0-9]+'
          examples:
            - {text: T-1 B-1 a@example.com, expect: "<TICKET> <BADGE> a@example.com"}
            - {text: T-1, expect: "[TICKET]"}
  off:
    redaction:
      enabled: false
      rules: [{name: c, pattern: c, examples: [{text: c, expect: never looked at}]}]
"""


def loaded(text: str) -> Config:
    return Config.model_validate(read_yaml(text, "test").value)


def test_examples_are_run_against_the_rules_in_force() -> None:
    """An example that comes out otherwise than it says is a problem with its place and both outcomes."""
    problems = list(check_rules(loaded(EXAMPLES)))
    rules = ("redaction", "rules")
    own = ("projects", "own", "redaction", "rules")
    assert problems == [
        (
            (*rules, 0, "examples", 1),
            "example 2 of rule 'badge' comes out as '[BADGE] here', expected is 'B-12 here'",
        ),
        (
            (*rules, 0, "examples", 2),
            "example 3 of rule 'badge' comes out as '[EMAIL]', expected is 'nobody'",
        ),
        (
            (*rules, 1, "examples", 1),
            "example 2 of rule 'secret project' comes out as 'about project y',"
            " expected is (the event is dropped)",
        ),
        (
            (*rules, 2, "examples", 2),
            'example 3 of rule \'note\' comes out as \'{"payload":{"note":"[NOTE:{hash}]"}}\','
            " expected is (the event is dropped)",
        ),
        (
            (*own, 0, "examples", 1),
            "example 2 of rule 'ticket' comes out as '<TICKET>', expected is '[TICKET]'",
        ),
    ]


def test_examples_wait_until_the_rules_work() -> None:
    """While a rule can't be used, its section's examples are not run."""
    broken = loaded(EXAMPLES.replace("B-[0-9]+", "(?=B)"))
    assert [place[:2] for place, _ in check_rules(broken)] == [("redaction", "rules")]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (
            "redaction: {rules: [{name: a, keys: [x]}, {name: a, keys: [y]}]}",
            [("redaction", "rules", 1, "name")],
        ),
        (
            "{redaction: {rules: [{name: a, keys: [x]}]},"
            " projects: {p: {redaction: {rules: [{name: b, keys: [x]}, {name: a, keys: [x]}]}}}}",
            [("projects", "p", "redaction", "rules", 1, "name")],
        ),
        (
            "{redaction: {allow: [{exact: [x]}, {types: [emial], exact: [x]}]},"
            " projects: {p: {redaction: {allow: [{cidr: [10.0.0.0/8, 10.0.0.1/8]}]}}}}",
            [("redaction", "allow", 1, "types"), ("projects", "p", "redaction", "allow", 0, "cidr", 1)],
        ),
        (
            "{redaction: {rules: [{name: a, type: A, keys: [x]}]},"
            " projects: {p: {redaction: {allow: [{types: [a], exact: [x]}]}}}}",
            [],
        ),
        (
            "redaction: {methods: {email: {format: '{type}@x.com'}}}",
            [("redaction", "methods", "email", "format")],
        ),
        ("redaction: {rules: [{name: a, paths: [x, 'y[']}]}", [("redaction", "rules", 0, "paths", 1)]),
        ("redaction: {enforced: [ip, email], types: [ip]}", [("redaction", "enforced", 1)]),
        ("redaction: {enabled: false, enforced: true}", [("redaction", "enforced")]),
        (
            "redaction: {format: '{type}{n}'}\nprojects: {p: {redaction: {types: []}}}",
            [("redaction", "format")],
        ),
        (
            "projects: {p: {redaction: {format: '{type} {x}'}}}",
            [("projects", "p", "redaction", "format")],
        ),
    ],
)
def test_mistakes_are_found_where_they_stand(text: str, places: list[tuple[str | int, ...]]) -> None:
    """Every mistake is told once, at its own place, in the base or in the project."""
    assert [place for place, _ in check_rules(loaded(text))] == places


def test_what_is_enforced_acts_in_a_project_that_disables_redaction() -> None:
    """Enforced types and rules are redacted whatever the project says, and nothing else is."""
    redactors = Redactors(
        loaded(
            "redaction: {enforced: [ssn], rules: [{name: badge, pattern: 'B-[0-9]+', enforced: true}]}\n"
            "projects:\n"
            "  off: {redaction: {enabled: false}}\n"
            "  soft: {redaction: {methods: {ssn: partial}, allow: [{regex: ['.*']}]}}\n"
        )
    )
    assert redactors.named("off").redact("a@x.com 342-31-8451 B-1") == "a@x.com [US_SSN] [BADGE]"
    assert redactors.named("soft").redact("a@x.com 342-31-8451 B-1") == "a@x.com [US_SSN] [BADGE]"
    assert redactors.named(None) is redactors.named("other") is redactors.base


def test_hashes_are_those_of_the_installation() -> None:
    """The same key gives the same hashes, another one others."""
    settings = config(redaction={"methods": {"email": "hash"}})
    one, same, other = (Redactors(settings, key).base.redact("a@x.com") for key in (b"a", b"a", b"b"))
    assert one == same != other
