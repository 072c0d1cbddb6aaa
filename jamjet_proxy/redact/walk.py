"""Redaction inside raw JSON text, token by token: what is not redacted stays byte for byte.

The text is known to be valid JSON, so regular expressions over its tokens are exact and nothing needs to
be decoded and encoded again except the strings that change. Tokens that can't hold anything are skipped
inside the expressions; where a token stands is worked out only for those that may.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Container, Iterator

import msgspec

from jamjet_proxy.redact.engine import Counts, TextEngine, is_long
from jamjet_proxy.redact.paths import Place
from jamjet_proxy.redact.scope import Scope

_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_NUMBER = r"-?[0-9][0-9.eE+\-]*+"
_SEARCHED = rf"(?:({_STRING})(\s*:)?|({_NUMBER}))"
_PLAIN_STRING = r'"[^"\\0-9@%&\x80-\U0010ffff]*+"'
_SHORT_NUMBER = r"-?[0-9][0-9.]{0,5}+(?![0-9.eE+\-])"
_EVERY = re.compile(rf'[^"0-9\-]*+{_SEARCHED}')
_SUSPECT = re.compile(rf'(?:[^"0-9\-]++|{_PLAIN_STRING}|{_SHORT_NUMBER})*+{_SEARCHED}')
_STRUCTURE = re.compile(rf'(?:[^"{{}}\[\],]++|{_STRING}(?!\s*:))*+(?:({_STRING})\s*:|([{{}}\[\],]))')
_SUSPICIOUS = re.compile(r"[@0-9\\%&]|[^\x00-\x7f]")
_DEPTH = 8  # documents within strings of documents

Findings = Counter[tuple[str, str]]
"""How many values were found, by path and label."""


class _Frame:
    """One open object or array: the key in force, the place in an array, where both are for the rules."""

    __slots__ = ("hint", "index", "inside", "key", "place", "taken")

    def __init__(self, key: str, hint: str, index: int, inside: Place | None) -> None:
        self.key = key
        self.hint = hint  # the key as it came: what it says of its value stays true when it is redacted
        self.index = index
        self.inside = inside  # the object or array itself
        self.place = inside if inside is None or index < 0 else inside.below(index)
        self.taken: set[str] | None = None  # what keys were redacted to

    def hints(self) -> tuple[str, ...]:
        """Return what the value stands under: the key as it came, and as a second reading will find it."""
        return (self.hint,) if self.hint == self.key else (self.hint, self.key)

    def step(self) -> str:
        """Return this frame's part of a path."""
        return f".{self.key}" if self.index < 0 else f"[{self.index}]"

    def free_name(self, key: str) -> str:
        """Return ``key``, numbered when another key of the object was redacted to the same."""
        if self.taken is None:
            self.taken = set()
        free = free_name(key, self.taken)
        self.taken.add(free)
        return free


