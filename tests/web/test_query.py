"""Numbers in query strings."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from jamjet_proxy.model.errors import InvalidRequest
from jamjet_proxy.web.query import limit_of


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
