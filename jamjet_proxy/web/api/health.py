"""GET /healthz and /readyz, for supervisors of this process."""

from __future__ import annotations

from aiohttp import web

from jamjet_proxy.web.answers import json_answer
from jamjet_proxy.web.keys import SERVICES


async def alive(request: web.Request) -> web.Response:
    """Answer as long as the event loop turns."""
    return json_answer({"alive": True})


async def ready(request: web.Request) -> web.Response:
    """Answer 200 when spans can be accepted; a store that doesn't take writes answers 503."""
    await request.app[SERVICES].check_accepting()
    return json_answer({"ready": True})
