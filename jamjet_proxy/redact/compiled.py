"""The compiled core: what the modules beside it find, many times faster.

It reads the same tables and decides as they do, except where it says that it can't: then a string, a field
or a whole event is theirs. Where the core couldn't be built they do all the work. The tests hold both equal.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec

from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.redact import words
from jamjet_proxy.redact.email import FOREIGN, METHODS
from jamjet_proxy.redact.engine import TextEngine
from jamjet_proxy.redact.fold import ENTITIES, plain_character
from jamjet_proxy.redact.phone import plan
from jamjet_proxy.redact.protected import PROTECTED
from jamjet_proxy.redact.scope import Scope
from jamjet_proxy.redact.secret import find_secrets
from jamjet_proxy.redact.secret_names import BEFORE_KEY, ENDINGS, PREFIXED
from jamjet_proxy.redact.spans import Span
from jamjet_proxy.redact.tables import CALLING_CODES, CARD_ISSUERS, IBAN_LENGTHS
from jamjet_proxy.redact.tlds import TLDS
from jamjet_proxy.redact.view import View
from jamjet_proxy.redact.walk import Findings, is_document
from jamjet_proxy.redact.words import Phrases

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
    PiiType.SECRET,
    PiiType.CREDIT_CARD,
    PiiType.US_SSN,
    PiiType.IP,  # version 4
    PiiType.PHONE,
)
_KEPT, _DROPPED = 0, 1
_WIDEST_CODE = 3


class Core:
    """The core, prepared for one set of rules. Use ``Core.prepare``."""

    def __init__(self, prepared: _core.Prepared, engine: TextEngine, *, replaces: bool) -> None:
        self._prepared = prepared
        self._engine = engine
        self._replaces = replaces

    @classmethod
    def prepare(cls, engine: TextEngine, plain_names: frozenset[str]) -> Core | None:
        """Return a core that finds what ``engine`` does by its built-in types; None where there is none.

        Args:
            engine: the reference.
            plain_names: names of fields that hold nothing to redact themselves.
        """
        tokens, openings = engine.tokens.literals()
        if not AVAILABLE or "" in openings:
            return None
        prepared = _core.prepare(
            _tables(),
            [(kind.value, engine.tokens.make(kind), kind in engine.types) for kind in _KINDS],
            tokens,
            openings,
            engine.puts_constant_tokens,
            _find_secrets,
            is_document,
            PROTECTED,
            plain_names,
        )
        core = cls(prepared, engine, replaces=engine.puts_constant_tokens)
        engine.find_builtin = core.candidates
        return core

    def find(self, text: str) -> list[Span] | None:
        """Return what is to be replaced in ``text``, or None when the reference has to decide."""
        found = _core.find(self._prepared, text, "")
        return None if found and not self._replaces else found

    def candidates(self, text: str, hint: str) -> list[Span] | None:
        """Return what ``detect_builtin`` does, or None when that has to decide."""
        return _core.candidates(self._prepared, text, hint)

    def flat(self, event: bytes) -> bytes:
        """Return raw JSON with the escapes of all its levels undone, for a first look."""
        return _core.flat(event)

    def redact(self, text: str) -> str | None:
        """Return ``text`` redacted, the same object when it stays, or None when it is the reference's."""
        return _core.redact(self._prepared, text)

    def redact_fields(
        self,
        fields: Fields,
        findings: Findings,
        keys: frozenset[str] | None = None,
        is_hit: Callable[[str], bool] | None = None,
    ) -> Fields | None:
        """Return an event redacted, the same dict when it stays, or None when the reference has to do it.

        Args:
            fields: of the event.
            findings: what was found is added here, by path and label.
            keys: names below which the operator's rules may take whole values; None for none.
            is_hit: tells whether the operator's patterns find something in a string; None: they don't.

        Raises:
            EventDropped, RedactionTimeout: the event must not be stored.
        """
        changes = _core.redact_fields(self._prepared, fields, _Leaf(self._engine, fields), keys, is_hit)
        if changes is None:
            return fields
        if isinstance(changes, bool):
            return None
        redacted = fields
        for name, (text, found) in changes.items():
            if text is not None:
                redacted = redacted if redacted is not fields else dict(fields)
                redacted[name] = msgspec.Raw(text)
            for path, label, count in found:
                findings[path, label] += count
        return redacted


