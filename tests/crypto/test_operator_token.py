"""The operator's token."""

from __future__ import annotations

from pathlib import Path

from jamjet_proxy.crypto import operator_token


def test_token_is_made_once(tmp_path: Path) -> None:
    """The second start reads the token that the first one made."""
    path = tmp_path / "operator.token"
    token = operator_token.load(path)
    assert token.startswith("jjop_")
    assert operator_token.load(path) == token


def test_only_the_token_itself_matches() -> None:
    """A part of the token, another case and nothing at all are refused."""
    token = "jjop_Secret"
    assert operator_token.matches("jjop_Secret", token)
    assert not any(
        operator_token.matches(wrong, token) for wrong in ("", "jjop_", "jjop_secret", token + "x")
    )


def test_a_header_that_is_not_utf8_does_not_match() -> None:
    """Bytes that the HTTP library could only carry as lone surrogates are compared, not stumbled over."""
    assert not operator_token.matches("jjop_\udcff", "jjop_Secret")
