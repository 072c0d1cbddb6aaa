"""Keys: what they look like, and what of them may be stored or shown."""

from __future__ import annotations

import re

import pytest

from jamjet_proxy.crypto import project_keys
from jamjet_proxy.crypto.project_keys import Fingerprinter


def test_minted_keys_have_the_shape_clients_hold() -> None:
    """A new key is jj_ and 32 lower-case hex digits."""
    assert re.fullmatch(r"jj_[0-9a-f]{32}", project_keys.mint())


def test_no_two_keys_are_equal() -> None:
    """A thousand keys are a thousand different keys."""
    assert len({project_keys.mint() for _ in range(1_000)}) == 1_000


def test_prefix_shows_eight_digits_only() -> None:
    """The part that may be shown leaves 96 random bits unknown."""
    key = project_keys.mint()
    assert project_keys.prefix(key) == key[:11]


def test_fingerprint_belongs_to_one_installation() -> None:
    """The same key has unrelated fingerprints under two root secrets."""
    key = project_keys.mint()
    assert Fingerprinter("a" * 64).fingerprint(key) != Fingerprinter("b" * 64).fingerprint(key)


def test_fingerprint_is_stable() -> None:
    """A restart with the same root secret recognises the key."""
    key = project_keys.mint()
    assert Fingerprinter("a" * 64).fingerprint(key) == Fingerprinter("a" * 64).fingerprint(key)


def test_fingerprint_is_32_bytes_without_the_key_in_it() -> None:
    """What is stored is a SHA-256, not the key in another form."""
    key = project_keys.mint()
    stored = Fingerprinter("a" * 64).fingerprint(key)
    assert len(stored) == 32
    assert key.encode() not in stored
    assert bytes.fromhex(key[3:]) not in stored


@pytest.mark.parametrize("text", ["jj_local_dev", "jj_testkey_1", "jj_" + "0" * 32, "jj_"])
def test_imported_keys_of_other_shapes_are_possible(text: str) -> None:
    """Anything printable behind jj_ may be a key somebody imported."""
    assert project_keys.looks_like_key(text)


@pytest.mark.parametrize(
    "text",
    ["", "jj", "jk_0123", "JJ_0123", " jj_0123", "jj_\n", "jj_\x00", "jj_é", "jj_\udcff", "jj_" + "0" * 300],
)
def test_junk_is_no_key(text: str) -> None:
    """Junk of any kind is told apart before it is hashed."""
    assert not project_keys.looks_like_key(text)
