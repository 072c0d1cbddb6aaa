"""``jamjet-proxy projects``: create and list."""

from __future__ import annotations

import argparse
from typing import Any

from jamjet_proxy.cli.door import Door, through_door
from jamjet_proxy.cli.output import print_json, print_table


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add this command."""
    nouns = commands.add_parser("projects", parents=[common], help="create and list projects")
    verbs = nouns.add_subparsers(metavar="ACTION", required=True)
    create = verbs.add_parser("create", parents=[common], help="create a project and show its key, once")
    create.add_argument("name", metavar="NAME")
    create.add_argument("--tier", default="local", metavar="T")
    create.add_argument("--json", action="store_true", help="print a JSON object")
    create.set_defaults(run=_create)
    listing = verbs.add_parser("list", parents=[common], help="list projects; never their keys")
    listing.add_argument("--json", action="store_true", help="print a JSON array")
    listing.set_defaults(run=_list)


def _create(options: argparse.Namespace) -> int:
    async def create(door: Door) -> int:
        project = await door.post("/v1/projects", {"name": options.name, "tier": options.tier})
        if options.json:
            print_json(project)
        else:
            print(f"Created the project {project['name']!r} ({project['id']}).")
            print(f"Its key is shown this once and can't be shown again:\n\n    {project['api_key']}\n")
        return 0

    return through_door(options, create)


def _list(options: argparse.Namespace) -> int:
    async def show(door: Door) -> int:
        projects = (await door.get("/v1/projects"))["projects"]
        if options.json:
            print_json(projects)
        elif projects:
            columns = ("name", "key_prefix", "tier", "created_at", "id")
            print_table(columns, [[project[column] for column in columns] for project in projects])
        else:
            print("There is no project yet. Create one with: jamjet-proxy projects create NAME")
        return 0

    return through_door(options, show)
