"""From settings to redactors."""

from __future__ import annotations

import msgspec
from support.stores import make_project

from jamjet_proxy.config import Config
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
