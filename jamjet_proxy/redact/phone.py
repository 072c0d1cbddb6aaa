"""Telephone numbers: international and formatted North American ones anywhere, others beside a phone word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jamjet_proxy.redact import words
from jamjet_proxy.redact.ip import QUAD
from jamjet_proxy.redact.tables import CALLING_CODES, NATIONAL_LENGTHS
from jamjet_proxy.redact.view import View, is_followed_by, last_word_applies

_INTERNATIONAL = re.compile(r"(?<![\w+])\+\(?[0-9](?:[ .()/\-]{0,3}[0-9]){6,16}(?![0-9])", re.ASCII)
_AMERICAN = re.compile(
    r"(?<!\w)(?<!\d[.\-])(?:1[ .\-]?)?"
    r"(?:\([2-9][0-9]{2}\)[ .\-]?[2-9][0-9]{2}[ .\-]|[2-9][0-9]{2}(?P<by>[.\-])[2-9][0-9]{2}(?P=by)"
    r"|(?<=1 )[2-9][0-9]{2} [2-9][0-9]{2}[ \-])[0-9]{4}(?!(?!x\d)\w|[.\-]\d)",
    re.ASCII,
)
_NATIONAL = re.compile(
    r"(?<!\w)(?<!\d[.,:\-/])(?<!\d )(?<!\+)"
    r"\(?[0-9](?:[ .()/\-]{0,3}[0-9]){6,16}(?!(?!x\d)\w|[.,:\-/]\d)",
    re.ASCII,
)
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}[-/.](?:0?[1-9]|1[0-2])[-/.][0-9]{1,2}(?![0-9])"
    r"|[0-9]{1,2}([-/.])[0-9]{1,2}\1(?:19|20)[0-9]{2}(?![0-9])"
)
_DECIMAL = re.compile(r"(?!0[0-9])[0-9]+\.[0-9]+")
_COORDINATE = re.compile(r"\+[0-9]{1,3}\.[0-9]{4,7}")
_LONE_DIGIT = re.compile("[0-9] [0-9]")
_YEAR_AND_ISSUE = re.compile(r"(?:19|20)[0-9]{2}\.[0-9]{2}\.[0-9]{3}")  # the end of a DOI
_DOTTED = re.compile(r"[0-9]+(?:\.[0-9]+){3,}")
_SHORT_PART = re.compile(r"\.[0-9](?![0-9])")
_QUAD = re.compile(rf"(?<![0-9.]){QUAD}(?![0-9.])")
_GROUP_END = re.compile(r"[0-9](?![0-9])")
_NATIONAL_MAX = 13
_TOTAL = (7, 15)


def find_phones(view: View) -> Iterator[tuple[int, int]]:
    """Yield the range of every number, without its extension."""
    zone = view.text[view.low : view.high]
    if "+" in zone:
        yield from _find_international(view)
    if any(mark in zone for mark in ".-( "):
        yield from (found.span() for found in _AMERICAN.finditer(view.text, view.low, view.high))
    if view.may_name_phone():
        yield from _find_named(view)


def _find_international(view: View) -> Iterator[tuple[int, int]]:
    for found in _INTERNATIONAL.finditer(view.text, view.low, view.high):
        end = _international_end(found)
        if end:
            yield found.start(), end


def _international_end(found: re.Match[str]) -> int:
    """Return the end of the longest run of digit groups that the country's plan allows, or 0."""
    written = found[0]
    fewest, most = plan(_digits(written), trunk_zero="(0)" in written)
    ends = [group.end() for group in _GROUP_END.finditer(written)]
    fitting = [end for end in ends if fewest <= len(_digits(written[:end])) <= most]
    if not fitting or _COORDINATE.fullmatch(written):
        return 0
    if len(fitting) > 1 and _LONE_DIGIT.fullmatch(written, fitting[-1] - 3, fitting[-1]):
        fitting.pop()  # "called +39 02 1234 5678 2 times"
    return found.start() + fitting[-1]


def plan(digits: str, *, trunk_zero: bool) -> tuple[int, int]:
    """Return the fewest and most digits of a number with this calling code; (1, 0) for none."""
    for width in (1, 2, 3):
        code = digits[:width]
        if code in CALLING_CODES:
            fewest, most = NATIONAL_LENGTHS.get(code, (_TOTAL[0] - width, _TOTAL[1] - width))
            return width + fewest, width + most + trunk_zero
    return 1, 0


def _find_named(view: View) -> Iterator[tuple[int, int]]:
    for found in _NATIONAL.finditer(view.text, view.low, view.high):
        start, end = found.span()
        if not _is_other_number(found[0]) and _is_named(view, start, end):
            yield start, end


def _is_named(view: View, start: int, end: int) -> bool:
    if last_word_applies(words.PHONE, view.before(start)):
        return True
    return is_followed_by(words.AFTER_PHONE, view.after(end))


def _is_other_number(written: str) -> bool:
    count = len(_digits(written))
    limit = _TOTAL[1] if written.startswith(("00", "(")) or not written.isdigit() else _NATIONAL_MAX
    if count > limit or _DATE.match(written) or _QUAD.search(written):
        return True
    if _DOTTED.fullmatch(written) and _SHORT_PART.search(written):
        return True  # an object identifier, a build number
    return bool(_DECIMAL.fullmatch(written) or _YEAR_AND_ISSUE.fullmatch(written))


def _digits(written: str) -> str:
    return re.sub("[^0-9]", "", written)
