"""Keys derived from the root secret."""

from __future__ import annotations

from jamjet_proxy.crypto.installation import derive


def test_purposes_have_unrelated_keys() -> None:
    """Two purposes never share a key."""
    assert derive("a" * 64, "one") != derive("a" * 64, "two")


def test_a_purpose_has_the_same_key_at_every_start() -> None:
    """A key is 32 bytes that depend on the secret and the purpose alone."""
    assert derive("a" * 64, "one") == derive("a" * 64, "one")
    assert len(derive("a" * 64, "one")) == 32
