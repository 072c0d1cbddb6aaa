"""GET /openapi.json: the description of this interface."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec
import yaml
from aiohttp import web


async def openapi(request: web.Request) -> web.Response:
    """Answer the OpenAPI document."""
    return web.Response(body=_document(), content_type="application/json")


@cache
def _document() -> bytes:
    text = (files("jamjet_proxy.web") / "openapi.yaml").read_text("utf-8")
    return msgspec.json.encode(yaml.safe_load(text))
