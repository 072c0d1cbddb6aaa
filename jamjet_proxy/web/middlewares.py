"""What every request passes: the count, the translation of faults into answers, the host check."""

from __future__ import annotations

import logging
import traceback

from aiohttp import web
from aiohttp.typedefs import Handler

from jamjet_proxy.model.errors import MethodNotAllowed, NotFound, ProxyError, RequestError
from jamjet_proxy.web.keys import HOSTS, UNDER_WAY
from jamjet_proxy.web.problems import problem

_log = logging.getLogger(__name__)


@web.middleware
async def count_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a stop wait for this request."""
    with request.app[UNDER_WAY].one():
        return await handler(request)


@web.middleware
async def answer_faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong into a problem document."""
    try:
        return await handler(request)
    except ProxyError as error:
        return problem(error)
    except web.HTTPNotFound:
        return problem(NotFound("there is no such route"))
    except web.HTTPMethodNotAllowed as error:
        answer = problem(MethodNotAllowed(f"this route answers {', '.join(sorted(error.allowed_methods))}"))
        answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except web.HTTPException as error:
        # What the HTTP library itself refuses: Expect headers it can't meet and the like.
        return problem(RequestError(error.reason))
    except Exception as error:  # noqa: BLE001 - the last stop before the client
        # A message could show payload text, so the log gets the kind of error and where it arose, no more.
        frames = "".join(traceback.format_tb(error.__traceback__))
        _log.error("%s failed with %s\n%s", request.match_info.route, type(error).__name__, frames)
        return problem(ProxyError("an internal error occurred; it has been logged"))


@web.middleware
async def check_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests under foreign names or from foreign web pages."""
    request.app[HOSTS].check(request.headers)
    return await handler(request)
