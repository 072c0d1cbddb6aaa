"""International bank account numbers, checked by country length and modulo 97."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jamjet_proxy.redact.gate import may_hold_account
from jamjet_proxy.redact.tables import IBAN_LENGTHS
from jamjet_proxy.redact.view import View

# Anchored on the check digits: a pattern that starts with letters is ten times slower in `re`.
_CHECK_DIGITS = re.compile(
    r"[0-9](?<=[A-Za-z]{2}.)[0-9](?<![A-Za-z0-9]....)(?<![A-Za-z0-9]-....)(?=[ .\-]?[A-Za-z0-9])", re.ASCII
)
_LONG = 1000  # characters, from where a look from outside is cheaper than one at every digit
_CONTINUES = re.compile("[0-9A-Za-z]")
_CHARACTERS = re.compile(r"(?:[ .\-]?[A-Za-z0-9]){11,33}", re.ASCII)


def find_ibans(view: View) -> Iterator[tuple[int, int]]:
    """Yield the range of every valid IBAN, compact or grouped, in either case."""
    if len(view.text) > _LONG and not may_hold_account(view.text):
        return
    for found in _CHECK_DIGITS.finditer(view.text):
        start = found.start() - 2
        end = _iban_end(view.text, start)
        if end:
            yield start, end


def _iban_end(text: str, start: int) -> int:
    length = IBAN_LENGTHS.get(text[start : start + 2].upper(), 0)
    rest = _CHARACTERS.match(text, start + 4) if length else None
    if rest is None:
        return 0
    taken = _take(text, start, rest.end(), length)
    if taken is None or _CONTINUES.match(text, taken):
        return 0
    return taken if _is_valid(text[start:taken]) else 0


def _take(text: str, start: int, limit: int, length: int) -> int | None:
    """Return the end of the first ``length`` letters and digits from ``start``, or None."""
    for place in range(start, limit):
        length -= text[place].isalnum()
        if length == 0:
            return place + 1
    return None


def _is_valid(written: str) -> bool:
    compact = re.sub("[ .-]", "", written).upper()
    return int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1
