"""Request bodies, read within bounds of size, time and memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
from aiohttp import web

from jamjet_proxy.config import LimitsConfig
from jamjet_proxy.model.errors import BodyTimeout, BodyTooLarge, MalformedBody, UnsupportedMedia

_LARGE_BYTES = 1 << 20
_LARGE_AT_ONCE = 6


class BodyReader:
    """Reads bodies. Large ones wait for each other instead of filling the memory together."""

    def __init__(self, limits: LimitsConfig) -> None:
        self._limits = limits
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)

    @asynccontextmanager
    async def read_json(self, request: web.Request, max_bytes: int | None = None) -> AsyncIterator[bytes]:
        """Yield the body of a JSON request, still in its content coding.

        Args:
            max_bytes: for routes that take less than ``limits.body_bytes``.

        Raises:
            UnsupportedMedia: it declares to be something else.
            BodyTooLarge, BodyTimeout, MalformedBody: it can't be had whole.
        """
        _check_media_type(request)
        largest = min(self._limits.body_bytes, max_bytes or self._limits.body_bytes)
        if (request.content_length or 0) > largest:
            raise _too_large(largest)
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(self._limits.body_timeout_s) as deadline:
                    body = await self._collect(request, largest, stack, deadline)
            except TimeoutError:
                raise BodyTimeout("the body did not arrive in time") from None
            except (aiohttp.ClientPayloadError, aiohttp.web.RequestPayloadError, ConnectionError):
                raise MalformedBody("the body ended early") from None
            yield body

    async def _collect(
        self, request: web.Request, largest: int, stack: AsyncExitStack, deadline: asyncio.Timeout
    ) -> bytes:
        body = bytearray()
        large = False
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > largest:
                raise _too_large(largest)
            if not large and len(body) > _LARGE_BYTES:
                large = True
                # The sender isn't charged for the time it waits for others.
                deadline.reschedule(None)
                await stack.enter_async_context(self._large)
                deadline.reschedule(asyncio.get_running_loop().time() + self._limits.body_timeout_s)
        return bytes(body)


def _too_large(largest: int) -> BodyTooLarge:
    return BodyTooLarge(f"the body exceeds {largest} bytes", hint="send less at a time")


def _check_media_type(request: web.Request) -> None:
    declared = request.headers.get("Content-Type", "application/json")
    media_type = declared.partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise UnsupportedMedia("the body must be application/json", field="Content-Type")
