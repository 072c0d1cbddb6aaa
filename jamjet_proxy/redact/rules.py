"""What is to be redacted and how, checked once when the configuration is read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

import msgspec

from jamjet_proxy.model.method import Method
from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.redact.allow import Allow, parse_domain, parse_network
from jamjet_proxy.redact.detect import detect_builtin
from jamjet_proxy.redact.paths import parse_selector, plain_key
from jamjet_proxy.redact.patterns import check_pattern, compile_pattern
from jamjet_proxy.redact.tokens import hash_format

_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_BREAKS_JSON = re.compile(r'["\\\x00-\x1f\x7f]')
_PLACEHOLDER = re.compile(r"\{[A-Za-z_]*\}")
_PLACEHOLDERS = ("{type}", "{n}", "{hash}")
_NUMBER_WITHOUT_END = re.compile(r"^\{n\}|\{n\}(?:$|[0-9{])")
_SAMPLE = {"{n}": "1", "{hash}": "x"}

At = tuple[str | int, ...]
"""Where a mistake is: names of attributes and positions in tuples, from the rule set on."""


class UnusableRules(ValueError):
    """A rule set can't work.

    Attributes:
        mistakes: where, and one sentence that names the rule.
    """

    def __init__(self, mistakes: list[tuple[At, str]]) -> None:
        super().__init__("; ".join(message for _, message in mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Treatment:
    """What happens to the values of a type.

    Attributes:
        method: how they are made unreadable.
        format: their token; None for the one of the set.
    """

    method: Method = Method.REPLACE
    format: str | None = None


@dataclass(frozen=True)
class Rule:
    """A kind of value of the operator's own.

    Attributes:
        name: what it is called in the accounts; unique within a set.
        type: what is shown in the token.
        pattern: google-re2 expression of the values; None for whatever stands in certain places.
        keys: names of keys below which the rule applies; compared without case, ``_`` and ``-``.
        paths: selectors of the places at or below which it applies.
        method: None for the method of its type, if that is a built-in one, or else ``replace``.
        format: its token; None for the one of its type or of the set.
        shadow: whether it only counts.
        enforced: whether weaker rules must not soften what it does.
        allow: values it leaves alone.
    """

    name: str
    type: str
    pattern: str | None = None
    keys: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()
    method: Method | None = None
    format: str | None = None
    shadow: bool = False
    enforced: bool = False
    allow: tuple[Allow, ...] = ()

    @property
    def is_limited(self) -> bool:
        """Whether it applies in certain places only."""
        return bool(self.keys or self.paths)


@dataclass(frozen=True)
class RuleSet:
    """Everything redaction goes by; ``RuleSet()`` is what the default configuration says.

    Attributes:
        enabled: False lets every event pass unchanged.
        format: the token, with ``{type}`` where the type's name goes; it may hold ``{n}`` and ``{hash}``.
        types: the built-in detectors that take part.
        rules: the operator's own; on equal length the earlier one names the value.
        methods: what happens to built-in types other than being replaced.
        allow: values that stay.
        enforced: built-in types whose treatment no rule that isn't enforced may soften.
        time_limit_ms: longest time for one event, in milliseconds.

    Raises:
        UnusableRules: something in it can't work; every mistake is told.
    """

    enabled: bool = True
    format: str = "[{type}]"
    types: frozenset[PiiType] = frozenset(PiiType)
    rules: tuple[Rule, ...] = ()
    methods: tuple[tuple[PiiType, Treatment], ...] = ()
    allow: tuple[Allow, ...] = ()
    enforced: frozenset[PiiType] = frozenset()
    time_limit_ms: int = field(default=2000, kw_only=True)

    def __post_init__(self) -> None:
        mistakes = list(self._mistakes())
        if mistakes:
            raise UnusableRules(mistakes)

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits that change exactly when something that matters changes."""
        return hashlib.sha256(msgspec.json.encode(_canonical(self))).hexdigest()[:12]

    @property
    def token_types(self) -> frozenset[str]:
        """Every type name that can appear in a token."""
        return frozenset({rule.type for rule in self.rules} | {kind.value for kind in PiiType})

    def treatment(self, kind: str) -> Treatment:
        """Return what happens to values of type ``kind``, with the format filled in."""
        own = next((treatment for known, treatment in self.methods if known == kind), Treatment())
        return Treatment(own.method, own.format or self.format)

    def treatment_by(self, rule: Rule) -> Treatment:
        """Return what happens to values that ``rule`` finds, with the format filled in."""
        of_type = self.treatment(rule.type)
        return Treatment(rule.method or of_type.method, rule.format or of_type.format)

    def formats(self) -> dict[str, set[str]]:
        """Return every format of a token in use, with the types that go with it."""
        found: dict[str, set[str]] = {self.format: set(self.token_types)}
        used = [(kind.value, self.treatment(kind)) for kind in PiiType]
        used += [(rule.type, self.treatment_by(rule)) for rule in self.rules]
        for kind, treatment in used:
            form = treatment.format or self.format
            form = hash_format(form) if treatment.method is Method.HASH else form
            found.setdefault(form, set()).add(kind)
        return found

    def _mistakes(self) -> Iterator[tuple[At, str]]:
        yield from self._mistakes_in_formats()
        if self.time_limit_ms < 1:
            yield ("time_limit_ms",), "the time limit must be at least 1 ms"
        for number, entry in enumerate(self.allow):
            yield from self._mistakes_in_allow(("allow", number), entry)
        seen: set[str] = set()
        for number, rule in enumerate(self.rules):
            if rule.name in seen:
                yield ("rules", number, "name"), f"there are two rules called {rule.name!r}; rename one"
            seen.add(rule.name)
            yield from self._mistakes_in_rule(("rules", number), rule)

    def _mistakes_in_formats(self) -> Iterator[tuple[At, str]]:
        formats: list[tuple[At, str | None, Iterable[str]]] = [(("format",), self.format, self.token_types)]
        for kind, treatment in self.methods:
            formats.append((("methods", kind.value.lower(), "format"), treatment.format, [kind.value]))
        for number, rule in enumerate(self.rules):
            formats.append((("rules", number, "format"), rule.format, [rule.type]))
        for at, template, kinds in formats:
            if template is not None:
                yield from _told(at, "", _check_format, template, kinds)

    def _mistakes_in_rule(self, at: At, rule: Rule) -> Iterator[tuple[At, str]]:
        if not _TYPE.fullmatch(rule.type):
            yield (
                (*at, "type"),
                f"the type {rule.type!r} of rule {rule.name!r} must be a letter followed by at most 39"
                " letters, digits or _",
            )
        if rule.pattern is None and not rule.is_limited:
            yield at, f"rule {rule.name!r} has neither pattern nor keys nor paths"
        if rule.pattern is not None:
            what = f"the pattern of rule {rule.name!r} is not usable: "
            yield from _told((*at, "pattern"), what, check_pattern, rule.pattern)
        for key in sorted(rule.keys):
            if not plain_key(key):
                yield (*at, "keys"), f"the key {key!r} of rule {rule.name!r} has neither letters nor digits"
        for number, path in enumerate(rule.paths):
            what = f"the path {path!r} of rule {rule.name!r} can't be read: "
            yield from _told((*at, "paths", number), what, parse_selector, path)
        for number, entry in enumerate(rule.allow):
            yield from self._mistakes_in_allow((*at, "allow", number), entry)

    def _mistakes_in_allow(self, at: At, entry: Allow) -> Iterator[tuple[At, str]]:
        for kind in sorted(entry.types or ()):
            if kind not in self.token_types:
                yield (*at, "types"), _unknown_type(kind, self.token_types)
        checks: tuple[tuple[str, tuple[str, ...], Callable[[str], object]], ...] = (
            ("domain", entry.domain, parse_domain),
            ("cidr", entry.cidr, parse_network),
            ("regex", entry.regex, compile_pattern),
        )
        for name, values, check in checks:
            for number, value in enumerate(values):
                yield from _told((*at, name, number), "", check, value)


