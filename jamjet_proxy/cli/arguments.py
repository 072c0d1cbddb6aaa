"""Values of options that several commands take."""

from __future__ import annotations

import argparse

_MOST = 1_000_000


def limit(text: str) -> int:
    """Return how many entries are wanted.

    Raises:
        ArgumentTypeError: it is no number from 1 to a million.
    """
    if text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST:
        return int(text)
    raise argparse.ArgumentTypeError(f"a number from 1 to {_MOST} is expected")
