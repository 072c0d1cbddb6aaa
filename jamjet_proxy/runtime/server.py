"""The order of life: lock, services, loops, listen; and back in the opposite order.

Stopping lets running requests finish, ends the loops, checkpoints and closes the stores. Nothing
depends on it: after ``kill -9`` the next start finds every acknowledged span.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from aiohttp import web
from aiohttp.http import HttpRequestParser
from aiohttp.http_parser import HttpRequestParserPy

from jamjet_proxy.config import Config
from jamjet_proxy.config.data_dir import DataDir
from jamjet_proxy.model.errors import StartError
from jamjet_proxy.runtime import lock
from jamjet_proxy.runtime.supervisor import supervised
from jamjet_proxy.services import Services, open_services
from jamjet_proxy.web.app import make_app
from jamjet_proxy.web.keys import UNDER_WAY
from jamjet_proxy.web.under_way import UnderWay

_log = logging.getLogger(__name__)

_TWIN = {"127.0.0.1": "::1", "localhost": "::1"}
_BACKLOG = 1024
_LONGEST_LINE = 128 * 1024
_KEEPALIVE_S = 75.0
_LINGER_S = 5.0
# How long requests may take to be finished once we stop, and then their answers to be written.
_FINISH_S = 5.0
_ANSWER_S = 2.0
_SECOND_SIGNAL_EXIT = 1


@dataclass(frozen=True, slots=True)
class Running:
    """A proxy that answers requests at ``url``."""

    url: str
    services: Services


@asynccontextmanager
async def running(config: Config, data_dir: DataDir, role: str) -> AsyncIterator[Running]:
    """Run the proxy while the context is open. In the role of a command it indexes but doesn't forward.

    Raises:
        StartError, StorageError, ConfigError: it can't start; says why.
    """
    os.umask(0o077)
    data_dir.create()
    with lock.hold(data_dir.lock, role) as held:
        async with open_services(config, data_dir) as services:
            if role == lock.COMMAND:
                # What a command shows includes what was stored a moment before.
                await services.indexer.catch_up()
            loops = {"indexer": services.indexer.run}
            if role == lock.DAEMON:
                loops["forwarder"] = services.forwarder.run
            async with supervised(loops), _listening(services) as url:
                held.announce(url)
                yield Running(url, services)


async def serve(config: Config, data_dir: DataDir, ready: Callable[[Running], object]) -> None:
    """Run the daemon until SIGTERM or SIGINT; a second signal ends it at once.

    Args:
        ready: called once requests are answered; may be a coroutine function.
    """
    stop = _stop_event()
    async with running(config, data_dir, lock.DAEMON) as proxy:
        _spare_the_collector()
        outcome = ready(proxy)
        if asyncio.iscoroutine(outcome):
            await outcome
        await stop.wait()
        _log.info("stopping")
    _log.info("stopped")


def _spare_the_collector() -> None:
    """Take what lives as long as the process out of the garbage collector's rounds, and make them rarer.

    Spans leave no cycles behind; by default the collector would look at all of them again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            os._exit(_SECOND_SIGNAL_EXIT)
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    return stop


@asynccontextmanager
async def _listening(services: Services) -> AsyncIterator[str]:
    if HttpRequestParser is HttpRequestParserPy:
        _log.warning("aiohttp runs without its C parser: slower, and less strict about malformed requests")
    app = make_app(services)
    runner = web.AppRunner(
        app,
        handle_signals=False,
        access_log=None,
        # Bodies are inflated by hand, with limits.
        auto_decompress=False,
        keepalive_timeout=_KEEPALIVE_S,
        lingering_time=_LINGER_S,
        shutdown_timeout=_ANSWER_S,
        max_line_size=_LONGEST_LINE,
    )
    await runner.setup()
    try:
        host, port = services.config.server.address
        port = await _listen(runner, host, port)
        if host in _TWIN:
            await _listen_on_twin(runner, _TWIN[host], port)
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}"
    finally:
        await _finish(runner, app[UNDER_WAY])
        await runner.cleanup()


async def _finish(runner: web.AppRunner, under_way: UnderWay) -> None:
    """Accept no more connections, and let the requests on those there are come to their end."""
    for site in list(runner.sites):
        await site.stop()
    with suppress(TimeoutError):
        async with asyncio.timeout(_FINISH_S):
            await under_way.finished()


async def _listen(runner: web.AppRunner, host: str, port: int) -> int:
    try:
        site = web.TCPSite(runner, host, port, backlog=_BACKLOG)
        await site.start()
    except (OSError, socket.gaierror) as error:
        raise StartError(
            f"cannot listen on {host}:{port}: {error.strerror}",
            hint="choose another address with --listen HOST:PORT",
        ) from error
    if not host.startswith("127.") and host not in ("localhost", "::1"):
        _log.warning("listening beyond this machine, on %s: put TLS and a firewall in front of it", host)
    return int(runner.addresses[0][1])


async def _listen_on_twin(runner: web.AppRunner, host: str, port: int) -> None:
    """Also listen on the IPv6 loopback: some clients try it first for ``localhost``."""
    try:
        await web.TCPSite(runner, host, port, backlog=_BACKLOG).start()
    except OSError as error:
        _log.info("not listening on [%s]:%d: %s", host, port, error.strerror)
