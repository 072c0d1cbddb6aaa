"""What is to be redacted and how, checked once when the configuration is read."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

import msgspec
import re2  # type: ignore[import-untyped,unused-ignore]

from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.redact.detect import detect_builtin

_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_BREAKS_JSON = re.compile(r'["\\\x00-\x1f\x7f]')
_LOOK_AROUND = re.compile(r"\(\?<?[=!]")
_BACK_REFERENCE = re.compile(r"\\[1-9]|\(\?P=")


@dataclass(frozen=True)
class PatternRule:
    """A user's own kind of value, told by a regular expression in google-re2 syntax."""

    name: str
    type: str
    pattern: str


@dataclass(frozen=True)
class KeyRule:
    """Names of keys whose whole value is replaced; compared in lower case, at any depth."""

    name: str
    type: str
    keys: frozenset[str]


@dataclass(frozen=True)
class RuleSet:
    """Everything redaction goes by.

    Attributes:
        enabled: False lets every event pass unchanged.
        format: the token, with ``{type}`` where the type's name goes.
        types: the built-in detectors that take part.
        patterns, keys: the user's rules; on equal length the earlier pattern names the value.

    Raises:
        ValueError: a rule cannot work; the message is one sentence naming the rule.
    """

    enabled: bool
    format: str
    types: frozenset[PiiType]
    patterns: tuple[PatternRule, ...]
    keys: tuple[KeyRule, ...]

    def __post_init__(self) -> None:
        _check_format(self.format)
        for key_rule in self.keys:
            _check_type(key_rule.name, key_rule.type)
        for rule in self.patterns:
            _check_type(rule.name, rule.type)
            _check_pattern(rule)
        for kind in self.token_types:
            self._check_token(self.format.replace("{type}", kind))

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits that change exactly when a rule changes."""
        canonical = (
            self.enabled,
            self.format,
            sorted(self.types),
            [(rule.name, rule.type, rule.pattern) for rule in self.patterns],
            [(rule.name, rule.type, sorted(rule.keys)) for rule in self.keys],
        )
        return hashlib.sha256(msgspec.json.encode(canonical)).hexdigest()[:12]

    @property
    def token_types(self) -> frozenset[str]:
        """Every type name that can appear in a token."""
        own = {rule.type for rule in self.patterns} | {rule.type for rule in self.keys}
        return frozenset(own | {kind.value for kind in PiiType})

    def _check_token(self, token: str) -> None:
        """Refuse a token that would itself be redacted: redacting twice must change nothing."""
        if detect_builtin(token, "", frozenset(PiiType)):
            raise ValueError(f"the token {token!r} looks like personal data itself")
        for rule in self.patterns:
            if compile_pattern(rule.pattern).search(token):
                raise ValueError(f"the pattern of rule {rule.name!r} matches the redaction token {token!r}")


def compile_pattern(pattern: str) -> re2._Regexp:
    """Compile a user's expression; it runs in time linear in the text, whatever it says.

    Raises:
        ValueError: it is not valid google-re2 syntax.
    """
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as fault:
        raise ValueError(_explain(pattern, fault)) from None


def _explain(pattern: str, fault: Exception) -> str:
    if _LOOK_AROUND.search(pattern):
        return "look-ahead and look-behind are not supported (google-re2 syntax)"
    if _BACK_REFERENCE.search(pattern):
        return "back-references are not supported (google-re2 syntax)"
    reason = fault.args[0] if fault.args else "unknown error"
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _check_format(template: str) -> None:
    if "{type}" not in template:
        raise ValueError(f"the format {template!r} must contain {{type}}")
    if _BREAKS_JSON.search(template):
        raise ValueError("the format must not contain quotes, backslashes or control characters")


def _check_type(rule: str, kind: str) -> None:
    if not _TYPE.fullmatch(kind):
        raise ValueError(
            f"the type {kind!r} of rule {rule!r} must be a letter followed by at most 39 letters, digits or _"
        )


def _check_pattern(rule: PatternRule) -> None:
    try:
        compiled = compile_pattern(rule.pattern)
    except ValueError as fault:
        raise ValueError(f"the pattern of rule {rule.name!r} is not usable: {fault}") from None
    if compiled.search(""):
        raise ValueError(f"the pattern of rule {rule.name!r} matches the empty text")
