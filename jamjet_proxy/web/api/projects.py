"""GET and POST /v1/projects."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from aiohttp import web

from jamjet_proxy.governance.projects import DEFAULT_TIER
from jamjet_proxy.model.errors import InvalidRequest, MalformedBody
from jamjet_proxy.model.project import Project
from jamjet_proxy.model.times import iso
from jamjet_proxy.web.answers import json_answer
from jamjet_proxy.web.auth import principal, require_operator
from jamjet_proxy.web.keys import BODIES, SERVICES


class _NewProject(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    tier: str = DEFAULT_TIER


async def list_projects(request: web.Request) -> web.Response:
    """Answer every project to the operator, and its own to a project; never a key."""
    who = principal(request)
    projects = [who] if isinstance(who, Project) else request.app[SERVICES].projects.all()
    return json_answer({"projects": [_shape(project) for project in projects]})


async def create_project(request: web.Request) -> web.Response:
    """Create a project; the only answer that ever holds its key."""
    require_operator(request)
    async with request.app[BODIES].read_json(request) as body:
        wanted = _parse(body)
    created = await request.app[SERVICES].projects.create(wanted.name, wanted.tier)
    answer = json_answer(_shape(created.project) | {"api_key": created.api_key}, HTTPStatus.CREATED)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _shape(project: Project) -> dict[str, str]:
    return {
        "id": project.id,
        "name": project.name,
        "key_prefix": project.key_prefix,
        "tier": project.tier,
        "created_at": iso(project.created_ms),
    }


def _parse(body: bytes) -> _NewProject:
    try:
        body.decode()
        return msgspec.json.decode(body, type=_NewProject)
    except msgspec.ValidationError as error:
        message = str(error)
        field = message.rpartition("$.")[2].rstrip("`") if "$." in message else "name"
        raise InvalidRequest(
            f"the body must be an object with name and, if wanted, tier: {message}", field=field
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedBody("the body is not valid JSON") from None
