"""Redactors and events for the tests of redaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.model.span import Finding
from jamjet_proxy.redact.redactor import Redactor
from jamjet_proxy.redact.rules import Rule, RuleSet

Rules = Callable[..., RuleSet]
RedactEvent = Callable[..., tuple[str, tuple[Finding, ...]]]


@pytest.fixture(scope="session")
def rules() -> Rules:
    """A maker of rule sets; everything built in is on unless said otherwise."""

    def make(
        *rules: Rule,
        types: frozenset[PiiType] = frozenset(PiiType),
        form: str = "[{type}]",
        enabled: bool = True,
        **others: Any,
    ) -> RuleSet:
        return RuleSet(enabled, form, types, rules, **others)

    return make


@pytest.fixture(scope="session", params=[True, False], ids=["compiled", "python"])
def redactor(rules: Rules, request: pytest.FixtureRequest) -> Redactor:
    """All built-in detectors with the default format, by either engine."""
    return Redactor(rules(), compiled=request.param)


@pytest.fixture(scope="session")
def redact_event(redactor: Redactor) -> RedactEvent:
    """Redacts the JSON text of an event; returns the JSON text and the findings."""
    decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])

    def run(event: str, by: Redactor = redactor) -> tuple[str, tuple[Finding, ...]]:
        fields, findings = by.redact_fields(decoder.decode(event))
        return msgspec.json.encode(fields).decode(), findings

    return run
