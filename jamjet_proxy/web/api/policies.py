"""What SDKs fetch when they start: policies and readiness. No policy is served yet."""

from __future__ import annotations

from aiohttp import web

from jamjet_proxy.web.answers import json_answer
from jamjet_proxy.web.auth import sending_project


async def tool_rules(request: web.Request) -> web.Response:
    """Answer for the key's project, whatever project the path names."""
    sending_project(request)
    return json_answer({"rules": []})


async def policies_of_kind(request: web.Request) -> web.Response:
    """Answer the TypeScript SDK's fetch by policy kind."""
    sending_project(request)
    return json_answer({"policies": []})


async def readiness(request: web.Request) -> web.Response:
    """Tell the TypeScript SDK that its key is good."""
    project = sending_project(request)
    return json_answer({"ready": True, "project": project.name})
