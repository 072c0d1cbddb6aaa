"""The ledger's left side."""

from __future__ import annotations

from jamjet_proxy.storage.receipts import Receipts


def test_unaccounted_shows_what_nobody_noted() -> None:
    """An imbalance in either direction is visible."""
    assert Receipts(received=5, accepted=2, duplicate=1, rejected={"too_deep": 2}).unaccounted == 0
    assert Receipts(received=5, accepted=2).unaccounted == 3
    assert Receipts(received=1, accepted=2).unaccounted == -1
