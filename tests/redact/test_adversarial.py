"""Inputs made to be slow: they finish, and what is in them is still found."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from jamjet_proxy.model.span import Finding
from jamjet_proxy.redact.redactor import Redactor

RedactEvent = Callable[..., tuple[str, tuple[Finding, ...]]]
UNITS = [
    "A",
    "deadbeef0123",
    "1.",
    "1.1.1.1 ",
    "::",
    "1:",
    "4",
    "4 ",
    "x@a.a.a.",
    "%40",
    "%40%40",
    "\\",
    "\\u0040",
    "\\n",
    "&#64;",
    "+1",
    "(",
    "@",
    "é@",
    "DE89 ",
    "[EMAIL]",
    "4111-",
    "\u200b",
    '{"a":',
    "phone (1)",
]


@pytest.mark.parametrize("unit", UNITS)
def test_a_long_monotonous_text_is_finished_and_searched(redactor: Redactor, unit: str) -> None:
    """80 KB of one thing do not keep the values behind them from being found."""
    text = unit * (80_000 // len(unit)) + "\n, bob@example.com\n"
    redacted = redactor.redact(text)
    assert redacted.endswith("[EMAIL]\n")
    assert redactor.redact(redacted) == redacted


def test_deep_nesting_is_walked(redact_event: RedactEvent) -> None:
    """Arrays within arrays are no problem for the walk, which does not recurse."""
    event = '{"payload":' + "[" * 500 + '"a@example.com"' + "]" * 500 + "}"
    assert redact_event(event)[0] == event.replace("a@example.com", "[EMAIL]")


def test_documents_nested_beyond_the_limit_are_searched_as_text(redact_event: RedactEvent) -> None:
    """Below eight documents within documents the value is still found."""
    value = "a@example.com"
    for _ in range(10):
        value = json.dumps([value])
    assert "example" not in redact_event(json.dumps({"payload": value}))[0]
