"""POST /v1/events/ingest: spans from SDKs."""

from __future__ import annotations

from aiohttp import web

from jamjet_proxy.web.answers import json_answer
from jamjet_proxy.web.auth import sending_project
from jamjet_proxy.web.keys import BODIES, SERVICES


async def ingest(request: web.Request) -> web.Response:
    """Answer 200 once every acceptable event is on disk; say per event what was refused."""
    project = sending_project(request)
    async with request.app[BODIES].read_json(request) as body:
        coding = request.headers.get("Content-Encoding", "")
        receipt = await request.app[SERVICES].receiver.receive(project, body, coding)
    return json_answer(
        {
            "accepted": receipt.accepted,
            "duplicates": receipt.duplicates,
            "rejected": len(receipt.refusals),
            "trace_ids": receipt.trace_ids,
            "errors": [
                {"index": refusal.index, "error": refusal.error, "reason": refusal.reason}
                for refusal in receipt.refusals
            ],
        }
    )