class _Leaf:
    """What the reference makes of single strings and numbers of one event."""

    __slots__ = ("_engine", "_fields", "_scope")

    def __init__(self, engine: TextEngine, fields: Fields) -> None:
        self._engine = engine
        self._fields = fields
        self._scope: Scope | None = None

    def __call__(
        self, text: str, key: str, is_number: int, steps: list[str | int] | None
    ) -> tuple[str, dict[str, int]]:
        if self._scope is None:
            self._scope = self._engine.scope(bytes(value) for value in self._fields.values())
        place = self._engine.root if steps is not None else None
        for step in steps or ():
            place = place.below(step) if place is not None else None
        return self._engine.redact_leaf(text, key, place, self._scope, is_number=bool(is_number))


def _find_secrets(text: str, hint: str) -> list[tuple[int, int]]:
    return list(find_secrets(View(text, hint, 0, len(text))))


@cache
def _tables() -> _core.Tables:
    """Return what all sets of rules share."""
    lists: dict[str, Any] = {
        "no_phone": words.NO_PHONE,
        "not_a_card": sorted(words.NOT_A_CARD),
        "number_words": sorted(words.NUMBER_WORDS),
        "version": sorted(words.VERSION),
        "version_parts": words.VERSION_PARTS,
        "section_marks": list(words.SECTION_MARKS),
        "list_words": sorted(words.LIST_WORDS),
        "methods": sorted(METHODS),
        "entities": list(ENTITIES),
        "entity_plain": list(ENTITIES.values()),
        "prefixes": [*(prefix for prefix, _ in PREFIXED), "eyJ"],
        "secret_names": ENDINGS,
        "before_key": BEFORE_KEY,
        "tlds": sorted(TLDS),
    }
    phrases = {
        "phone": words.PHONE,
        "after_phone": words.AFTER_PHONE,
        "ssn": words.SSN,
        "after_ssn": words.AFTER_SSN,
        "card": words.CARD,
        "updates": words.UPDATES,
        "too_far": words.TOO_FAR,
    }
    return _core.load(
        lists
        | {name: _entries(some) for name, some in phrases.items()}
        | {
            "iban_length": _iban_lengths(),
            "calling": _calling_codes(),
            "fold": bytes(_fold(code) for code in range(1 << 16)),
            "foreign": _foreign(),
            "issuers": [(low, high, width, _bits(lengths)) for low, high, width, lengths in CARD_ISSUERS],
        }
    )


def _entries(phrases: Phrases) -> list[tuple[str, int, bool, bool, bool]]:
    """Return (phrase, precedence, begins a word, ends a word, not behind ``NO_PHONE``)."""
    return [
        *((phrase, 0, True, True, False) for phrase in phrases.whole),
        *((phrase, 1, True, False, False) for phrase in phrases.stems),
        *((phrase, 2, False, False, False) for phrase in phrases.parts),
        *((phrase, 3, False, True, True) for phrase in phrases.tails),
    ]


def _bits(lengths: frozenset[int]) -> int:
    return sum(1 << length for length in lengths)


def _iban_lengths() -> bytes:
    """By country: the length of its IBANs, 0 for none."""
    table = bytearray(26 * 26)
    for country, length in IBAN_LENGTHS.items():
        table[(ord(country[0]) - 65) * 26 + ord(country[1]) - 65] = length
    return bytes(table)


def _calling_codes() -> bytes:
    """By width of the calling code and code: the fewest and most digits of a number, 0 for no such code."""
    table = bytearray(_WIDEST_CODE * 1000 * 2)
    for code in CALLING_CODES:
        place = ((len(code) - 1) * 1000 + int(code)) * 2
        table[place : place + 2] = bytes(plan(code, trunk_zero=False))
    return bytes(table)


def _foreign() -> bytes:
    """One bit by code point: may it stand in an address?"""
    table = bytearray(1 << 13)
    for char in FOREIGN:
        table[ord(char) >> 3] |= 1 << (ord(char) & 7)
    return bytes(table)


def _fold(code: int) -> int:
    """Return the plain ASCII character a code point disguises, or whether it is kept or dropped."""
    if code < 0x80 or 0xD800 <= code < 0xE000:
        return _KEPT
    plain = plain_character(chr(code))
    if not plain:
        return _DROPPED
    return ord(plain) if plain != chr(code) else _KEPT
