"""What redaction does to a text, told value by value."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jamjet_proxy.model.method import Method
from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.redact import Explained, Redactor, RuleSet
from jamjet_proxy.redact.rules import Rule, Treatment

PIECES = [
    "a@x.com",
    "10.2.3.4",
    "phone ",
    "342-31-8451",
    "+1 415 600 8119",
    "B-1234",
    "B-",
    "1234",
    " ",
    "é",
    "[EMAIL]",
    "name: ",
]
TEXT = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


def test_every_value_is_told_with_its_place_in_the_original() -> None:
    """Offsets count characters of the text that came in."""
    by = Redactor(
        RuleSet(
            rules=(Rule("the badge", "BADGE", r"B-\d+"), Rule("watch", "W", "é.", shadow=True)),
            methods=((PiiType.EMAIL, Treatment(Method.PARTIAL)),),
        )
    )
    explanation = by.explain("é bob@example.com B-12 10.2.3.4")
    assert explanation.redacted == "é b***@example.com [BADGE] [IP]"
    assert not explanation.dropped
    assert explanation.spans == [
        Explained(0, 2, "W", "watch", "replace", "", shadow=True),
        Explained(2, 17, "EMAIL", "email", "partial", "b***@example.com", shadow=False),
        Explained(18, 22, "BADGE", "the badge", "replace", "[BADGE]", shadow=False),
        Explained(23, 31, "IP", "ip", "replace", "[IP]", shadow=False),
    ]


def test_a_dropped_event_is_told_as_such() -> None:
    """Of what would be dropped the places are told, and nothing is shown."""
    by = Redactor(RuleSet(rules=(Rule("x", "X", "xyz", method=Method.DROP_EVENT),)))
    assert by.explain("a xyz").dropped
    assert by.explain("a xyz").redacted == ""
    assert by.explain("xyz a@x.com").spans == [
        Explained(0, 3, "X", "x", "drop_event", "", shadow=False),
        Explained(4, 11, "EMAIL", "email", "replace", "", shadow=False),
    ]
    assert by.explain_document({"a": "xyz", "b": 1}) == (None, [], True)
    assert not by.explain("a xy").dropped


RULES = (
    Rule("badge", "BADGE", r"\bB-\d+"),
    Rule("name", "NAME", r"name: .*"),
)


@pytest.mark.parametrize("method", [Method.REPLACE, Method.REMOVE, Method.MASK, Method.PARTIAL])
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=TEXT)
def test_putting_the_replacements_in_gives_the_outcome(method: Method, text: str) -> None:
    """The spans say all that happens, in whatever round it came to light."""
    methods = tuple((kind, Treatment(method)) for kind in PiiType)
    explanation = Redactor(RuleSet(rules=RULES, methods=methods)).explain(text)
    assert explanation.redacted == Redactor(RuleSet(rules=RULES, methods=methods)).redact(text)
    done = 0
    pieces: list[str] = []
    for span in explanation.spans:
        assert span.start >= done
        pieces += (text[done : span.start], span.replacement)
        done = span.end
    assert "".join(pieces) + text[done:] == explanation.redacted
