"""All built-in detectors over one text, in plain and in disguised form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.redact.card import find_cards
from jamjet_proxy.redact.email import find_emails
from jamjet_proxy.redact.fold import blank_escapes, fold
from jamjet_proxy.redact.iban import find_ibans
from jamjet_proxy.redact.ip import find_v4, find_v6
from jamjet_proxy.redact.phone import find_phones
from jamjet_proxy.redact.spans import Span
from jamjet_proxy.redact.ssn import find_ssns
from jamjet_proxy.redact.view import View

_Detector = Callable[[View], Iterator[tuple[int, int]]]

# Within each table the order decides the name of what two detectors claim in the same length.
_OF_DIGITS: tuple[tuple[PiiType, _Detector, int], ...] = (  # and the fewest digits of such a value
    (PiiType.CREDIT_CARD, find_cards, 12),
    (PiiType.US_SSN, find_ssns, 9),
    (PiiType.IP, find_v4, 4),
    (PiiType.PHONE, find_phones, 7),
)
_OF_LETTERS: tuple[tuple[PiiType, _Detector], ...] = (
    (PiiType.IBAN, find_ibans),
    (PiiType.EMAIL, find_emails),
    (PiiType.IP, find_v6),
)
_DIGITS = re.compile(r"[0-9](?:[ .()/\-]{0,3}[0-9]){3,}")
_SEPARATORS = str.maketrans("", "", " .()/-")
_BEFORE = 2  # a plus sign and a bracket may precede the first digit
_FEWEST_WITHOUT_DOTS = 7
_DOTS_OF_A_QUAD = 3
_AFTER = 4  # what follows the last digit may rule a value out
_SUSPICIOUS = re.compile(r"[@0-9\\%&]|[^\x00-\x7f]")


def detect_builtin(text: str, hint: str, types: frozenset[PiiType]) -> list[Span]:
    """Return what the detectors of ``types`` find, unsorted and possibly overlapping.

    Args:
        text: any text.
        hint: the key it stands under in a document; "" when there is none.
        types: which detectors take part.
    """
    if not _SUSPICIOUS.search(text):
        return []
    plain = blank_escapes(text)
    found = list(_run(plain, hint, types))
    folded = fold(plain)
    if folded is None:
        return found
    disguised = [(*folded.original(start, end), kind) for start, end, kind in _run(folded.text, hint, types)]
    return disguised + _outside(found, disguised)


def _run(text: str, hint: str, types: frozenset[PiiType]) -> Iterator[Span]:
    whole = View(text, hint, 0, len(text))
    for kind, find in _OF_LETTERS:
        if kind in types:
            for start, end in find(whole):
                yield start, end, kind.value
    known = 0
    for zone in _DIGITS.finditer(text):
        detectors = _detectors(zone[0], types)
        if detectors:
            view = View(text, hint, max(0, zone.start() - _BEFORE), zone.end() + _AFTER, known)
            for kind, find in detectors:
                for start, end in find(view):
                    known = max(known, end)
                    yield start, end, kind.value


def _detectors(zone: str, types: frozenset[PiiType]) -> list[tuple[PiiType, _Detector]]:
    """Return the detectors that could find something in a group of digits."""
    digits = len(zone.translate(_SEPARATORS))
    if digits < _FEWEST_WITHOUT_DOTS and zone.count(".") < _DOTS_OF_A_QUAD:
        return []
    return [(kind, find) for kind, find, fewest in _OF_DIGITS if digits >= fewest and kind in types]


def _outside(found: list[Span], disguised: list[Span]) -> list[Span]:
    """Return the spans of the plain reading that the folded reading, which sees more, says nothing about."""
    covered = {place for start, end, _ in disguised for place in range(start, end)}
    return [span for span in found if covered.isdisjoint(range(span[0], span[1]))]
