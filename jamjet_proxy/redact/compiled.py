"""The compiled core: what the modules beside it find, many times faster.

It decides what is certain and leaves the rest to them: a string, a field or a whole event. Where it
couldn't be built, and for rules of the operator's own, they do all the work. The tests hold both equal.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import msgspec

from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.model.span import Finding
from jamjet_proxy.redact.engine import TextEngine
from jamjet_proxy.redact.fold import plain_character
from jamjet_proxy.redact.phone import plan
from jamjet_proxy.redact.protected import PROTECTED
from jamjet_proxy.redact.rules import RuleSet
from jamjet_proxy.redact.spans import Span
from jamjet_proxy.redact.tables import CALLING_CODES, CARD_ISSUERS, IBAN_LENGTHS
from jamjet_proxy.redact.tlds import TLDS
from jamjet_proxy.redact.walk import Findings, is_document

try:
    from jamjet_proxy.redact import _core
except ImportError:
    AVAILABLE = False
else:
    AVAILABLE = True

Fields = dict[str, msgspec.Raw]

# The order in which the reference lists what it finds: of equal ranges the first names the value.
_KINDS = (
    PiiType.IBAN,
    PiiType.EMAIL,
    PiiType.IP,  # version 6
    PiiType.CREDIT_CARD,
    PiiType.US_SSN,
    PiiType.IP,  # version 4
    PiiType.PHONE,
)
_KEPT, _DROPPED, _UNDECIDED = 0, 1, 255
_WIDEST_CODE = 3
_LIKE_ASCII = frozenset("\u0130\u0131\u017f\u212a")  # in another case, or ignoring case, they are i, s and k


class Core:
    """The core, prepared for one set of rules. Use ``Core.prepare``."""

    def __init__(self, prepared: _core.Prepared) -> None:
        self._prepared = prepared

    @classmethod
    def prepare(cls, rules: RuleSet, engine: TextEngine, plain_names: frozenset[str]) -> Core | None:
        """Return a core for ``rules``; None where there is none, or where they are beyond it."""
        return None
        if not AVAILABLE or rules.patterns or rules.keys:
            return None
        make = engine.tokens.make
        return cls(
            _core.prepare(
                [(kind.value, make(kind).encode(), kind in rules.types) for kind in _KINDS],
                sorted((make(kind).encode() for kind in rules.token_types), key=len, reverse=True),
                [(low, high, width, _bits(lengths)) for low, high, width, lengths in CARD_ISSUERS],
                _iban_lengths(),
                _calling_codes(),
                _folds(),
                [tld.encode() for tld in TLDS],
                PROTECTED,
                plain_names,
                engine.redact,
                is_document,
            )
        )

    def find(self, text: str) -> list[Span] | None:
        """Return what is to be replaced in ``text``, or None when the reference has to decide."""
        return _core.find(self._prepared, text, "")

    def redact_fields(self, fields: Fields) -> tuple[Fields, tuple[Finding, ...]] | None:
        """Return what ``Redactor.redact_fields`` does, or None when the reference has to decide."""
        changes = _core.redact_fields(self._prepared, fields)
        if changes is None:
            return fields, ()
        if changes is False:
            return None
        findings: Findings = Counter()
        redacted = dict(fields)
        for name, (text, found) in changes.items():
            redacted[name] = msgspec.Raw(text)
            for path, kind, count in found:
                findings[path, kind] += count
        return redacted, tuple(Finding(path, kind, count) for (path, kind), count in findings.items())


def _bits(lengths: frozenset[int]) -> int:
    return sum(1 << length for length in lengths)


@cache
def _iban_lengths() -> bytes:
    """By country: the length of its IBANs, 0 for none."""
    table = bytearray(26 * 26)
    for country, length in IBAN_LENGTHS.items():
        table[(ord(country[0]) - 65) * 26 + ord(country[1]) - 65] = length
    return bytes(table)


@cache
def _calling_codes() -> bytes:
    """By width of the calling code and code: the fewest and most digits of a number, 0 for no such code."""
    table = bytearray(_WIDEST_CODE * 1000 * 2)
    for code in CALLING_CODES:
        place = ((len(code) - 1) * 1000 + int(code)) * 2
        table[place : place + 2] = bytes(plan(code, trunk_zero=False))
    return bytes(table)


@cache
def _folds() -> bytes:
    """By code point: the plain ASCII character it disguises, or whether it is kept, dropped or undecided."""
    return bytes(_fold(code) for code in range(1 << 16))


def _fold(code: int) -> int:
    if code < 0x80:
        return _KEPT
    if 0xD800 <= code < 0xE000 or chr(code) in _LIKE_ASCII:
        return _UNDECIDED
    plain = plain_character(chr(code))
    if not plain:
        return _DROPPED
    return ord(plain) if len(plain) == 1 and plain.isascii() else _UNDECIDED
