"""Redaction inside raw JSON text, token by token: what is not redacted stays byte for byte.

The text is known to be valid JSON, so regular expressions over its tokens are exact and nothing needs to
be decoded and encoded again except the strings that change. Tokens that can't hold anything are skipped
inside the expressions; where a token stands is worked out only for those that may.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator

import msgspec

from jamjet_proxy.redact.engine import Counts, TextEngine

_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_NUMBER = r"-?[0-9][0-9.eE+\-]*+"
_SEARCHED = rf"(?:({_STRING})(\s*:)?|({_NUMBER}))"
_PLAIN_STRING = r'"[^"\\0-9@%&\x80-\U0010ffff]*+"'
_SHORT_NUMBER = r"-?[0-9][0-9.eE+\-]{0,5}+(?![0-9.eE+\-])"
_EVERY = re.compile(rf'[^"0-9\-]*+{_SEARCHED}')
_SUSPECT = re.compile(rf'(?:[^"0-9\-]++|{_PLAIN_STRING}|{_SHORT_NUMBER})*+{_SEARCHED}')
_STRUCTURE = re.compile(rf'(?:[^"{{}}\[\],]++|{_STRING}(?!\s*:))*+(?:({_STRING})\s*:|([{{}}\[\],]))')
_SUSPICIOUS = re.compile(r"[@0-9\\%&]|[^\x00-\x7f]")
_LONG_INTEGER = re.compile(r"-?[0-9]{7,}")
_DEPTH = 8  # documents within strings of documents
_NO_RULE = ""

Findings = Counter[tuple[str, str]]
"""How many values were replaced, by path and type."""


class _Frame:
    """One open object or array: the key in force, the place in an array, the key rule's type."""

    __slots__ = ("index", "inherited", "key", "rule")

    def __init__(self, key: str, index: int, rule: str) -> None:
        self.key = key
        self.index = index
        self.rule = self.inherited = rule

    def step(self) -> str:
        """Return this frame's part of a path."""
        return f".{self.key}" if self.index < 0 else f"[{self.index}]"


class JsonWalk:
    """Walks one JSON text.

    Args:
        engine: finds and replaces in single texts.
        rules: lower-case key name to the type its whole value is replaced by.
        path: where the text stands in its event.
        key: the key it stands under, already redacted.
        findings: the counts to add to.
        depth: how many documents it is nested in.
    """

    def __init__(
        self,
        engine: TextEngine,
        rules: dict[str, str],
        path: str,
        key: str,
        findings: Findings,
        depth: int = 0,
    ) -> None:
        self._engine = engine
        self._rules = rules
        self._path = path
        self._findings = findings
        self._depth = depth
        self._frames = [_Frame(key, -1, rules.get(key.lower(), _NO_RULE))]
        # The operator's own rules may want any token.
        self._every = bool(rules) or engine.has_patterns
        self._placed = 0

    def run(self, text: str) -> str:
        """Return ``text`` redacted; the same object when nothing was found."""
        pieces: list[str] = []
        done = 0
        for token in _each(_EVERY if self._every else _SUSPECT, text):
            string, colon, number = token.groups()
            start, end = token.span(1 if string else 3)
            if not (self._every or colon or self._engine.worth_a_look(string or number)):
                continue
            self._place(text, start)
            changed = self._on_value(string, colon, number)
            self._placed = end
            if changed is not None:
                pieces += (text[done:start], changed)
                done = end
        return "".join(pieces) + text[done:] if pieces else text

    def _place(self, text: str, upto: int) -> None:
        """Bring the frames up to where the next token starts."""
        for token in _each(_STRUCTURE, text, self._placed, upto):
            key, mark = token.groups()
            frame = self._frames[-1]
            if key:
                frame.key = key[1:-1]
            elif mark in "{[":
                self._frames.append(_Frame(frame.key, 0 if mark == "[" else -1, frame.rule))
            elif mark in "}]":
                self._frames.pop()
            elif frame.index >= 0:
                frame.index += 1

    def _on_value(self, string: str | None, colon: str | None, number: str | None) -> str | None:
        """Take a key or scalar into account; return what to put in its place, or None."""
        if string:
            return self._on_key(string) if colon else self._on_string(string)
        return self._on_number(number) if number else None

    def _on_key(self, lexeme: str) -> str | None:
        frame = self._frames[-1]
        changed = None
        frame.key = lexeme[1:-1]
        if self._engine.has_patterns or _SUSPICIOUS.search(lexeme):
            key = _decode(lexeme)
            frame.key, counts = self._engine.redact(key, "")
            if counts:
                self._count(counts)
                changed = _encode(frame.key)
        if self._rules:
            frame.rule = frame.inherited or self._rules.get(frame.key.lower(), _NO_RULE)
        return changed

    def _on_string(self, lexeme: str) -> str | None:
        frame = self._frames[-1]
        if frame.rule:
            return self._by_rule(frame.rule, _decode(lexeme))
        if not self._engine.has_patterns and not _SUSPICIOUS.search(lexeme):
            return None
        value = _decode(lexeme)
        if self._depth < _DEPTH and is_document(value):
            changed = self._nested(frame.key).run(value)
        else:
            changed, counts = self._engine.redact(value, frame.key)
            self._count(counts)
        return None if changed == value else _encode(changed)

    def _on_number(self, lexeme: str) -> str | None:
        frame = self._frames[-1]
        if frame.rule:
            return self._by_rule(frame.rule, lexeme)
        if not self._engine.has_patterns and not _LONG_INTEGER.fullmatch(lexeme):
            return None
        changed, counts = self._engine.redact(lexeme, frame.key)
        self._count(counts)
        return _encode(changed) if counts else None

    def _nested(self, key: str) -> JsonWalk:
        return JsonWalk(self._engine, self._rules, self._where(), key, self._findings, self._depth + 1)

    def _by_rule(self, kind: str, value: str) -> str | None:
        """Replace a whole value because of its key, unless that has been done before."""
        if not value or self._engine.tokens.is_token(value):
            return None
        self._count({kind: 1})
        return _encode(self._engine.tokens.make(kind))

    def _count(self, counts: Counts) -> None:
        if counts:
            where = self._where()
            for kind, count in counts.items():
                self._findings[where, kind] += count

    def _where(self) -> str:
        return self._path + "".join(frame.step() for frame in self._frames[1:])


def _each(
    pattern: re.Pattern[str], text: str, start: int = 0, end: int = sys.maxsize
) -> Iterator[re.Match[str]]:
    """Yield the matches that follow each other without a gap; unlike a search, it gives up in one pass."""
    while token := pattern.match(text, start, end):
        yield token
        start = token.end()


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
