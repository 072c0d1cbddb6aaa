"""A text as a detector sees it, with the words around a place in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.redact import words
from jamjet_proxy.redact.gate import may_name
from jamjet_proxy.redact.words import Phrases

BEFORE = 48  # characters of context on the left; about one clause
AFTER = 24
HINT = 64  # the end of a key says what it is

_DIGIT = re.compile("[0-9]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_UPPER = re.compile("[A-Z\u00c0-\u00d6\u00d8-\u00de\u0410-\u042f]")
# Between a word and what it speaks about there is no other number, and no label of something else.
_OTHER_NUMBER = re.compile(r"[0-9]{4}|[0-9][ \"']{0,2}[\t|,;]")
_OTHER_LABEL = re.compile(r";|[,&|] ?[\"']?[a-z][a-z0-9 .-]{0,30}[\"']? ?[:=]")
_NOT_DIGITS = words.LETTERS.removeprefix("0-9")
_WORD_AT_END = re.compile(rf"(?<![{words.LETTERS}])([{_NOT_DIGITS}]+)[\x00-/:-@\[-`{{-\x7f]{{0,6}}\Z")
_NEXT_NUMBER = re.compile(" ?[:=#]? ?[0-9]")
_OWNER = re.compile(r"[\"'),(: \t-]{0,4}(?:is (?:my|our|the|his|her) )?")


@dataclass(slots=True)
class View:
    """One text to search, and the part of it that is searched now: one view is moved along a text.

    Attributes:
        text: what is searched.
        hint: the key the text stands under in a document; "" when there is none.
        low, high: where the values looked for lie; the text around them is context.
        known: where the last value found before ``low`` ended; 0 when there is none.
    """

    text: str
    hint: str
    low: int
    high: int
    known: int = 0
    _names_phone: bool | None = None
    _names_ssn: bool | None = None

    def may_name_phone(self) -> bool:
        """Tell whether a word for telephones could stand anywhere in the text or be its key."""
        if self._names_phone is None:
            self._names_phone = may_name(PiiType.PHONE, f"{self.hint}\n{self.text}")
        return self._names_phone

    def may_name_ssn(self) -> bool:
        """Tell whether a word for social security numbers could stand anywhere in the text or be its key."""
        if self._names_ssn is None:
            self._names_ssn = may_name(PiiType.US_SSN, f"{self.hint}\n{self.text}")
        return self._names_ssn

    def before(self, start: int) -> str:
        """Return the words left of ``start`` on its line, at most 48 characters, and the hint."""
        low = max(0, start - BEFORE)
        window = self.text[low:start]
        if self.known > low:  # a value of a list is no obstacle between the word and the next value
            cut = min(self.known, start) - low
            window = _DIGIT.sub("*", window[:cut]) + window[cut:]
        line = window.rfind("\n") + 1
        if line:
            window = window[line:]
        elif low == 0 and self.hint:
            window = f"{self.hint[-HINT:]}: {window}"
        return plain_words(window)

    def after(self, end: int) -> str:
        """Return the words right of ``end`` on its line, at most 24 characters."""
        return plain_words(self.text[end : end + AFTER].partition("\n")[0])


def plain_words(window: str) -> str:
    """Return ``window`` in lower case, with blanks between the words of ``camelCase`` and ``snake_case``."""
    if not window.islower():
        window = _CAMEL.sub(" ", window)
        window = window.lower() if window.isascii() else _UPPER.sub(_to_lower, window)
    return window.replace("_", " ")


def last_word_applies(phrases: Phrases, before: str) -> bool:
    """Tell whether the last of ``phrases`` in ``before`` speaks about what follows it.

    It does not when another label or another long number stands in between.
    """
    end = phrases.last_end(before)
    if end < 0 or _OTHER_NUMBER.search(before, end) or _OTHER_LABEL.search(before, end):
        return False
    return words.TOO_FAR.pattern.search(before, end) is None


def is_followed_by(phrases: Phrases, after: str) -> bool:
    """Tell whether ``after`` starts with one of ``phrases``: ``... (mobile)``, ``... is my SSN``."""
    owner = _OWNER.match(after)
    found = phrases.pattern.match(after, owner.end() if owner else 0)
    return found is not None and _NEXT_NUMBER.match(after, found.end()) is None


def word_at_end(before: str) -> tuple[str, int]:
    """Return the last word of ``before``, at most six marks from its end, and its start; or ("", -1)."""
    found = _WORD_AT_END.search(before)
    return (found[1], found.start(1)) if found else ("", -1)


def _to_lower(found: re.Match[str]) -> str:
    return found[0].lower()
