"""Path selectors, and which rules apply at a place of a document.

``payload.messages[*].content``: keys separated by dots, ``*`` any one key, ``**`` any way down, ``[n]`` one
place of an array, ``[*]`` all of them. A key with other characters stands in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Step = str | int
"""One step down in a document: a key, or a place in an array counted from 0."""

_KEY = re.compile(r'[^\s.\[\]"*]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)+)"')
_INDEX = re.compile(r"\[(\d{1,9}|\*)\]")
_ESCAPED = re.compile(r"\\(.)")
_SEPARATORS = re.compile(r"[_\-\s]+")
_REMEMBERED = 4096  # keys may be data, so not every one can be remembered


class SelectorError(ValueError):
    """A selector can't be read; the message says where."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(f"at character {position + 1}: {message}")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a selector.

    Attributes:
        kind: what it selects: one key, any key, one place of an array, any place, or any way down.
        key, index: which one.
    """

    kind: Literal["key", "keys", "index", "indices", "deep"]
    key: str = ""
    index: int = 0

    def takes(self, step: Step) -> bool:
        """Tell whether ``step`` is one of those this part selects."""
        if self.kind == "key":
            return step == self.key
        if self.kind == "index":
            return step == self.index
        return self.kind == "deep" or (self.kind == "keys") == isinstance(step, str)


def parse_selector(text: str) -> tuple[Part, ...]:
    """Return the parts of a selector.

    Raises:
        SelectorError: it can't be read.
    """
    parts: list[Part] = []
    place = 0
    while place < len(text) or not parts:
        part, place = _parse_part(text, place, first=not parts)
        parts.append(part)
    return tuple(parts)


def _parse_part(text: str, place: int, *, first: bool) -> tuple[Part, int]:
    if text.startswith("[", place):
        index = _INDEX.match(text, place)
        if not index:
            raise SelectorError(place, "write [0], [1] ... or [*]")
        found = Part("indices") if index[1] == "*" else Part("index", index=int(index[1]))
        return found, index.end()
    if not first:
        if text[place] != ".":
            raise SelectorError(place, "a dot or [ is expected here; put an unusual key in double quotes")
        place += 1
    return _parse_key(text, place)


def _parse_key(text: str, place: int) -> tuple[Part, int]:
    for wildcard, part in (("**", Part("deep")), ("*", Part("keys"))):
        if text.startswith(wildcard, place):
            return part, place + len(wildcard)
    quoted = _QUOTED.match(text, place)
    if quoted:
        return Part("key", _ESCAPED.sub(r"\1", quoted[1])), quoted.end()
    key = _KEY.match(text, place)
    if not key:
        raise SelectorError(place, "a key, * or ** is expected here; put an unusual key in double quotes")
    return Part("key", key[0]), key.end()


def plain_key(key: str) -> str:
    """Return ``key`` as key rules compare it: without case, blanks, ``_`` and ``-``."""
    return _SEPARATORS.sub("", key).lower()


@dataclass(frozen=True, slots=True)
class Limits:
    """Where one rule applies: below keys of these names, and at or below these selectors."""

    label: str
    keys: frozenset[str]
    selectors: tuple[tuple[Part, ...], ...]


class Place:
    """A place in a document, as far as rules care about it. Places that rules can't tell apart are one.

    Attributes:
        labels: the rules that apply here because of where it is, in no order.
    """

    __slots__ = ("_below", "_map", "_states", "labels")

    def __init__(self, map_: PlaceMap, states: frozenset[tuple[int, int]], labels: frozenset[str]) -> None:
        self._map = map_
        self._states = states
        self.labels = labels
        self._below: dict[Step, Place] = {}

    def below(self, step: Step) -> Place:
        """Return the place one step down."""
        found = self._below.get(step)
        if found is None:
            found = self._map.advance(self._states, self.labels, step)
            if len(self._below) < _REMEMBERED:
                self._below[step] = found
        return found


class PlaceMap:
    """All places that the rules of one set tell apart, found out as documents need them.

    Attributes:
        root: the document as a whole.
    """

    def __init__(self, limits: Iterable[Limits]) -> None:
        self._keys: dict[str, frozenset[str]] = {}
        self._selectors: list[tuple[str, tuple[Part, ...]]] = []
        for limit in limits:
            for key in limit.keys:
                plain = plain_key(key)
                self._keys[plain] = self._keys.get(plain, frozenset()) | {limit.label}
            self._selectors += [(limit.label, selector) for selector in limit.selectors]
        self._places: dict[tuple[frozenset[tuple[int, int]], frozenset[str]], Place] = {}
        start = {state for number in range(len(self._selectors)) for state in self._reach(number, 0)}
        self.root = self._place(self._going_on(start), frozenset())

    def of(self, steps: Iterable[Step]) -> Place:
        """Return the place that ``steps`` lead to from the top."""
        place = self.root
        for step in steps:
            place = place.below(step)
        return place

    def advance(self, states: frozenset[tuple[int, int]], labels: frozenset[str], step: Step) -> Place:
        """Return the place one step down from the place with ``states`` and ``labels``."""
        reached: set[tuple[int, int]] = set()
        for number, at in states:
            part = self._selectors[number][1][at]
            if part.takes(step):
                reached.update(self._reach(number, at if part.kind == "deep" else at + 1))
        found = {label for label, parts in self._ended(reached) if label not in labels}
        if isinstance(step, str) and self._keys:
            found |= self._keys.get(plain_key(step), frozenset())
        return self._place(self._going_on(reached), labels | found if found else labels)

    def _reach(self, number: int, at: int) -> Iterable[tuple[int, int]]:
        """Yield a state and those reached from it without a step, since ``**`` may stand for none."""
        parts = self._selectors[number][1]
        yield number, at
        while at < len(parts) and parts[at].kind == "deep":
            at += 1
            yield number, at

    def _ended(self, states: set[tuple[int, int]]) -> Iterable[tuple[str, tuple[Part, ...]]]:
        for number, at in states:
            if at == len(self._selectors[number][1]):
                yield self._selectors[number]

    def _going_on(self, states: set[tuple[int, int]]) -> frozenset[tuple[int, int]]:
        return frozenset(state for state in states if state[1] < len(self._selectors[state[0]][1]))

    def _place(self, states: frozenset[tuple[int, int]], labels: frozenset[str]) -> Place:
        return self._places.setdefault((states, labels), Place(self, states, labels))
