"""The operator's own rules over one text: which of them apply there, and what their patterns find."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import re2  # type: ignore[import-untyped,unused-ignore]

from jamjet_proxy.redact.paths import Limits, Part, Place, PlaceMap, parse_selector, plain_key
from jamjet_proxy.redact.patterns import PatternSet, compile_pattern, without_anchors
from jamjet_proxy.redact.rules import Rule, RuleSet
from jamjet_proxy.redact.scope import Scope
from jamjet_proxy.redact.spans import Span

_HIDING = re.compile(rb"\\\\|\\u")
_ESCAPES = (
    (b'\\"', b'"'),
    (b"\\/", b"/"),
    (b"\\n", b"\n"),
    (b"\\t", b"\t"),
    (b"\\r", b"\r"),
    (b"\\b", b"\b"),
    (b"\\f", b"\f"),
)
_PLAIN_KEY = re.compile(r"[a-z0-9]+")
_BETWEEN = r"[_\-\s]*"


@dataclass(frozen=True, slots=True)
class _Pattern:
    label: str
    is_limited: bool
    find: Callable[[str], Iterator[re.Match[str]]]


class OwnRules:
    """The operator's own rules of one set, ready for use.

    Attributes:
        root: the top of every document, as far as these rules care about places.
    """

    def __init__(self, rules: RuleSet) -> None:
        own = [rule for rule in rules.rules if rule.pattern is not None]
        limited = [rule for rule in rules.rules if rule.is_limited]
        self._set = PatternSet([rule.pattern or "" for rule in own])
        self._patterns = [
            _Pattern(f":{rule.name}", rule.is_limited, compile_pattern(rule.pattern or "").finditer)
            for rule in own
        ]
        self._searches = [compile_pattern(rule.pattern or "").search for rule in own]
        self._whole = [f":{rule.name}" for rule in rules.rules if rule.pattern is None]
        self.root = PlaceMap(_limits(rule) for rule in limited).root
        self._field = _FieldTest(rules)

    def may_apply(self, name: str, raw: bytes) -> bool:
        """Tell whether any rule could find something in a top-level field.

        Args:
            name: the field's name.
            raw: its value as JSON text, UTF-8.
        """
        return self._field.may_apply(name, raw)

    @property
    def keys(self) -> frozenset[str]:
        """Names, as ``plain_key`` makes them, below which whole values are taken."""
        return self._field.keys

    def goes_by_path(self, fields: Mapping[str, bytes]) -> bool:
        """Tell whether a whole value of this event may be taken because of its path."""
        if not self._field.has_paths:
            return False
        return any(self._field.may_be_led_to(name, bytes(raw)) for name, raw in fields.items())

    def may_match(self, flat: bytes) -> bool:
        """Tell whether a pattern could match in an event whose escapes are undone."""
        return self._field.may_match(flat)

    def is_hit(self, text: str) -> bool:
        """Tell whether a pattern matches in one string, wherever that stands."""
        return any(self._searches[number](text) for number in self._set.hits(text))

    def find(self, text: str, place: Place, scope: Scope | None = None) -> list[Span]:
        """Return what the patterns find in ``text``, unsorted; the names are labels of acts.

        Raises:
            RedactionTimeout: there is no time left in ``scope``.
        """
        if not self._patterns:
            return []
        found: list[Span] = []
        for number in sorted(self._set.hits(text)):
            pattern = self._patterns[number]
            if pattern.is_limited and pattern.label not in place.labels:
                continue
            if scope is not None:
                scope.check()
            for match in pattern.find(text):
                start, end = match.span()
                if start < end:
                    found.append((start, end, pattern.label))
        return found

    def whole(self, place: Place) -> list[str]:
        """Return the labels of the rules that take the whole value at ``place``, in the rules' order."""
        if not place.labels:
            return []
        return [label for label in self._whole if label in place.labels]


def _limits(rule: Rule) -> Limits:
    return Limits(f":{rule.name}", rule.keys, tuple(map(parse_selector, rule.paths)))


class _FieldTest:
    """A cheap test on raw JSON: "no" is a proof, "yes" only a reason to look closely."""

    def __init__(self, rules: RuleSet) -> None:
        freed = [without_anchors(rule.pattern) for rule in rules.rules if rule.pattern is not None]
        whole = [rule for rule in rules.rules if rule.pattern is None]
        self._always = None in freed
        patterns = [pattern for pattern in freed if pattern is not None]
        self._patterns = [compile_pattern(pattern).search for pattern in patterns]
        self._set = PatternSet(patterns)
        keys = sorted({plain_key(key) for rule in whole for key in rule.keys})
        self._keys = _compile_keys(keys) if keys else None
        self.keys = frozenset(keys)
        self._paths = [_Needed(parse_selector(path)) for rule in whole for path in rule.paths]

    @property
    def has_paths(self) -> bool:
        return bool(self._paths)

    def may_be_led_to(self, name: str, raw: bytes) -> bool:
        return any(path.may_lead(name, raw) for path in self._paths)

    def may_match(self, flat: bytes) -> bool:
        return self._always or any(self._patterns[number](flat) for number in self._set.hits(flat))

    def may_apply(self, name: str, raw: bytes) -> bool:
        if self._always or self.may_be_led_to(name, raw):
            return True
        if self._keys is not None and (plain_key(name) in self.keys or self._keys(raw)):
            return True
        return bool(self._patterns) and self._may_match(name.encode() + b'"' + raw)

    def _may_match(self, raw: bytes) -> bool:
        if b"\\" in raw:
            if _HIDING.search(raw):
                return True
            for escape, char in _ESCAPES:
                raw = raw.replace(escape, char)
        return self.may_match(raw)


class _Needed:
    """What must be in a field for a selector to lead into it."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self._first = parts[0]
        self._keys = [part.key.encode() for part in parts[1:] if part.kind == "key"]
        self._is_plain = all(part.key.isascii() and part.key.isprintable() for part in parts)

    def may_lead(self, name: str, raw: bytes) -> bool:
        if not self._first.takes(name):
            return False
        if not self._is_plain or b"\\u" in raw:
            return True
        return all(key in raw for key in self._keys)


def _compile_keys(keys: list[str]) -> Callable[[bytes], object]:
    r"""Compile a test for keys in raw JSON, with blanks, ``_`` and ``-`` between the letters."""
    if not all(_PLAIN_KEY.fullmatch(key) for key in keys):
        return lambda raw: True
    known = "|".join(_BETWEEN.join(key) for key in keys)
    options = re2.Options()
    options.never_capture = True
    options.log_errors = False
    try:
        search: Callable[[bytes], object] = re2.compile(
            rf'(?i:"{_BETWEEN}(?:{known}){_BETWEEN}\\*")|\\u', options
        ).search
    except re2.error:  # too many keys for one expression
        return lambda raw: True
    return search
