"""A cheap yes-or-no test on raw JSON: could anything in it be redacted?

"No" is a proof, "yes" only a reason to look closely. The tests therefore ask for less than the detectors
do: every character a detector may skip is optional here, and so is each way JSON may spell it.
"""

from __future__ import annotations

import re

import re2  # type: ignore[import-untyped,unused-ignore]

from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.redact import words
from jamjet_proxy.redact.fold import DASHES, ENTITIES, INVISIBLE, SPACES, WIDE, WIDE_BRACKETS
from jamjet_proxy.redact.rules import RuleSet, compile_pattern
from jamjet_proxy.redact.tables import IBAN_LENGTHS

# A value starts behind no letter or digit; JSON may spell the character before it as `\n`, `\t` ...
_BOUNDARY = r"(?:^|[^0-9A-Za-z]|\\[bfnrt])"
_BETWEEN = rf"(?:[ .()/\\\-{SPACES}{DASHES}{WIDE_BRACKETS}]|\\[bfnrt])*"
_DISGUISE = (
    r"\\u|%[2-7][0-9A-Fa-f]|&#[0-9xX]"
    rf"|&(?:{'|'.join(ENTITIES)});|[{INVISIBLE}{WIDE}]|[^\P{{Nd}}0-9]"
)
_APART = _BETWEEN.removesuffix("*") + "+"
_DASH = rf"[\-{DASHES}]"

# What each detector finds by its shape alone.
_SHAPES: dict[PiiType, tuple[str, ...]] = {
    PiiType.EMAIL: ("@",),
    PiiType.CREDIT_CARD: (rf"\d(?:{_BETWEEN}\d){{11}}",),
    PiiType.US_SSN: (rf"\d{{3}}{_DASH}\d\d{_DASH}\d{{4}}",),
    PiiType.PHONE: (
        rf"\+\(?\d(?:{_BETWEEN}\d){{6}}",
        rf"[2-9]\d\d{_APART}[2-9]\d\d{_APART}\d{{4}}",
    ),
    PiiType.IP: (
        r"\d\.\d{1,3}\.\d{1,3}\.\d",
        r"\d[0-9A-Fa-f:]*::|::[0-9A-Fa-f:.]*\d",
        r"(?:[0-9A-Fa-f]{1,4}:){6}",
    ),
    PiiType.IBAN: (rf"{_BOUNDARY}(?i:{'|'.join(IBAN_LENGTHS)})\d\d(?:{_BETWEEN}[0-9A-Za-z]){{11}}",),
}
# What they find only beside a word that names it, and the words.
_LONG_NUMBER = rf"\d(?:{_BETWEEN}\d){{6}}"
_NAMES = {PiiType.PHONE: words.PHONE_IN_RAW, PiiType.US_SSN: words.SSN_IN_RAW}

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_. -]+")
_ANYTHING = r"(?s:.)"
_NOTHING = r"[^\s\S]"
_NOT_AN_ANCHOR = re.compile(r"\\[^Az]|\[\^")
_ANCHOR = re.compile(r"[\^$]|\\[Az]")


class Gate:
    """The test for one set of rules."""

    def __init__(self, rules: RuleSet) -> None:
        shapes = [shape for kind in sorted(rules.types) for shape in _SHAPES[kind]]
        shapes += [_DISGUISE] if rules.types else []
        patterns = [rule.pattern for rule in rules.patterns]
        if any(_is_anchored(pattern) for pattern in patterns):
            patterns = [_ANYTHING]
        elif patterns:
            patterns.append(r"\\")  # an escape may hide any character from the user's expression
        self._shape = _compile(shapes + _keys(rules)).search
        self._own = [compile_pattern(pattern).search for pattern in patterns]
        self._long_number = _compile([_LONG_NUMBER]).search
        self._names = _compile([names for kind, names in _NAMES.items() if kind in rules.types]).search

    def may_hold(self, raw: bytes) -> bool:
        """Tell whether UTF-8 text, raw JSON or plain, could hold something that is to be redacted.

        The key a text stands under counts as a part of it.
        """
        return self._has_shape(raw) or bool(self._long_number(raw) and self._names(raw))

    def may_hold_if_named(self, raw: bytes) -> bool:
        """Tell the same of a text that may stand under any key."""
        return self._has_shape(raw) or bool(self._long_number(raw))

    def _has_shape(self, raw: bytes) -> bool:
        if self._shape(raw):
            return True
        return bool(self._own) and any(search(raw) for search in self._own)


def _compile(alternatives: list[str]) -> re2._Regexp:
    options = re2.Options()
    options.never_capture = True
    options.log_errors = False
    return re2.compile("|".join(alternatives) or _NOTHING, options)


def _keys(rules: RuleSet) -> list[str]:
    names = sorted({key for rule in rules.keys for key in rule.keys})
    if not names:
        return []
    if not all(_PLAIN_KEY.fullmatch(name) for name in names):
        return [_ANYTHING]  # such a name has several spellings in JSON
    known = "|".join(re.escape(name) for name in names)
    return [rf'(?i:"(?:{known})\\*")', r"\\u"]


def _is_anchored(pattern: str) -> bool:
    """Tell whether ``pattern`` looks at the ends of the text, which raw JSON does not show."""
    return _ANCHOR.search(_NOT_AN_ANCHOR.sub("", pattern)) is not None
