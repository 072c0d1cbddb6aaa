"""Disguised text made plain: escapes, entities, full-width and invisible characters.

A folded text remembers where each of its characters came from, so what is found in it can be cut out of
the original.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff"
SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
WIDE_BRACKETS = "\uff08\uff09"
WIDE = "\uff05\uff0b\uff0e\uff0f\uff10-\uff1a\uff20-\uff3a\uff3f\uff41-\uff5a"
"""Full-width forms worth folding, as the inside of a character class; ordinary CJK punctuation is not."""

ENTITIES = {
    "commat": "@",
    "period": ".",
    "lt": "<",
    "gt": ">",
    "amp": "&",
    "quot": '"',
    "apos": "'",
    "nbsp": " ",
    "plus": "+",
    "lowbar": "_",
    "hyphen": "-",
    "colon": ":",
}
"""Named HTML entities that may stand in an address or a number."""

_CHARACTER = rf"[{INVISIBLE}{SPACES}{DASHES}{WIDE_BRACKETS}{WIDE}]|[^\D0-9]"
DISGUISED_CHARACTER = re.compile(_CHARACTER)
"""One character that stands for another one, or for none."""

_DISGUISED = re.compile(
    r"(?<!\\)\\+u(?P<escape>[0-9A-Fa-f]{4})"
    r"|%(?P<percent>[2-7][0-9A-Fa-f])"
    r"|&#(?P<decimal>[0-9]{1,6});|&#[xX](?P<hex>[0-9A-Fa-f]{1,5});"
    rf"|&(?P<entity>{'|'.join(ENTITIES)});"
    rf"|(?P<char>{_CHARACTER})"
)
# A scan for single characters is many times faster than the alternatives above.
_MAYBE_DISGUISED = re.compile(rf"[\\%&{INVISIBLE}{SPACES}{DASHES}{WIDE_BRACKETS}{WIDE}]|[^\D0-9]")
_BLANK_ESCAPE = re.compile(r"\\[bfnrt]")


@dataclass(frozen=True, slots=True)
class Folded:
    """A plain text and, per character, the range of the original it stands for."""

    text: str
    starts: list[int]
    ends: list[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of the original behind the folded range; ``start < end``."""
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> Folded | None:
    """Return ``text`` with every disguise undone, or None when it has none."""
    if not _has_disguise(text):
        return None
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for found in _DISGUISED.finditer(text):
        begin, stop = found.span()
        plain = _plain(found)
        pieces += (text[done:begin], plain)
        starts += range(done, begin)
        ends += range(done + 1, begin + 1)
        starts += [begin] * len(plain)
        ends += [stop] * len(plain)
        done = stop
    if not pieces:
        return None
    pieces.append(text[done:])
    starts += range(done, len(text))
    ends += range(done + 1, len(text) + 1)
    return Folded("".join(pieces), starts, ends)


def _has_disguise(text: str) -> bool:
    if text.isascii():
        return "\\" in text or "%" in text or "&" in text
    return _MAYBE_DISGUISED.search(text) is not None


def blank_escapes(text: str) -> str:
    r"""Return ``text``, same length, with a literal ``\n``, ``\t`` ... of nested JSON turned into blanks."""
    return _BLANK_ESCAPE.sub(_blank, text) if "\\" in text else text


def _blank(found: re.Match[str]) -> str:
    return " \n" if found[0] == "\\n" else "  "


def _plain(found: re.Match[str]) -> str:
    kind = found.lastgroup
    value = found[kind] if kind else ""
    if kind == "char":
        return plain_character(value)
    if kind == "entity":
        return ENTITIES[value]
    code = int(value, 10 if kind == "decimal" else 16)
    return plain_character(chr(code)) if code < 0x110000 else " "


def plain_character(char: str) -> str:
    """Return what ``char`` stands for: one character, or none."""
    if char < "\x80":
        return char
    if char in INVISIBLE:
        return ""
    if char in SPACES:
        return " "
    if char in DASHES:
        return "-"
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    return chr(ord(char) - 0xFEE0) if "\uff01" <= char <= "\uff5e" else char
