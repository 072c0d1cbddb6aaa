"""JSON answers."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from aiohttp import web


def json_answer(content: object, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """Return ``content`` (anything msgspec can encode, ``Raw`` JSON included) as a JSON response."""
    return web.Response(body=msgspec.json.encode(content), status=status, content_type="application/json")
