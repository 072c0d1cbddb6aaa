"""POST /v1/redaction/test: what the rules do to a text or a document; neither is stored or logged."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from aiohttp import web

from jamjet_proxy.model.errors import InvalidRequest, MalformedBody, NotFound
from jamjet_proxy.redact import Redactor
from jamjet_proxy.services.trial import try_document, try_text
from jamjet_proxy.web.answers import json_answer
from jamjet_proxy.web.auth import require_operator
from jamjet_proxy.web.keys import BODIES, SERVICES

_LARGEST_BYTES = 256 * 1024
_EXPECTED = "the body must be an object with text or document, and project if that is wanted"


class _Trial(msgspec.Struct, forbid_unknown_fields=True):
    text: str | None = None
    document: dict[str, Any] | list[Any] | None = None
    project: str | None = None


async def test(request: web.Request) -> web.Response:
    """Answer what would be stored of a text or document, and why."""
    require_operator(request)
    async with request.app[BODIES].read_json(request, _LARGEST_BYTES) as body:
        trial = _parse(body)
    redactor = _redactor(request, trial.project)
    if trial.text is not None:
        answer = await asyncio.to_thread(try_text, redactor, trial.text)
    else:
        answer = await asyncio.to_thread(try_document, redactor, trial.document)
    return json_answer(answer)


def _redactor(request: web.Request, name: str | None) -> Redactor:
    services = request.app[SERVICES]
    if name is None:
        return services.redactors.base
    project = services.projects.named(name)
    if project is None:
        raise NotFound("there is no project of this name", field="project")
    return services.redactors.of(project)


def _parse(body: bytes) -> _Trial:
    try:
        body.decode()
        trial = msgspec.json.decode(body, type=_Trial)
    except msgspec.ValidationError as error:
        # The reason could repeat a name out of the body; the field, one of ours, can be told.
        _, found, field = str(error).rpartition("$.")
        raise InvalidRequest(_EXPECTED, field=field.rstrip("`") if found else None) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedBody("the body is not valid JSON") from None
    if (trial.text is None) == (trial.document is None):
        raise InvalidRequest(f"{_EXPECTED}: exactly one of the two", field="text")
    return trial
