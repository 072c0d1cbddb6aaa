"""GET /v1/redaction/audit and /v1/redaction/summary: what redaction did, never to which value."""

from __future__ import annotations

import time

from aiohttp import web

from jamjet_proxy.model.pii import parse_pii_type
from jamjet_proxy.model.project import Project
from jamjet_proxy.model.times import iso
from jamjet_proxy.storage.redactions import Redaction, Wanted
from jamjet_proxy.web.answers import json_answer
from jamjet_proxy.web.auth import named_project, principal
from jamjet_proxy.web.keys import SERVICES
from jamjet_proxy.web.query import limit_of, time_of

_DAY_MS = 86_400_000


async def audit(request: web.Request) -> web.Response:
    """Answer the entries of the audit, newest first; a project sees its own, the operator all."""
    project_id = _project_id(request)
    services = request.app[SERVICES]
    page = await services.redactions.page(
        _wanted(request, project_id), limit_of(request), request.query.get("cursor")
    )
    names = {project.id: project.name for project in services.projects.all()}
    entries = [_shape(entry, names.get(entry.project_id, entry.project_id)) for entry in page.entries]
    return json_answer({"redactions": entries, "next_cursor": page.next_cursor})


async def summary(request: web.Request) -> web.Response:
    """Answer how many values of each type were redacted over time, by default in the last 24 hours."""
    project_id = _project_id(request)
    until = time_of(request, "until")
    until_ms = time.time_ns() // 1_000_000 if until is None else until
    since = time_of(request, "since")
    since_ms = until_ms - _DAY_MS if since is None else since
    found = await request.app[SERVICES].redactions.summary(since_ms, until_ms, project_id)
    buckets = [
        {"start": iso(bucket.start_ms), "type": bucket.type, "shadow": bucket.shadow, "count": bucket.count}
        for bucket in found.buckets
    ]
    return json_answer({"bucket_seconds": found.width_ms // 1000, "buckets": buckets})


def _project_id(request: web.Request) -> str | None:
    who = principal(request)
    project = who if isinstance(who, Project) else named_project(request)
    return project.id if project else None


def _wanted(request: web.Request, project_id: str | None) -> Wanted:
    query = request.query
    return Wanted(
        project_id=project_id,
        type=_type(query.get("type")),
        rule=query.get("rule"),
        path=query.get("path"),
        trace_id=query.get("trace_id"),
        since_ms=time_of(request, "since"),
        until_ms=time_of(request, "until"),
    )


def _type(name: str | None) -> str | None:
    """Return the type as tokens show it: a built-in one may be called by any of its names."""
    try:
        return None if name is None else parse_pii_type(name)
    except ValueError:
        return name


def _shape(entry: Redaction, project: str) -> dict[str, object]:
    finding = entry.finding
    return {
        "time": iso(entry.received_ms),
        "project": project,
        "trace_id": entry.trace_id,
        "span_id": entry.span_id,
        "path": finding.path,
        "type": finding.type,
        "rule": finding.rule,
        "count": finding.count,
        "shadow": finding.shadow,
        "rules_version": entry.rules_version,
    }
