"""The command line: options, dispatch, exit codes.

Exit codes: 0 done, 1 failed, 2 usage or bad configuration, 3 not found, 4 a running daemon is needed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from jamjet_proxy.cli import check_config, projects, redact, serve, spans, status, version
from jamjet_proxy.config import CONFIG_VARIABLE, DATA_DIR_VARIABLE
from jamjet_proxy.model.errors import ConfigError, DaemonNotRunning, NotFound, ProxyError

_EXIT_CODES: dict[type[ProxyError], int] = {ConfigError: 2, NotFound: 3, DaemonNotRunning: 4}
_FAILED = 1
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except ProxyError as error:
        _complain(error)
        return _EXIT_CODES.get(type(error), _FAILED)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _complain(error: ProxyError) -> None:
    problems = error.problems if isinstance(error, ConfigError) else [error.message]
    for problem in problems:
        print(f"jamjet-proxy: {problem}", file=sys.stderr)
    if error.hint:
        print(f"  {error.hint}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jamjet-proxy",
        description="A local-first governance data plane for AI agents.",
        epilog="Exit codes: 0 done, 1 failed, 2 usage or bad configuration, 3 not found, 4 daemon needed.",
        parents=[_common(environment_defaults=True)],
    )
    # The same options behind the command; what isn't given there leaves the value from before it.
    common = _common(environment_defaults=False)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for module in (serve, projects, spans, redact, status, check_config, version):
        module.add_parser(commands, common)
    return parser


def _common(*, environment_defaults: bool) -> argparse.ArgumentParser:
    def default(variable: str) -> Path | str | None:
        if not environment_defaults:
            return argparse.SUPPRESS
        value = os.environ.get(variable)
        return Path(value) if value else None

    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        default=default(CONFIG_VARIABLE),
        help=f"YAML configuration (env {CONFIG_VARIABLE}; without one, the defaults)",
    )
    common.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        default=default(DATA_DIR_VARIABLE),
        help=f"where everything is kept (env {DATA_DIR_VARIABLE}; default: a directory of this user)",
    )
    return common
