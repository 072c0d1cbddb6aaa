"""One root secret per installation, and the purpose-bound keys derived from it."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(root_secret: str, purpose: str) -> bytes:
    """Return a 32-byte key for ``purpose``; different purposes give unrelated keys (HKDF, RFC 5869)."""
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"jamjet-proxy {purpose}".encode())
    return kdf.derive(root_secret.encode("ascii"))
