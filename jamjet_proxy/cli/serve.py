"""``jamjet-proxy serve``: the daemon, in the foreground."""

from __future__ import annotations

import argparse
import os
from typing import Any

import uvloop

from jamjet_proxy.cli.settings import config_of, data_dir_of
from jamjet_proxy.cli.welcome import welcome
from jamjet_proxy.config import Config, ServerConfig, parse_listen
from jamjet_proxy.runtime.logs import configure_logging
from jamjet_proxy.runtime.server import Running, serve


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add this command."""
    parser = commands.add_parser("serve", parents=[common], help="run the proxy in the foreground")
    parser.add_argument(
        "--listen", type=_listen, metavar="HOST:PORT", help="instead of server.listen (127.0.0.1:7717)"
    )
    parser.add_argument(
        "--first-project",
        metavar="NAME",
        help="if there is no project yet, create this one and print its key, once",
    )
    parser.set_defaults(run=_run)


def _listen(text: str) -> str:
    try:
        parse_listen(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _run(options: argparse.Namespace) -> int:
    config = _with_listen(config_of(options), options.listen)
    data_dir = data_dir_of(options)
    configure_logging()

    async def ready(proxy: Running) -> None:
        await welcome(proxy, options.first_project)
        print(f"jamjet-proxy ready on {proxy.url} (pid {os.getpid()}, data in {data_dir.path})", flush=True)

    uvloop.run(serve(config, data_dir, ready))
    return 0


def _with_listen(config: Config, listen: str | None) -> Config:
    if listen is None:
        return config
    server = ServerConfig(listen=listen, allowed_hosts=config.server.allowed_hosts)
    return config.model_copy(update={"server": server})
