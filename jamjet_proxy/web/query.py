"""Numbers and times in query strings."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from jamjet_proxy.model.errors import InvalidRequest

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 500
_LONGEST_MS = 15  # digits


def limit_of(request: web.Request) -> int:
    """Return the ``limit`` parameter: 1 to 500, 50 when absent.

    Raises:
        InvalidRequest: it is something else.
    """
    text = request.query.get("limit", str(DEFAULT_LIMIT))
    if text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= LARGEST_LIMIT:
        return int(text)
    raise InvalidRequest(f"limit must be a number from 1 to {LARGEST_LIMIT}", field="limit")


def time_of(request: web.Request, name: str) -> int | None:
    """Return the moment in the parameter ``name`` as Unix ms; None when there is none.

    It may be given as Unix ms, or in ISO 8601, where UTC is meant unless it says otherwise.

    Raises:
        InvalidRequest: it is something else.
    """
    text = request.query.get(name)
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_MS:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise InvalidRequest(
            f"{name} must be a time, in ISO 8601 or as Unix milliseconds",
            hint="2026-01-31T12:00:00Z, for example; a + in a URL is written %2B",
            field=name,
        ) from None
