"""Who is asking: a project by its key, or the operator by the token in the data directory."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from jamjet_proxy.crypto import operator_token
from jamjet_proxy.model.errors import Forbidden, InvalidRequest, NotFound, Unauthorized
from jamjet_proxy.model.project import Project
from jamjet_proxy.web.keys import REFUSALS, SERVICES


class Operator:
    """The person who runs this installation."""


OPERATOR: Final = Operator()
Principal = Project | Operator


def principal(request: web.Request) -> Principal:
    """Return who sent the request.

    Raises:
        Unauthorized: nobody we know.
    """
    services = request.app[SERVICES]
    presented = _bearer(request.headers.get("Authorization", ""))
    if operator_token.matches(presented, services.operator_token):
        return OPERATOR
    project = services.projects.authenticate(presented)
    if project is None:
        request.app[REFUSALS].note(presented, request.remote)
        raise Unauthorized(
            "a valid key is required: Authorization: Bearer jj_...",
            hint="create a project with: jamjet-proxy projects create NAME",
        )
    return project


def sending_project(request: web.Request) -> Project:
    """Return the project whose key the request carries.

    Raises:
        Unauthorized: nobody we know.
        Forbidden: the operator, who owns no spans.
    """
    who = principal(request)
    if isinstance(who, Operator):
        raise Forbidden("this route needs a project's key")
    return who


def require_operator(request: web.Request) -> None:
    """Let only the operator pass.

    Raises:
        Unauthorized: nobody we know.
        Forbidden: a project.
    """
    if not isinstance(principal(request), Operator):
        raise Forbidden("this route needs the operator's token, a project's key can't use it")


def readable_project(request: web.Request) -> Project:
    """Return the project whose data the request reads: the key's own, or the one the operator names.

    Raises:
        Unauthorized: nobody we know.
        InvalidRequest: the operator didn't name one.
        NotFound: the operator named one that doesn't exist.
    """
    who = principal(request)
    if isinstance(who, Project):
        return who
    project = named_project(request)
    if project is None:
        raise InvalidRequest("project is required with the operator's token", field="project")
    return project


def named_project(request: web.Request) -> Project | None:
    """Return the project named in the query, None when the query names none.

    Raises:
        NotFound: there is no such project.
    """
    name = request.query.get("project")
    if name is None:
        return None
    project = request.app[SERVICES].projects.named(name)
    if project is None:
        raise NotFound("there is no project of this name", field="project")
    return project


def _bearer(header: str) -> str:
    scheme, _, credential = header.strip().partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else ""
