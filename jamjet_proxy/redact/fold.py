"""Disguised text made plain: escapes, entities, full-width and invisible characters.

A folded text remembers where each of its characters came from, so what is found in it can be cut out of
the original.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field

INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff\ufffd"
SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
DASHES = "\u2010\u2011\u2012\u2013\u2212\ufe58\ufe63\uff0d"
"""What is used for a hyphen. An em dash isn't: it separates."""
WIDE_BRACKETS = "\uff08\uff09"
WIDE = "\uff0b\uff0e\uff0f\uff10-\uff1a\uff20-\uff3a\uff3f\uff41-\uff5a"
"""Full-width forms worth folding, as the inside of a character class; ordinary CJK punctuation is not."""
MATH_DIGITS = "\U0001d7ce-\U0001d7ff"
_DIGITS = "".join(
    chr(code) for code in range(0x80, 0x10000) if unicodedata.decimal(chr(code), None) is not None
)

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
    "dash": "-",
    "colon": ":",
    "lpar": "(",
    "rpar": ")",
    "sol": "/",
}
"""Named HTML entities that may stand in an address or a number."""

LIKE_ANOTHER = f"{SPACES}{DASHES}{WIDE_BRACKETS}{WIDE}{_DIGITS}{MATH_DIGITS}"
"""Characters that stand for another one, as the inside of a character class."""
_LIKE_ANOTHER = re.compile(f"[{LIKE_ANOTHER}]")
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
# All alternatives behind one class of characters: `re` searches for that many times faster.
_ESCAPED = re.compile(
    rf"[\\%&{INVISIBLE}](?:"
    r"(?<=\\)(?<!\\\\)\\*u(?P<escape>[0-9A-Fa-f]{4})"
    r"|(?<=%)(?:25){0,3}(?P<percent>[2-7][0-9A-Fa-f])"
    r"|(?<=&)(?:amp;)?#(?:(?P<decimal>[0-9]{1,6})|[xX](?P<hex>[0-9A-Fa-f]{1,5}));"
    rf"|(?<=&)(?P<entity>{'|'.join(ENTITIES)});"
    rf"|(?P<invisible>(?<=[{INVISIBLE}])))"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK_ESCAPE = re.compile(r"\\[bfnrt]")


@dataclass(slots=True)
class Folded:
    """A plain text that knows where its characters stood in the original.

    Attributes:
        text: as the detectors read it.
        places: where, in ``text``, each run begins.
        origins: (start, end) of the run in the original; a run of another length than its original is
            what an escape stands for, and belongs to all of it.
    """

    text: str
    places: list[int] = field(default_factory=list)
    origins: list[tuple[int, int]] = field(default_factory=list)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of the original behind the range ``start`` to ``end``; ``start < end``."""
        if not self.places:
            return start, end
        return self._origin(start)[0], self._origin(end - 1)[1]

    def _origin(self, place: int) -> tuple[int, int]:
        run = bisect_right(self.places, place) - 1
        begin, stop = self.origins[run]
        length = (self.places[run + 1] if run + 1 < len(self.places) else len(self.text)) - self.places[run]
        if length != stop - begin:
            return begin, stop
        at = begin + place - self.places[run]
        return at, at + 1


def fold(text: str) -> Folded | None:
    """Return ``text`` with every disguise undone, or None when it has none."""
    if text.isascii():
        return _unescape(text) if "\\" in text or "%" in text or "&" in text else None
    folded = None
    if "\\" in text or "%" in text or "&" in text or _INVISIBLE.search(text):
        folded = _unescape(text)
    if folded is None:
        plain = _LIKE_ANOTHER.sub(_stand_in, text)
        return None if plain == text else Folded(plain)
    folded.text = _LIKE_ANOTHER.sub(_stand_in, folded.text)
    return folded


def _unescape(text: str) -> Folded | None:
    folded = Folded("")
    pieces: list[str] = []
    done = length = 0
    for found in _ESCAPED.finditer(text):
        begin, stop = found.span()
        plain = _meaning(found)
        if begin > done:
            folded.places.append(length)
            folded.origins.append((done, begin))
            length += begin - done
        if plain:
            folded.places.append(length)
            folded.origins.append((begin, stop))
            length += 1
        pieces += (text[done:begin], plain)
        done = stop
    if not pieces:
        return None
    if done < len(text):
        folded.places.append(length)
        folded.origins.append((done, len(text)))
    folded.text = "".join(pieces) + text[done:]
    return folded


def encodable(text: str) -> str:
    """Return ``text``, same length, with U+FFFD for lone surrogates, which UTF-8 has no form for."""
    if not isinstance(text, str):
        raise TypeError(f"a text is expected, not {type(text).__name__}")
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def blank_escapes(text: str) -> str:
    r"""Return ``text``, same length, with a literal ``\n``, ``\t`` ... of nested JSON turned into blanks."""
    return _BLANK_ESCAPE.sub(_blank, text) if "\\" in text else text


def _blank(found: re.Match[str]) -> str:
    return " \n" if found[0] == "\\n" else "  "


def _stand_in(found: re.Match[str]) -> str:
    return plain_character(found[0])


def _meaning(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    value = found[kind]
    if kind == "invisible":
        return ""
    if kind == "entity":
        return ENTITIES[value]
    code = int(value, 10 if kind == "decimal" else 16)
    if code >= 0x110000 or 0xD800 <= code < 0xE000:
        return plain_character("\ufffd")
    return plain_character(chr(code))


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
    if char in WIDE_BRACKETS or "\uff0b" <= char <= "\uff5a":
        return chr(ord(char) - 0xFEE0) if _LIKE_ANOTHER.match(char) else char
    digit = unicodedata.decimal(char, None) if _LIKE_ANOTHER.match(char) else None
    return char if digit is None else str(digit)
