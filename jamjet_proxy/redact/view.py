"""A text as a detector sees it, with the words around a place in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WINDOW = 48  # characters of context on the left; about one clause
_AHEAD = 24
_DIGIT = re.compile("[0-9]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TOO_FAR = re.compile(
    r"\d{4}|\b(?:order|ids?|uuid|ref|reference|invoice|ticket|case|tracking|serial|sku|zip|postal|port|version"
    r"|time|timestamp|epoch|ts|date|dob|code|amount|total|price|seq|sequence|status|account|build|page|row|column|buffer|line|tokens|bytes)\b"
)


@dataclass(slots=True)  # not frozen: that makes building one, per group of digits, four times as slow
class View:
    """One text to search.

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

    def before(self, start: int) -> str:
        """Return the words left of ``start`` on its line, lower case, at most 48 characters and the hint."""
        low = max(0, start - _WINDOW)
        window = self.text[low:start]
        if self.known > low:  # a value of a list is no obstacle between the word and the next value
            cut = min(self.known, start) - low
            window = _DIGIT.sub("#", window[:cut]) + window[cut:]
        line = window.rfind("\n") + 1
        if line:
            window = window[line:]
        elif low == 0 and self.hint:
            window = f"{self.hint}: {window}"
        return _plain(window)

    def after(self, end: int) -> str:
        """Return the words right of ``end`` on its line, lower case, at most 24 characters."""
        return _plain(self.text[end : end + _AHEAD].partition("\n")[0])


def last_word_applies(words: re.Pattern[str], before: str) -> bool:
    """Tell whether the last of ``words`` in ``before`` speaks about what follows it.

    It does not when another label or another long number stands in between.
    """
    end = -1
    for found in words.finditer(before):
        end = found.end()
    return end >= 0 and _TOO_FAR.search(before, end) is None


def _plain(window: str) -> str:
    return _CAMEL.sub(" ", window).replace("_", " ").lower()
