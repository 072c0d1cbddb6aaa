"""Numbers in query strings."""

from __future__ import annotations

from aiohttp import web

from jamjet_proxy.model.errors import InvalidRequest

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 500


def limit_of(request: web.Request) -> int:
    """Return the ``limit`` parameter: 1 to 500, 50 when absent.

    Raises:
        InvalidRequest: it is something else.
    """
    text = request.query.get("limit", str(DEFAULT_LIMIT))
    if text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= LARGEST_LIMIT:
        return int(text)
    raise InvalidRequest(f"limit must be a number from 1 to {LARGEST_LIMIT}", field="limit")
