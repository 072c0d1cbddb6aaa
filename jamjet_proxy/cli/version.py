"""``jamjet-proxy version``: the release, and which engine of redaction it runs."""

from __future__ import annotations

import argparse
import platform
import sqlite3
from typing import Any

from jamjet_proxy import __version__
from jamjet_proxy.cli.output import print_json
from jamjet_proxy.services import redaction_engine


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add this command."""
    parser = commands.add_parser("version", parents=[common], help="print the version")
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    if options.json:
        versions = {
            "version": __version__,
            "redaction": redaction_engine(),
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
        }
        print_json(versions)
    else:
        print(f"jamjet-proxy {__version__}\nredaction engine: {redaction_engine()}")
    return 0
