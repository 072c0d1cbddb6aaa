"""What is put in the place of a value that was found."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets

from jamjet_proxy.model.method import Method
from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.redact.fold import fold

STRENGTH = {
    Method.PARTIAL: 0,
    Method.MASK: 1,
    Method.HASH: 2,
    Method.REPLACE: 2,
    Method.REMOVE: 2,
    Method.DROP_EVENT: 3,
}
"""How much a method hides; where two claim the same value, the one that hides more prevails."""

HASH_DIGITS = 16
MAX_NUMBER = 999_999
"""The largest ``{n}``: longer runs of digits inside of something like a token are no token."""

_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_KEPT = 4
_FEWEST = 8  # a shorter value would still be recognisable by its last characters
_ADDRESS = re.compile(r"([^\W_])[^\s@]*@([^\s@]+)")
_GROUPS = 3
_NETWORK = re.compile(r"(?:[0-9]{1,3}\.){3}\*|(?:[0-9a-f]{1,4}:){3}\*")


class Hasher:
    """Keyed hashes of values: the same value gives the same hash, and nobody without the key can try values.

    Args:
        key: of this installation; without one, hashes are worth something within this object alone.
    """

    def __init__(self, key: bytes = b"") -> None:
        self._key = key or secrets.token_bytes(32)

    def digest(self, value: str) -> str:
        """Return sixteen hexadecimal digits, at least one of them a letter.

        A hash of digits alone could not be told from a card number in a text that only looks redacted.
        """
        digits = hmac.new(self._key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
        for start in range(len(digits) - HASH_DIGITS):
            part = digits[start : start + HASH_DIGITS]
            if not part.isdigit():
                return part
        return "a" * HASH_DIGITS


def mask(value: str) -> str:
    """Return ``value``, same length, with ``*`` for every letter and digit."""
    return _LETTER_OR_DIGIT.sub("*", value)


def partial(value: str, kind: str) -> str:
    """Return what is shown of a value of type ``kind``; applying it again changes nothing.

    An address keeps its first letter and its domain, an IP address its network, anything else its last
    four letters and digits, or none when there are fewer than eight.
    """
    if kind == PiiType.EMAIL:
        address = _ADDRESS.fullmatch(_plain(value))
        if address:
            return f"{address[1]}***@{address[2]}"
    if kind == PiiType.IP:
        return _network(_plain(value))
    return _last_characters(value)


def _plain(value: str) -> str:
    folded = fold(value)
    return value if folded is None else folded.text


def _network(value: str) -> str:
    if _NETWORK.fullmatch(value):
        return value
    try:
        address = ipaddress.ip_address(value.strip("[]").partition("%")[0])
    except ValueError:
        return mask(value)
    if address.version == 4:
        return f"{value.rpartition('.')[0]}.*"
    groups = [f"{int(group, 16):x}" for group in address.exploded.split(":")[:_GROUPS]]
    return f"{':'.join(groups)}:*"


def _last_characters(value: str) -> str:
    places = [place for place, char in enumerate(value) if char == "*" or _LETTER_OR_DIGIT.match(char)]
    hidden = set(places[:-_KEPT] if len(places) >= _FEWEST else places)
    return "".join("*" if place in hidden else char for place, char in enumerate(value))
