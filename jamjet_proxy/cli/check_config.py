"""``jamjet-proxy check-config``: say everything that is wrong with a configuration."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from jamjet_proxy.cli.settings import config_of


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add this command."""
    parser = commands.add_parser("check-config", parents=[common], help="check a configuration file")
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="instead of --config")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    options.config = options.file or options.config
    config = config_of(options)
    name = options.config or "the embedded defaults"
    rules = [
        *config.redaction.rules,
        *(rule for own in config.projects.values() for rule in own.redaction.rules),
    ]
    examples = sum(len(rule.examples) for rule in rules)
    print(
        f"{name}: good ({len(config.destinations)} destinations, {len(config.redaction.types)} PII types,"
        f" {len(rules)} rules of your own, {examples} examples)"
    )
    return 0
