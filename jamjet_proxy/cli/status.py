"""``jamjet-proxy status``: the ledger and each destination."""

from __future__ import annotations

import argparse
from typing import Any

from jamjet_proxy.cli.door import Door, through_door
from jamjet_proxy.cli.output import print_json, print_table


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add this command."""
    parser = commands.add_parser("status", parents=[common], help="show what became of every event")
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    async def show(door: Door) -> int:
        status = {"running": door.daemon} | await door.get("/v1/status")
        if options.json:
            print_json(status)
        else:
            _print(status)
        return 0

    return through_door(options, show)


def _print(status: dict[str, Any]) -> None:
    state = "running" if status["running"] else "not running"
    print(f"jamjet-proxy {status['version']}, {state}, data in {status['data_dir']}")
    redaction = status["redaction"]
    print(f"redaction: {redaction['engine']} engine, rules {redaction['rules_version']}")
    print(
        f"unaccounted events: {status['unaccounted']}, refused credentials: {status['refused_credentials']}\n"
    )
    _print_projects(status["projects"])
    print()
    _print_destinations(status["destinations"])


def _print_projects(projects: list[dict[str, Any]]) -> None:
    if not projects:
        print("There is no project yet. Create one with: jamjet-proxy projects create NAME")
        return
    rows = [
        [
            project["name"],
            project["received"],
            project["accepted"],
            project["duplicate"],
            sum(project["rejected"].values()),
            ", ".join(f"{reason} {count}" for reason, count in project["rejected"].items()),
        ]
        for project in projects
    ]
    print_table(("project", "received", "accepted", "duplicate", "rejected", "because of"), rows)


def _print_destinations(lanes: list[dict[str, Any]]) -> None:
    if not lanes:
        print("No destination is configured: spans stay on this machine.")
        return
    columns = ("name", "project", "state", "delivered", "pending", "dead", "last_error")
    titles = ("destination", "project", "state", "delivered", "pending", "dead", "last error")
    print_table(titles, [[lane[column] for column in columns] for lane in lanes])
