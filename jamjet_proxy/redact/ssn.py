"""United States social security numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jamjet_proxy.redact import words
from jamjet_proxy.redact.view import View, is_followed_by, last_word_applies

_NUMBER = re.compile(
    r"(?<!\w)(?<!\d[.\-])(?!000|666|9)[0-9]{3}"
    r"(?P<by>[ .\-]?)(?!00)[0-9]{2}(?P=by)(?!0000)[0-9]{4}(?!\w|[.\-]\d)",
    re.ASCII,
)


def find_ssns(view: View) -> Iterator[tuple[int, int]]:
    """Yield the range of every number in a valid range: dashed anywhere, else beside an SSN word."""
    if "-" not in view.text[view.low : view.high] and not view.may_name_ssn():
        return
    for found in _NUMBER.finditer(view.text, view.low, view.high):
        if found["by"] == "-" or _is_named(view, found.start(), found.end()):
            yield found.span()


def _is_named(view: View, start: int, end: int) -> bool:
    if last_word_applies(words.SSN, view.before(start)):
        return True
    return is_followed_by(words.AFTER_SSN, view.after(end))
