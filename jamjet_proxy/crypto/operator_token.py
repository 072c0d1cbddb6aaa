"""The operator's credential: one token per installation, kept in a file only its owner can read."""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

from jamjet_proxy.crypto.secret_file import read_or_create

_MARK = "jjop_"


def load(path: Path) -> str:
    """Return the token in ``path``, made on first use.

    Raises:
        StartError: the file can't be read or written.
    """
    return read_or_create(path, make=_MARK + secrets.token_urlsafe(32))


def matches(presented: str, token: str) -> bool:
    """Compare in constant time; ``presented`` may hold whatever a header can."""
    return hmac.compare_digest(presented.encode("utf-8", "surrogatepass"), token.encode())
