"""The way from a command to the data: through the daemon where one runs, else through a proxy of its own.

Either way the command speaks HTTP to somebody who holds the data directory, so there is one way to do
each thing and never a second writer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import uvloop

from jamjet_proxy.cli.settings import config_of, data_dir_of
from jamjet_proxy.config import ServerConfig
from jamjet_proxy.config.data_dir import DataDir
from jamjet_proxy.crypto import operator_token
from jamjet_proxy.model.errors import AlreadyRunning, DaemonNotRunning, NotFound, ProxyError
from jamjet_proxy.runtime import lock
from jamjet_proxy.runtime.server import running

_WAIT_S = 15.0
_POLL_S = 0.05
_TIMEOUT_S = 30.0
_NOT_FOUND = 404
_LONGEST_INTEGER = 4_000  # digits


class Door:
    """Speaks to the proxy that holds the data directory, as the operator.

    Attributes:
        daemon: whether that is a daemon, rather than a proxy for the length of this command.
    """

    def __init__(self, session: aiohttp.ClientSession, *, daemon: bool) -> None:
        self._session = session
        self.daemon = daemon

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Return the JSON answer to a GET.

        Raises:
            NotFound: there is no such thing.
            ProxyError: the proxy refused or can't be reached; says why.
        """
        return await self._ask("GET", path, params=query)

    async def post(self, path: str, content: object) -> Any:
        """Return the JSON answer to a POST of ``content``; raises like ``get``."""
        body = msgspec.json.encode(content)
        return await self._ask("POST", path, data=body, headers={"Content-Type": "application/json"})

    async def _ask(self, method: str, path: str, **request: Any) -> Any:
        try:
            async with self._session.request(method, path, **request) as response:
                answer = json.loads(await response.read(), parse_float=_number, parse_int=_integer)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise DaemonNotRunning(
                f"the daemon does not answer ({type(error).__name__})",
                hint="look at its log, or start it again",
            ) from error
        if response.ok:
            return answer
        kind = NotFound if response.status == _NOT_FOUND else ProxyError
        raise kind(answer["error"], hint=answer.get("hint", ""))


def _integer(text: str) -> int | str:
    """Return a whole number, as text where it has more digits than the interpreter reads."""
    return int(text) if len(text) <= _LONGEST_INTEGER else text


def _number(text: str) -> float | str:
    """Return a number as JSON can show it again: one that no float can hold stays text."""
    number = float(text)
    return number if math.isfinite(number) else text


def through_door(options: argparse.Namespace, command: Callable[[Door], Coroutine[Any, Any, int]]) -> int:
    """Run ``command`` with an open door and return its exit code."""

    async def run() -> int:
        async with _open(options) as door:
            return await command(door)

    return uvloop.run(run())


@asynccontextmanager
async def _open(options: argparse.Namespace) -> AsyncIterator[Door]:
    data_dir = data_dir_of(options)
    async with AsyncExitStack() as stack:
        url, daemon = await _reach(options, data_dir, stack)
        session = aiohttp.ClientSession(
            url,
            headers={"Authorization": f"Bearer {operator_token.load(data_dir.operator_token)}"},
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S),
        )
        yield Door(await stack.enter_async_context(session), daemon=daemon)


async def _reach(options: argparse.Namespace, data_dir: DataDir, stack: AsyncExitStack) -> tuple[str, bool]:
    """Return the URL of the proxy that holds the data directory, after becoming it if nobody does."""
    deadline = asyncio.get_running_loop().time() + _WAIT_S
    while True:
        try:
            return await stack.enter_async_context(_own(options, data_dir)), False
        except AlreadyRunning:
            found = lock.holder(data_dir.lock)
            if found is not None and found.url and found.role == lock.DAEMON:
                return found.url, True
            # A daemon on its way up, or another command that is done in a moment.
            if asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(_POLL_S)


@asynccontextmanager
async def _own(options: argparse.Namespace, data_dir: DataDir) -> AsyncIterator[str]:
    private = config_of(options).model_copy(update={"server": ServerConfig(listen="127.0.0.1:0")})
    async with running(private, data_dir, lock.COMMAND) as proxy:
        yield proxy.url
