"""A cheap yes-or-no test on raw JSON: could anything of the built-in types be in it?

"No" is a proof, "yes" only a reason to look closely. The tests therefore ask for less than the detectors
do: every character a detector may skip is optional here, and so is each way JSON may spell it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import re2  # type: ignore[import-untyped,unused-ignore]

from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.redact import words
from jamjet_proxy.redact.fold import DASHES, ENTITIES, INVISIBLE, SPACES, WIDE, WIDE_BRACKETS
from jamjet_proxy.redact.secret_names import AUTHORIZATION, NAME_IN_RE2, PREFIXED
from jamjet_proxy.redact.tables import IBAN_LENGTHS
from jamjet_proxy.redact.words import Phrases

# A value starts behind no letter or digit; JSON may spell the character before it as `\n`, `\t` ...
_BOUNDARY = r"(?:^|[^0-9A-Za-z]|\\[bfnrt])"
_BETWEEN = rf"(?:[ .()/\\\-{SPACES}{DASHES}{WIDE_BRACKETS}]|\\[bfnrt])*"
_DISGUISE = (
    r"\\u|%[2-7][0-9A-Fa-f]|&(?:amp;)?#[0-9xX]"
    rf"|&(?:{'|'.join(ENTITIES)});|[{INVISIBLE}{WIDE}]|[^\P{{Nd}}0-9]"
)
_APART = _BETWEEN.removesuffix("*") + "+"
_DASH = rf"[\-{DASHES}]"

_BLANK = rf"(?:[ {SPACES}]|\\{{1,8}}[bfnrt])"
_GAP = rf"(?:[\"'`\\ \t>\]{SPACES}]|\\[bfnrt]){{0,16}}"
_NAME = NAME_IN_RE2.replace("[_. -]", rf"[_. \-{SPACES}{DASHES}]")


def _with_dashes(prefix: str) -> str:
    return _DASH.join(map(re.escape, prefix.split("-")))


_PREFIXES = "|".join(_with_dashes(prefix) for prefix, _ in PREFIXED)

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
    PiiType.SECRET: (
        rf"{_BOUNDARY}(?:{_PREFIXES}|eyJ)[A-Za-z0-9_.\-{DASHES}]{{8}}",
        rf"(?i:{_NAME})s?{_GAP}[=:>]",
        rf"(?i:{AUTHORIZATION}){_GAP}[:=]|(?i:bearer|basic|token){_BLANK}{{1,4}}[A-Za-z0-9._~+/=\-{DASHES}]{{12}}",
        rf"(?i:{_DASH}{_DASH}?[a-z\-{DASHES}]{{0,20}}(?:pass|pw|token|secret|key|credential|contrase|kennwort))",
        r"://[^\s/@]{0,400}@",
        rf"hooks\.slack\.com|{_DASH}{{5}}BEGIN|\d:AA",
    ),
}

_PLAIN_GAP = r"[^A-Za-z0-9]{0,4}"
_LEFT = r"(?:^|[^A-Za-z]|\\[bfnrt])"
_LONG_NUMBER = rf"\d(?:{_BETWEEN}\d){{6}}|\d[eE]\+?\d"
_BEHIND_NUMBER = r"\d[^A-Za-z0-9]{0,8}(?:\\[bfnrt][^A-Za-z0-9]{0,8}){0,4}(?i:is (?:my|our|the|his|her) )?"
_ANYTHING_ELSE = r"[^\s\S]"


class Gate:
    """The test for a set of built-in types."""

    def __init__(self, types: Iterable[PiiType]) -> None:
        chosen = sorted(types)
        shapes = [shape for kind in chosen for shape in _SHAPES[kind]]
        shapes += [_DISGUISE] if chosen else []
        self._has_shape = _compile(shapes)
        self._has_shape_or_number = _compile([*shapes, _LONG_NUMBER])
        self._names = _compile([names for kind in chosen for names in _NAMES.get(kind, ())])

    def may_hold(self, raw: bytes) -> bool:
        """Tell whether UTF-8 text, raw JSON or plain, could hold something that is to be redacted.

        The key a text stands under counts as a part of it.
        """
        if not self._has_shape_or_number(raw):
            return False
        return bool(self._names(raw) or self._has_shape(raw))

    def may_hold_if_named(self, raw: bytes) -> bool:
        """Tell the same of a text that may stand under any key."""
        return bool(self._has_shape_or_number(raw))


def _compile(alternatives: list[str]) -> re2._Regexp:
    options = re2.Options()
    options.never_capture = True
    options.log_errors = False
    options.max_mem = 64 << 20
    return re2.compile("|".join(alternatives) or _ANYTHING_ELSE, options).search


def _names_in_raw(before: Phrases, after: Phrases) -> tuple[str, ...]:
    """Return what matches wherever one of the phrases could, in any case and with any blank.

    A word's edge may be an escape of JSON, or the hump of a camelCase name.
    """
    whole = [_raw(phrase) for phrase in before.whole]
    stems = [_raw(phrase) for phrase in before.stems]
    anywhere = [*map(_raw, before.parts), *map(_raw, before.tails)]
    humps = [f"{phrase[0].upper()}(?i:{_raw(phrase[1:])})" for phrase in (*before.whole, *before.stems)]
    behind = [_raw(phrase) for phrase in (*after.whole, *after.stems)]
    return tuple(
        _alternatives(
            (rf"{_LEFT}(?i:", whole, r")(?:[^a-z]|$)"),
            (rf"{_LEFT}(?i:", stems, ")"),
            ("(?i:", anywhere, ")"),
            ("[a-z](?:", humps, ")"),
            (rf"{_BEHIND_NUMBER}(?i:", behind, ")"),
        )
    )


def _alternatives(*groups: tuple[str, list[str], str]) -> Iterator[str]:
    return (f"{opening}{'|'.join(some)}{closing}" for opening, some, closing in groups if some)


def _raw(phrase: str) -> str:
    return _PLAIN_GAP.join(re.escape(word) for word in phrase.split(" "))


# What is found only beside a word that names it, and the words.
_NAMES = {
    PiiType.PHONE: _names_in_raw(words.PHONE, words.AFTER_PHONE),
    PiiType.US_SSN: _names_in_raw(words.SSN, words.AFTER_SSN),
}
_NAMED = {kind: _compile(list(names)) for kind, names in _NAMES.items()}
_ACCOUNTS = _compile(list(_SHAPES[PiiType.IBAN]))


def may_name(kind: PiiType, text: str) -> bool:
    """Tell whether a word that makes a value of ``kind`` of a number could stand in ``text``."""
    return _NAMED[kind](text) is not None


def may_hold_account(text: str) -> bool:
    """Tell whether ``text`` could hold an IBAN."""
    return _ACCOUNTS(text) is not None
