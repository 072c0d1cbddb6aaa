"""Numbers and times in query strings."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from jamjet_proxy.model.errors import InvalidRequest
from jamjet_proxy.web.query import limit_of, time_of


@pytest.mark.parametrize(
    ("query", "limit"), [("", 50), ("?limit=1", 1), ("?limit=500", 500), ("?limit=007", 7)]
)
def test_limits(query: str, limit: int) -> None:
    """1 to 500 are limits, and none means 50."""
    assert limit_of(make_mocked_request("GET", f"/{query}")) == limit


@pytest.mark.parametrize(
    "value", ["", "0", "501", "-1", "1.0", "1e2", "٣", "%2B5", "ten", "9" * 5_000, "1,2", "%00"]
)
def test_other_limits_are_refused(value: str) -> None:
    """Anything else is the caller's mistake and names the parameter."""
    with pytest.raises(InvalidRequest) as caught:
        limit_of(make_mocked_request("GET", f"/?limit={value}"))
    assert caught.value.field == "limit"


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [
        ("0", 0),
        ("1763860000123", 1_763_860_000_123),
        ("2025-11-23T01:06:40.123Z", 1_763_860_000_123),
        ("2025-11-23T02:06:40%2B01:00", 1_763_860_000_000),
        ("2025-11-23T01:06:40", 1_763_860_000_000),
        ("2025-11-23", 1_763_856_000_000),
    ],
)
def test_times(value: str, milliseconds: int) -> None:
    """A time is a number of milliseconds or ISO 8601, in UTC unless it says otherwise."""
    assert time_of(make_mocked_request("GET", f"/?since={value}"), "since") == milliseconds


def test_no_time() -> None:
    """Without the parameter there is no time."""
    assert time_of(make_mocked_request("GET", "/"), "since") is None


@pytest.mark.parametrize("value", ["", "yesterday", "-1", "1e3", "9" * 16, "٣", "2025-13-01", "%00"])
def test_other_times_are_refused(value: str) -> None:
    """Anything else is the caller's mistake and names the parameter."""
    with pytest.raises(InvalidRequest) as caught:
        time_of(make_mocked_request("GET", f"/?until={value}"), "until")
    assert caught.value.field == "until"
