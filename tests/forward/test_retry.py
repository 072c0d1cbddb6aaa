"""When to try again."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamjet_proxy.forward.retry import Backoff, parse_retry_after

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


@given(st.integers(0, 1 << 30), st.integers(1, 40))
@settings(derandomize=True)
def test_delays_stay_within_their_bounds(seed: int, failures: int) -> None:
    """The n-th delay lies below a ceiling that doubles up to 15 s, and above a tenth of it."""
    backoff = Backoff(random.Random(seed))
    for n in range(failures):
        ceiling = min(15.0, 0.25 * 2**n)
        assert ceiling / 10 <= backoff.failed() <= ceiling


def test_delays_are_spread() -> None:
    """Lanes that failed together don't come back together."""
    delays = [Backoff(random.Random(seed)).failed() for seed in range(200)]
    assert len(set(delays)) == 200
    assert max(delays) - min(delays) > 0.15


def test_same_seed_same_delays() -> None:
    """Two backoffs with the same source of chance behave alike."""
    one, two = Backoff(random.Random(5)), Backoff(random.Random(5))
    assert [one.failed() for _ in range(9)] == [two.failed() for _ in range(9)]


def test_success_starts_over() -> None:
    """After a success the first delay is short again."""
    backoff = Backoff(random.Random(1))
    for _ in range(10):
        backoff.failed()
    backoff.succeeded()
    assert backoff.failed() <= 0.25


@pytest.mark.parametrize(("asked", "waits"), [(0.0, 0.0), (7.5, 7.5), (-3.0, 0.0), (1e9, 3600.0)])
def test_what_the_other_side_asks_for_wins(asked: float, waits: float) -> None:
    """A destination that names a time gets that time, within an hour."""
    assert Backoff().failed(asked) == waits


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("0", 0.0), ("120", 120.0), (" 7 ", 7.0), ("99999999999999999999", 999_999_999.0)],
)
def test_seconds(header: str, seconds: float) -> None:
    """Retry-After as a number of seconds."""
    assert parse_retry_after(header, NOW) == seconds


@pytest.mark.parametrize(("ahead_s", "seconds"), [(90, 90.0), (0, 0.0), (-90, 0.0)])
def test_date(ahead_s: int, seconds: float) -> None:
    """Retry-After as an HTTP date; one that has passed means at once."""
    header = format_datetime(NOW + timedelta(seconds=ahead_s), usegmt=True)
    assert parse_retry_after(header, NOW) == seconds


def test_date_without_a_zone_is_utc() -> None:
    """A date that forgot its zone is read as the standard says all HTTP dates are."""
    assert parse_retry_after("Mon, 23 Nov 2026 12:00:30 -0000", NOW) == 30.0


@pytest.mark.parametrize(
    "header", [None, "", "soon", "-5", "1.5", "+5", "٣", "1e3", "Mon, 99 Foo 2026", "::"]
)
def test_nonsense_asks_for_nothing(header: str | None) -> None:
    """What is neither form is ignored."""
    assert parse_retry_after(header, NOW) is None


@given(st.text(max_size=40) | st.text(alphabet="MonTue, 0123456789:-+GMTNov", max_size=40))
@settings(max_examples=500, derandomize=True)
def test_no_header_is_an_accident(header: str) -> None:
    """Any text gives a wait that isn't negative, or none."""
    seconds = parse_retry_after(header, NOW)
    assert seconds is None or seconds >= 0
