"""GET /v1/spans: spans as they arrive, for ``jamjet-proxy spans``."""

from __future__ import annotations

import msgspec
from aiohttp import web

from jamjet_proxy.model.project import Project
from jamjet_proxy.model.times import iso
from jamjet_proxy.web.answers import json_answer
from jamjet_proxy.web.auth import named_project, principal
from jamjet_proxy.web.keys import SERVICES
from jamjet_proxy.web.query import limit_of


async def list_spans(request: web.Request) -> web.Response:
    """Answer the spans that arrived last, oldest first.

    ``after`` asks for those that arrived since a page, ``before`` for those that had arrived earlier.
    """
    who = principal(request)
    project = who if isinstance(who, Project) else named_project(request)
    services = request.app[SERVICES]
    project_id = project.id if project else None
    after = request.query.get("after")
    if after is None:
        page = await services.spans.last(limit_of(request), project_id, request.query.get("before"))
    else:
        page = await services.spans.since(after, limit_of(request), project_id)
    names = {project.id: project.name for project in services.projects.all()}
    spans = [
        {
            "project": names.get(span.project_id, span.project_id),
            "received_at": iso(span.received_ms),
            "event": msgspec.Raw(span.body),
        }
        for span in page.spans
    ]
    return json_answer({"spans": spans, "newer_cursor": page.newer, "older_cursor": page.older})