class JsonWalk:
    """Walks one JSON text.

    Args:
        engine: finds and replaces in single texts.
        path: where the text stands in its event; "" when it is the whole document.
        key: the key it stands under, already redacted.
        place: the same for the operator's rules; None when there are none.
        scope: of the event.
        findings: the counts to add to.
        depth: how many documents it is nested in.
        every: whether those rules may want any token; what the built-in types want is looked at anyway.
    """

    def __init__(
        self,
        engine: TextEngine,
        path: str,
        key: str,
        place: Place | None,
        scope: Scope,
        findings: Findings,
        *,
        depth: int = 0,
        every: bool = False,
    ) -> None:
        self._engine = engine
        self._path = path
        self._scope = scope
        self._findings = findings
        self._depth = depth
        self._frames = [_Frame(key, key, -1, place)]
        self._every = self._thorough = every
        self._named = engine.is_secret_name(key)  # a secret may be a word like any other
        self._placed = 0

    def run(self, text: str) -> str:
        """Return ``text`` redacted; the same object when nothing was replaced.

        Raises:
            EventDropped, RedactionTimeout: the event must not be stored.
        """
        pieces: list[str] = []
        done = 0
        self._thorough = self._every or self._engine.may_hold_secret(text, self._frames[0].key)
        for token in _each(_EVERY if self._thorough else _SUSPECT, text):
            string, colon, number = token.groups()
            start, end = token.span(1 if string else 3)
            if not (self._every or colon or self._named or self._is_worth_a_look(string, number)):
                continue
            self._place(text, start)
            changed = self._on_value(string, colon, number)
            self._placed = end
            if changed is not None:
                pieces += (text[done:start], changed)
                done = end
        return "".join(pieces) + text[done:] if pieces else text

    def _is_worth_a_look(self, string: str | None, number: str | None) -> bool:
        return is_long(number) if number else self._engine.worth_a_look(string or "")

    def _place(self, text: str, upto: int) -> None:
        """Bring the frames up to where the next token starts."""
        for token in _each(_STRUCTURE, text, self._placed, upto):
            key, mark = token.groups()
            frame = self._frames[-1]
            if key:
                frame.key = frame.hint = key[1:-1]
                if frame.inside is not None:
                    frame.place = frame.inside.below(_decode(key))
            elif mark in "{[":
                self._frames.append(_Frame(frame.key, frame.hint, 0 if mark == "[" else -1, frame.place))
            elif mark in "}]":
                self._frames.pop()
            elif frame.index >= 0:
                frame.index += 1
                if frame.inside is not None:
                    frame.place = frame.inside.below(frame.index)

    def _on_value(self, string: str | None, colon: str | None, number: str | None) -> str | None:
        """Take a key or scalar into account; return what to put in its place, or None."""
        if string:
            return self._on_key(string) if colon else self._on_string(string)
        return self._on_number(number) if number else None

    def _on_key(self, lexeme: str) -> str | None:
        frame = self._frames[-1]
        frame.key = frame.hint = key = _decode(lexeme)
        if self._thorough and not self._named:
            self._named = self._engine.is_secret_name(key)
        if frame.inside is not None:
            frame.place = frame.inside.below(key)
        if not self._every and not _SUSPICIOUS.search(lexeme):
            return None
        changed, counts = self._engine.redact_key(key, frame.inside, self._scope)
        frame.key = changed if changed is key else frame.free_name(changed)
        self._count(counts)
        return None if changed is key else _encode(frame.key)

    def _on_string(self, lexeme: str) -> str | None:
        frame = self._frames[-1]
        if not self._thorough and not _SUSPICIOUS.search(lexeme):
            return None
        value = changed = _decode(lexeme)
        for hint in frame.hints():
            changed = redact_string(
                self._engine,
                changed,
                hint,
                frame.place,
                self._scope,
                self._findings,
                self._where,
                depth=self._depth,
                every=self._every,
            )
        return None if changed is value else _encode(changed)

    def _on_number(self, lexeme: str) -> str | None:
        if not self._every and not is_long(lexeme):
            return None
        frame = self._frames[-1]
        changed = lexeme
        for hint in frame.hints():
            is_number = changed is lexeme
            changed, counts = self._engine.redact_leaf(
                changed, hint, frame.place, self._scope, is_number=is_number
            )
            self._count(counts)
        return None if changed is lexeme else _encode(changed)

    def _count(self, counts: Counts) -> None:
        if counts:
            where = self._where()
            for label, count in counts.items():
                self._findings[where, label] += count

    def _where(self) -> str:
        where = self._path + "".join(frame.step() for frame in self._frames[1:])
        return where if self._path else where.removeprefix(".")


def redact_string(
    engine: TextEngine,
    value: str,
    key: str,
    place: Place | None,
    scope: Scope,
    findings: Findings,
    where: Callable[[], str],
    *,
    depth: int = 0,
    every: bool = True,
) -> str:
    """Return a string of a document redacted, as a document if it is one; the same object if nothing changed.

    Args:
        engine, key, place, scope, findings, depth, every: as for ``JsonWalk``.
        value: the string.
        where: tells its path.

    Raises:
        EventDropped, RedactionTimeout: the event must not be stored.
    """
    if depth < _DEPTH and is_document(value) and not engine.takes_whole(place):
        walk = JsonWalk(engine, where(), key, place, scope, findings, depth=depth + 1, every=every)
        return walk.run(value)
    changed, counts = engine.redact_leaf(value, key, place, scope)
    if counts:
        path = where()
        for label, count in counts.items():
            findings[path, label] += count
    return changed


def _each(
    pattern: re.Pattern[str], text: str, start: int = 0, end: int = sys.maxsize
) -> Iterator[re.Match[str]]:
    """Yield the matches that follow each other without a gap; unlike a search, it gives up in one pass."""
    while token := pattern.match(text, start, end):
        yield token
        start = token.end()


def free_name(name: str, taken: Container[str]) -> str:
    """Return ``name``, numbered when it is taken: no entry of an object may get lost."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _decode(lexeme: str) -> str:
    return msgspec.json.decode(lexeme, type=str) if "\\" in lexeme else lexeme[1:-1]


def _encode(value: str) -> str:
    return msgspec.json.encode(value).decode()


def is_document(value: str) -> bool:
    """Tell whether a string is itself a JSON object or array."""
    if value.lstrip(" \t\r\n")[:1] not in ("{", "["):
        return False
    try:
        msgspec.json.decode(value, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
