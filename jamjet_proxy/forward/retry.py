"""When to try again."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_FIRST_S = 0.25
_LONGEST_S = 15.0
_LONGEST_ASKED_S = 3600.0


class Backoff:
    """Exponential backoff with full jitter: many lanes that failed together don't come back together."""

    def __init__(self, rng: random.Random | None = None) -> None:
        self._failures = 0
        self._rng = rng or random.Random()  # noqa: S311 - spreads load, guards nothing

    def failed(self, asked_s: float | None = None) -> float:
        """Return how many seconds to wait after one more failure; what the other side asked for wins."""
        ceiling = min(_LONGEST_S, _FIRST_S * 2.0**self._failures)
        self._failures = min(self._failures + 1, 16)
        if asked_s is not None:
            return min(max(asked_s, 0.0), _LONGEST_ASKED_S)
        return self._rng.uniform(ceiling / 10, ceiling)

    def succeeded(self) -> None:
        """Start over."""
        self._failures = 0


def parse_retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds a Retry-After header asks for (delta or HTTP date), None for none or nonsense."""
    if header is None:
        return None
    header = header.strip()
    if header.isascii() and header.isdigit():
        return float(header[:9])
    try:
        when = parsedate_to_datetime(header)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - now).total_seconds())