def _told(at: At, what: str, check: Callable[..., object], *arguments: object) -> Iterator[tuple[At, str]]:
    """Yield the mistake that ``check`` raises, if it does."""
    try:
        check(*arguments)
    except ValueError as fault:
        yield at, f"{what}{fault}"


def _check_format(template: str, kinds: Iterable[str]) -> None:
    if "{type}" not in template:
        raise ValueError(f"the format {template!r} must contain {{type}}")
    if _BREAKS_JSON.search(template):
        raise ValueError("the format must not contain quotes, backslashes or control characters")
    for placeholder in _PLACEHOLDER.findall(template):
        if placeholder not in _PLACEHOLDERS:
            raise ValueError(
                f"the format {template!r} has an unknown placeholder {placeholder}"
                f" (known: {', '.join(_PLACEHOLDERS)})"
            )
    if _NUMBER_WITHOUT_END.search(template):
        raise ValueError(
            f"in the format {template!r} something must stand before {{n}} and something other than a digit"
            " behind it, so that the number can be told from the text around it"
        )
    for kind in sorted(kinds):
        _check_token(template, kind)


def _check_token(template: str, kind: str) -> None:
    """Refuse a token that would itself be redacted: redacting twice must change nothing."""
    token = template.replace("{type}", kind)
    for placeholder, sample in _SAMPLE.items():
        token = token.replace(placeholder, sample)
    if detect_builtin(token, "", frozenset(PiiType)):
        raise ValueError(f"the token {token!r} looks like personal data itself")


def _unknown_type(kind: str, known: Iterable[str]) -> str:
    names = sorted(name.lower() for name in known)
    near = get_close_matches(kind.lower(), names, n=1, cutoff=0.4)
    suggestion = f"; did you mean {near[0]!r}?" if near else ""
    return f"unknown type {kind.lower()!r}{suggestion} (known: {', '.join(names)})"


def _canonical(value: object) -> object:
    """Return ``value`` as data that is the same for equal rules: sets sorted, objects as lists."""
    if isinstance(value, frozenset):
        return sorted(_canonical(item) for item in value)  # type: ignore[type-var]
    if isinstance(value, tuple):
        return [_canonical(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return [_canonical(getattr(value, name)) for name in value.__dataclass_fields__]
    return value
