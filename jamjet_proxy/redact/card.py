"""Payment card numbers: a known issuer, its length and the Luhn check digit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jamjet_proxy.redact import words
from jamjet_proxy.redact.tables import CARD_ISSUERS
from jamjet_proxy.redact.view import View, last_word_applies, word_at_end

_CANDIDATE = re.compile(
    r"(?<![A-Za-z0-9])(?<!\d[.\-])(?:"
    r"[0-9]{12,19}"
    r"|[0-9]{4}(?P<by4>[ .\-])[0-9]{4}(?P=by4)[0-9]{4}(?P=by4)[0-9]{1,4}(?P<tail>(?P=by4)[0-9]{1,3})?"
    r"|[0-9]{4}(?P<by5>[ .\-])[0-9]{4}(?P=by5)[0-9]{5}"
    r"|[0-9]{4}(?P<amex>[ .\-])[0-9]{6}(?P=amex)[0-9]{4,5}"
    r")(?![A-Za-z0-9])(?![.\-]\d)",
    re.ASCII,
)
_FIRST_GROUP = 4
_BY_FIRST_DIGIT = {
    digit: [issuer for issuer in CARD_ISSUERS if str(issuer[0])[0] <= digit <= str(issuer[1])[0]]
    for digit in "123456789"
}
_DOUBLED = str.maketrans("0123456789", "0246813579")


def find_cards(view: View) -> Iterator[tuple[int, int]]:
    """Yield the range of every card number."""
    found = _CANDIDATE.search(view.text, view.low, view.high)
    while found:
        start = found.start()
        end = _card_end(view, found)
        if end:
            yield start, end
        found = _CANDIDATE.search(view.text, end or start + _FIRST_GROUP, view.high)


def _card_end(view: View, found: re.Match[str]) -> int:
    """Return where the card number of a candidate ends, or 0 when it is none."""
    for end in (found.end(), found.start("tail")):
        if end > 0 and _is_card(view, found.start(), end):
            return end
    return 0


def _is_card(view: View, start: int, end: int) -> bool:
    written = view.text[start:end]
    digits = re.sub("[ .-]", "", written)
    if not has_issuer(digits):
        return False
    if not luhn(digits):
        return len(digits) == 16 and last_word_applies(words.CARD, view.before(start))
    return written != digits or not _is_labelled_otherwise(view.before(start))


def _is_labelled_otherwise(before: str) -> bool:
    """Tell whether the number is said to be a tracking number, an IMEI ..."""
    word, start = word_at_end(before)
    if word in words.NUMBER_WORDS:
        word, _ = word_at_end(before[:start])
    return word in words.NOT_A_CARD


def has_issuer(digits: str) -> bool:
    """Tell whether a known issuer gives out numbers with this beginning and length."""
    for first, last, width, lengths in _BY_FIRST_DIGIT.get(digits[0], ()):
        if len(digits) in lengths and first <= int(digits[:width]) <= last:
            return True
    return False


def luhn(digits: str) -> bool:
    """Tell whether the last digit is the Luhn check digit of the others."""
    total = sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))
    return total % 10 == 0
