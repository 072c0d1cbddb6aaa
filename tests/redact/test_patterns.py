"""Expressions of the operator's own: which are refused, and how, and that many are no slower than few."""

from __future__ import annotations

import pytest

from jamjet_proxy.redact.patterns import PatternSet, check_pattern, without_anchors


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a*)*b",
        "(a|aa)+",
        "(.*)*x",
        "(a|a)*b",
        r"(\w+\s?)+",
        r"(\d+-?)+$",
        r"^(([a-z])+.)+[A-Z]([a-z])+$",
        "(a{1,5})+",
        r"(?:\w|\d)+x",
        "(x+x+)+y",
        "(?:(?:a+)b?)+",
        "(?i)(a|A)+",
        "((ab)+)+",
        "(.*a){12,}",
        r"(?s)(?:.|\n)+x",
        "(a|ab|b)+",
        r"(?:[[:alpha:]]|\pL)+\d",
        r"(\Qa.b\E|a\.b)+",
        r"([^\d]|\D)+9",
        r"(\x41|A)+b",
        r"([a-f]|[e-k])+x",
    ],
)
def test_ambiguous_repeats_are_refused_with_a_hint(pattern: str) -> None:
    """An expression that can read one text in exponentially many ways is refused, and the way out is told."""
    with pytest.raises(ValueError, match=r"repeats what is repeated already.*repeat once"):
        check_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(\w+\.)+\w+",
        r"(?:[A-Z]{2}-)+\d+",
        r"EMP-\d{6}",
        r'"(?:[^"\\]|\\.)*"',
        r"\b(?:\d[ -]*?){13,16}\b",
        r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
        r"(?:/[a-z0-9_-]+)+",
        r"(?:.|\n)+x",
        "(?i)(?:foo|bar)+",
        r"\w+(?:\s\w+)*",
        "(?:[0-9a-f]{2}:){5}[0-9a-f]{2}",
        "(?:[a-z]+=[^;]*;)+",
        r"[[:^digit:]]\d+",
        r"\p{Greek}+\d\PL",
        r"(\d{3})+x",
        "(?P<name>ab)+",
        "(?:a+b+)+",
        ".*foo.*bar",
        r"(?:[a-z0-9]{1,63}\.){1,8}[a-z]{2,}",
        "(?:é|è)+",
        r"(?:\n|\t|\x{e9})+y",
        "[]a]+b",
    ],
)
def test_honest_repeats_are_taken(pattern: str) -> None:
    """An expression whose repeats are kept apart by something is no problem."""
    check_pattern(pattern)


def test_a_long_choice_is_checked_at_once() -> None:
    """The check takes no time worth mentioning, however long the expression."""
    check_pattern("(?:" + "|".join(f"word{number}[a-z]x" for number in range(200)) + ")+")


@pytest.mark.parametrize(
    ("pattern", "freed"),
    [
        ("^a$", "a"),
        (r"\Aa\z", "a"),
        (r"[^a]\^\$[$^]", r"[^a]\^\$[$^]"),
        (r"[[:^alpha:]^]$x\b", r"[[:^alpha:]^]x\b"),
        (r"\p{^L}^x", r"\p{^L}x"),
        ("[]^]$", "[]^]"),
        ("(^|x)y", "(|x)y"),
        (r"\Qa^\E", None),
        ("(?:^)*a", "(?:)*a"),
    ],
)
def test_anchors_are_dropped_and_nothing_else(pattern: str, freed: str | None) -> None:
    """What is left finds at least what the expression finds, wherever its text ends."""
    assert without_anchors(pattern) == freed


def test_a_set_names_the_patterns_that_may_match() -> None:
    """Of several patterns those that match are named, in text and in UTF-8 alike."""
    patterns = PatternSet(["a+b", "é", r"\d{3}"])
    assert sorted(patterns.hits("xé 123")) == [1, 2]
    assert sorted(patterns.hits(b"aab")) == [0]
    assert list(patterns.hits("nothing")) == list(patterns.hits("\x00\x01\x00")) == []


def test_a_set_of_heavy_patterns_misses_nothing() -> None:
    """However much memory the patterns need together, none that matches is left out."""
    heavy = [rf"[\pL\pN]{{200,400}}x{number}" for number in range(40)]
    patterns = PatternSet([*heavy, "needle"])
    assert 40 in patterns.hits("hay " * 100 + "needle")
