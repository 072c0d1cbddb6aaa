"""A cheap yes-or-no test on raw JSON: could anything in it be redacted?

"No" is a proof, "yes" only a reason to look closely. The tests therefore ask for less than the detectors
do: every character a detector may skip is optional here, and so is each way JSON may spell it.
"""

from __future__ import annotations

import re

import re2  # type: ignore[import-untyped,unused-ignore]

from jamjet_proxy.model.pii import PiiType
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
_FEWEST_DIGITS = {PiiType.PHONE: 7, PiiType.US_SSN: 9, PiiType.CREDIT_CARD: 12}
_IBAN = rf"(?i:{'|'.join(IBAN_LENGTHS)})\d\d(?:{_BETWEEN}[0-9A-Za-z]){{11}}"
_IP = r"\d\.\d{1,3}\.\d{1,3}\.\d|::|(?:[0-9A-Fa-f]{1,4}:){6}"

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_. -]+")
_ANYTHING = r"(?s:.)"
_NOT_AN_ANCHOR = re.compile(r"\\[^Az]|\[\^")
_ANCHOR = re.compile(r"[\^$]|\\[Az]")


class Gate:
    """The test for one set of rules."""

    def __init__(self, rules: RuleSet) -> None:
        options = re2.Options()
        options.never_capture = True
        options.log_errors = False
        builtin = re2.compile("|".join(_builtin(rules) + _keys(rules)) or r"[^\s\S]", options)
        patterns = [rule.pattern for rule in rules.patterns]
        if any(_is_anchored(pattern) for pattern in patterns):
            patterns = [_ANYTHING]
        elif patterns:
            patterns.append(r"\\")  # an escape may hide any character from the user's expression
        self._builtin = builtin.search
        self._own = [compile_pattern(pattern).search for pattern in patterns]

    def may_hold(self, raw: bytes) -> bool:
        """Tell whether UTF-8 text, raw JSON or plain, could hold something that is to be redacted."""
        if self._builtin(raw):
            return True
        return bool(self._own) and any(search(raw) for search in self._own)


def _builtin(rules: RuleSet) -> list[str]:
    if not rules.types:
        return []
    wanted = [_DISGUISE]
    # Detectors take the end of a token for a boundary too, even when it is a letter.
    boundary = "" if rules.format.replace("{type}", "x")[-1].isalnum() else _BOUNDARY
    digits = [fewest for kind, fewest in _FEWEST_DIGITS.items() if kind in rules.types]
    if digits:
        wanted.append(rf"{boundary}\d(?:{_BETWEEN}\d){{{min(digits) - 1}}}")
    if PiiType.EMAIL in rules.types:
        wanted.append("@")
    if PiiType.IP in rules.types:
        wanted.append(_IP)
    if PiiType.IBAN in rules.types:
        wanted.append(boundary + _IBAN)
    return wanted


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
