"""Path selectors: what they select, and how a mistake in one is told."""

from __future__ import annotations

import pytest

from jamjet_proxy.redact.paths import Limits, PlaceMap, SelectorError, Step, parse_selector, plain_key


def selects(selector: str, *steps: Step) -> bool:
    places = PlaceMap([Limits("rule", frozenset(), (parse_selector(selector),))])
    return "rule" in places.of(steps).labels


@pytest.mark.parametrize(
    ("selector", "steps"),
    [
        ("payload", ("payload",)),
        ("payload", ("payload", "anything", 3, "below")),
        ("payload.messages[*].content", ("payload", "messages", 7, "content")),
        ("payload.messages[*].content", ("payload", "messages", 0, "content", 1, "text")),
        ("payload.*.id", ("payload", "user", "id")),
        ("payload.**.id", ("payload", "id")),
        ("payload.**.id", ("payload", "a", 1, "b", "id")),
        ("**.id", ("id",)),
        ("**.id", ("a", "id", "b", "id")),
        ("payload.**", ("payload",)),
        ("**", ("anything",)),
        ("payload.list[2]", ("payload", "list", 2)),
        ('attributes."gen_ai.prompt"', ("attributes", "gen_ai.prompt")),
        ('"a \\"b\\" \\\\".c', ('a "b" \\', "c")),
        ("a.**.b.**.c", ("a", "x", "b", "y", "z", "c")),
        ("[*].x", (3, "x")),
        ("größe", ("größe",)),
    ],
)
def test_a_selector_selects_a_place_and_what_is_below(selector: str, steps: tuple[Step, ...]) -> None:
    """Keys, wildcards and places of arrays lead to a place, and everything below it is meant too."""
    assert selects(selector, *steps)


@pytest.mark.parametrize(
    ("selector", "steps"),
    [
        ("payload", ("Payload",)),
        ("payload.messages[*].content", ("payload", "messages", "content")),
        ("payload.messages[*].content", ("payload", "messages", 7)),
        ("payload.*.id", ("payload", "id")),
        ("payload.*.id", ("payload", 1, "id")),
        ("payload.*.id", ("payload", "a", "b", "id")),
        ("payload.list[2]", ("payload", "list", 3)),
        ("attributes.gen_ai", ("attributes", "gen_ai.prompt")),
        ('attributes."gen_ai.prompt"', ("attributes", "gen_ai", "prompt")),
        ("**.a.b", ("a", "x", "b")),
        ("[*]", ("x",)),
    ],
)
def test_a_selector_selects_nothing_else(selector: str, steps: tuple[Step, ...]) -> None:
    """Other places stay out."""
    assert not selects(selector, *steps)


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("", "at character 1: a key, \\* or \\*\\* is expected"),
        (".a", "at character 1: a key"),
        ("a..b", "at character 3: a key"),
        ("a.", "at character 3: a key"),
        ("a b", "at character 2: a dot or \\[ is expected"),
        ("a[x]", r"at character 2: write \[0\], \[1\] ... or \[\*\]"),
        ("a[1", "at character 2: write"),
        ("mess*", "at character 5: a dot or \\["),
        ("***", "at character 3: a dot or \\["),
        ('a."b', "at character 3: a key"),
        ('"a"b', "at character 4: a dot"),
        ("a]", "at character 2: a dot"),
    ],
)
def test_a_mistake_is_told_with_its_position(selector: str, message: str) -> None:
    """What can't be read is refused, counting characters from 1."""
    with pytest.raises(SelectorError, match=message):
        parse_selector(selector)


@pytest.mark.parametrize(
    "key", ["user_password", "userPassword", "User-Password", "USER PASSWORD", "userpassword"]
)
def test_keys_are_compared_without_case_and_separators(key: str) -> None:
    """All ways to write a name of several words are one name."""
    assert plain_key(key) == "userpassword"
    places = PlaceMap([Limits("rule", frozenset({"user_password"}), ())])
    assert places.of(("payload", 3, key, "deeper")).labels == {"rule"}


def test_many_keys_take_no_memory_for_good() -> None:
    """Keys that are data are not remembered without bound, and places that are alike are one object."""
    places = PlaceMap([Limits("rule", frozenset({"x"}), (parse_selector("a.**.b"),))])
    first = places.root.below("a").below("k0")
    for number in range(10_000):
        assert places.root.below("a").below(f"k{number}") is first
    assert len(places.root.below("a")._below) <= 4096
