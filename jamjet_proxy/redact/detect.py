"""All built-in detectors over one text, in plain and in disguised form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.redact.card import find_cards
from jamjet_proxy.redact.email import find_emails
from jamjet_proxy.redact.fold import blank_escapes, fold
from jamjet_proxy.redact.iban import find_ibans
from jamjet_proxy.redact.ip import find_v4, find_v6
from jamjet_proxy.redact.phone import find_phones
from jamjet_proxy.redact.secret import find_secrets
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
    (PiiType.SECRET, find_secrets),
)
# `re` only searches fast for what begins with one class; the second line spares it the rest nearly always.
_ZONE = re.compile(
    r"[0-9](?<![0-9][0-9])"
    r"(?=[0-9 .()/\-]{6})(?:(?:[ .()/\-]{0,3}+[0-9]){6,}+"
    r"|[0-9]{0,2}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9](?:[ .()/\-]{0,3}[0-9])*)"
)
"""Digits that may be a value: seven of them at most three separators apart, or a dotted quad."""
_CARD = 12  # digits, from here on a number may be somebody's whatever it looks like
_FORMATTED = re.compile(
    r"\+|[0-9]{3}-[0-9]{2}-[0-9]{4}|[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\."
    r"|[2-9][0-9]{2}[ .()-]{1,2}[2-9][0-9]{2}[ .-][0-9]{4}"
)
_SEPARATORS = str.maketrans("", "", " .()/-")
_BEFORE = 2  # a plus sign and a bracket may precede the first digit
_AFTER = 4  # what follows the last digit may rule a value out


def detect_builtin(text: str, hint: str, types: frozenset[PiiType]) -> list[Span]:
    """Return what the detectors of ``types`` find, unsorted and possibly overlapping.

    Args:
        text: any text.
        hint: the key it stands under in a document; "" when there is none.
        types: which detectors take part.
    """
    plain = blank_escapes(text)
    folded = fold(plain)
    if folded is None:
        return list(_run(plain, hint, types))
    found: list[Span] = []
    if PiiType.EMAIL in types:  # a fold may glue a neighbour to an address that stood there in plain sight
        found = [(start, end, PiiType.EMAIL.value) for start, end in find_emails(View(plain, hint, 0, 0))]
    for start, end, kind in _run(folded.text, hint, types):
        found.append((*folded.original(start, end), kind))
    return found


_Chosen = tuple[list[tuple[str, _Detector]], list[tuple[str, _Detector, int]]]


@cache
def _chosen(types: frozenset[PiiType]) -> _Chosen:
    """Return the detectors of ``types`` with the names they give; a lookup by enum at each number is slow."""
    return (
        [(kind.value, find) for kind, find in _OF_LETTERS if kind in types],
        [(kind.value, find, fewest) for kind, find, fewest in _OF_DIGITS if kind in types],
    )


def _run(text: str, hint: str, types: frozenset[PiiType]) -> Iterator[Span]:
    of_letters, of_digits = _chosen(types)
    view = View(text, hint, 0, len(text))
    for name, find in of_letters:
        for start, end in find(view):
            yield start, end, name
    for zone in _ZONE.finditer(text):
        view.low, view.high = max(0, zone.start() - _BEFORE), zone.end() + _AFTER
        digits = len(zone[0].translate(_SEPARATORS))
        if digits < _CARD and not _may_be_value(view):
            continue
        known = view.known
        for name, find, fewest in of_digits:
            if digits >= fewest:
                for start, end in find(view):
                    known = max(known, end)
                    yield start, end, name
        view.known = known


def _may_be_value(view: View) -> bool:
    """Tell whether the digits in view have the form of a value, or a word that could name them."""
    if _FORMATTED.search(view.text, view.low, view.high):
        return True
    return view.may_name_phone() or view.may_name_ssn()
