"""What projects may change about redaction, and what is enforced on them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jamjet_proxy.config import AllowConfig, Config, MethodConfig, RedactionConfig, effective_redaction
from jamjet_proxy.model.method import Method
from jamjet_proxy.model.pii import PiiType

Load = Callable[..., Config]


def effective(load_text: Load, base: str, own: str) -> RedactionConfig:
    return effective_redaction(load_text(f"redaction: {base}\nprojects: {{p: {{redaction: {own}}}}}\n"), "p")


@pytest.mark.parametrize("own", ["{enabled: false}", "{types: []}", "{types: [], enabled: true}"])
def test_enforced_types_are_looked_for_whatever_the_project_says(load_text: Load, own: str) -> None:
    """Neither switching redaction off nor leaving a type out reaches an enforced type."""
    settings = effective(load_text, "{enforced: [ssn, credit card]}", own)
    assert settings.enabled
    assert set(settings.types) == {PiiType.US_SSN, PiiType.CREDIT_CARD}


def test_disabling_leaves_nothing_when_nothing_is_enforced(load_text: Load) -> None:
    """Without enforcement a project may switch redaction off."""
    assert not effective(load_text, "{rules: [{name: a, keys: [x]}]}", "{enabled: false}").enabled


def test_enforced_rules_stay_when_the_project_disables_redaction(load_text: Load) -> None:
    """Of the rules, those that are enforced stay, and no type does."""
    base = "{rules: [{name: a, keys: [x], enforced: true}, {name: b, keys: [y]}]}"
    settings = effective(load_text, base, "{enabled: false}")
    assert (settings.enabled, settings.types) == (True, ())
    assert [rule.name for rule in settings.rules] == ["a"]


def test_a_project_cannot_soften_an_enforced_type(load_text: Load) -> None:
    """The method of an enforced type stays, also when it is the default; others may change."""
    settings = effective(
        load_text,
        "{enforced: [ssn, email], methods: {ssn: hash}}",
        "{methods: {us_ssn: partial, email: partial, phone: partial}}",
    )
    assert settings.methods == {
        PiiType.US_SSN: MethodConfig(method=Method.HASH),
        PiiType.PHONE: MethodConfig(method=Method.PARTIAL),
    }


def test_a_project_cannot_allow_what_is_enforced(load_text: Load) -> None:
    """The project's allow lists concern neither enforced types nor the types of enforced rules."""
    base = (
        "{enforced: [ssn], allow: [{exact: [x]}], rules: [{name: a, type: A, keys: [k], enforced: true},"
        " {name: b, type: B, keys: [l]}]}"
    )
    own = (
        "{allow: [{regex: ['.*']}, {types: [ssn, a], exact: [y]}, {types: [email, ssn], domain: [x.com]}],"
        " rules: [{name: c, type: C, keys: [m]}]}"
    )
    everything, narrowed, addresses = effective(load_text, base, own).allow
    assert everything == AllowConfig(exact=("x",))
    assert set(narrowed.types or ()) == {*map(str, PiiType), "B", "C"} - {"US_SSN"}
    assert addresses.types == ("EMAIL",)


def test_enforcing_everything_leaves_a_project_only_more(load_text: Load) -> None:
    """A project may add to a section that is enforced as a whole, and change nothing of it."""
    settings = effective(
        load_text,
        "{enforced: true, types: [ip], rules: [{name: a, keys: [x]}]}",
        "{enabled: false, format: '<{type}>', types: [email], methods: {ip: partial},"
        " allow: [{types: [ip], exact: [x]}], rules: [{name: b, keys: [y]}]}",
    )
    assert (settings.enabled, settings.types, settings.allow) == (True, (PiiType.IP,), ())
    assert [rule.enforced for rule in settings.rules] == [True]
    more = effective(load_text, "{enforced: true, types: [ip]}", "{types: [email], format: '<{type}>'}")
    assert (more.types, more.format) == ((PiiType.IP, PiiType.EMAIL), "[{type}]")


def test_a_base_that_is_off_enforces_nothing(load_text: Load) -> None:
    """A project may switch on what is off for the others."""
    assert effective(load_text, "{enabled: false}", "{enabled: true}").types == tuple(PiiType)


def test_types_have_all_their_names_everywhere(load_text: Load) -> None:
    """Documented aliases are taken in types, methods, enforced and allow lists alike."""
    config = load_text(
        "redaction: {types: [Email_Address, 'US SSN', api-key], enforced: [EMAIL],"
        " methods: {emailAddress: mask},"
        " allow: [{types: [ssn, ticket], exact: [x]}]}"
    ).redaction
    assert config.types == (PiiType.EMAIL, PiiType.US_SSN, PiiType.SECRET)
    assert config.enforced == (PiiType.EMAIL,)
    assert config.methods == {PiiType.EMAIL: MethodConfig(method=Method.MASK)}
    assert config.allow[0].types == ("US_SSN", "TICKET")
