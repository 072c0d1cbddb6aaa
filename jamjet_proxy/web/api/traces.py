"""GET /v1/traces and GET /v1/traces/{trace_id}: what a project has stored."""

from __future__ import annotations

import msgspec
from aiohttp import web

from jamjet_proxy.model.times import iso
from jamjet_proxy.storage.index import TraceSummary
from jamjet_proxy.web.answers import json_answer
from jamjet_proxy.web.auth import readable_project
from jamjet_proxy.web.keys import SERVICES
from jamjet_proxy.web.query import limit_of


async def list_traces(request: web.Request) -> web.Response:
    """Answer the project's traces, the ones that changed last first."""
    project = readable_project(request)
    page = await request.app[SERVICES].traces.newest(
        project.id, limit_of(request), request.query.get("cursor")
    )
    return json_answer({"traces": [_shape(trace) for trace in page.traces], "next_cursor": page.next_cursor})


async def show_trace(request: web.Request) -> web.Response:
    """Answer the stored events of one trace in the order they arrived."""
    project = readable_project(request)
    trace_id = request.match_info["trace_id"]
    page = await request.app[SERVICES].traces.spans(
        project.id, trace_id, limit_of(request), request.query.get("cursor")
    )
    spans = [msgspec.Raw(span) for span in page.spans]
    return json_answer({"trace_id": trace_id, "spans": spans, "next_cursor": page.next_cursor})


def _shape(trace: TraceSummary) -> dict[str, object]:
    return {
        "trace_id": trace.trace_id,
        "name": trace.name,
        "agent_name": trace.agent_name,
        "started_at": iso(trace.first_ms),
        "last_received_at": iso(trace.last_ms),
        "spans": trace.spans,
        "errors": trace.errors,
        "llm_calls": trace.llm_calls,
        "input_tokens": trace.input_tokens,
        "output_tokens": trace.output_tokens,
        "cost_usd": trace.cost_usd,
    }
