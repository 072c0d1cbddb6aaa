"""Project keys: ``jj_`` and 32 lower-case hex digits from the operating system's random source.

A key has 128 random bits, so a fast keyed hash is the right store for it: there is nothing to guess,
and a slow one would let a handful of wrong keys per second fill a core.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from jamjet_proxy.crypto.installation import derive

_MARK = "jj_"
_SHOWN_CHARACTERS = len(_MARK) + 8
_LONGEST = 256


def mint() -> str:
    """Return a new key."""
    return _MARK + secrets.token_hex(16)


def prefix(key: str) -> str:
    """Return the part of ``key`` that may be shown: ``jj_`` and 8 digits."""
    return key[:_SHOWN_CHARACTERS]


def looks_like_key(text: str) -> bool:
    """Whether ``text`` could be a key at all; other shapes than our own may have been imported."""
    return text.startswith(_MARK) and len(text) <= _LONGEST and text.isascii() and text.isprintable()


class Fingerprinter:
    """Turns keys into what may be stored: HMAC-SHA-256 under a key that lies outside the database."""

    def __init__(self, root_secret: str) -> None:
        self._key = derive(root_secret, "project key fingerprints")

    def fingerprint(self, key: str) -> bytes:
        """Return the 32-byte fingerprint of ``key``."""
        return hmac.digest(self._key, key.encode(), hashlib.sha256)
