"""``jamjet-proxy spans``: what arrived, and with ``--follow`` what arrives."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from jamjet_proxy.cli.arguments import limit
from jamjet_proxy.cli.door import Door, through_door
from jamjet_proxy.cli.output import print_json, printable
from jamjet_proxy.model.errors import DaemonNotRunning

_POLL_S = 0.25
_PAGE = 500


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add this command."""
    parser = commands.add_parser("spans", parents=[common], help="show spans as they arrive")
    parser.add_argument("--project", metavar="NAME", help="of this project only")
    parser.add_argument(
        "--limit", type=limit, default=50, metavar="N", help="how many of the newest (default 50)"
    )
    parser.add_argument("--follow", action="store_true", help="go on with what arrives, until interrupted")
    parser.add_argument(
        "--json", action="store_true", help="print a JSON array; with --follow, a line per span"
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    return through_door(options, lambda door: _show(door, options))


async def _show(door: Door, options: argparse.Namespace) -> int:
    if options.follow and not door.daemon:
        raise DaemonNotRunning("nothing can arrive: no daemon runs", hint="start it with: jamjet-proxy serve")
    query = {"project": options.project} if options.project else {}
    spans, newer = await _newest(door, query, options.limit)
    if options.json and not options.follow:
        print_json([_flat(span) for span in spans])
        return 0
    _print(spans, as_json=options.json)
    if options.follow:
        await _follow(door, query, newer, as_json=options.json)
    elif not spans:
        print("No span has arrived yet.")
    return 0


async def _newest(door: Door, query: dict[str, str], wanted: int) -> tuple[list[dict[str, Any]], str]:
    page = await door.get("/v1/spans", query | {"limit": str(min(wanted, _PAGE))})
    spans, newer = page["spans"], page["newer_cursor"]
    while page["older_cursor"] and len(spans) < wanted:
        limit = min(wanted - len(spans), _PAGE)
        page = await door.get("/v1/spans", query | {"limit": str(limit), "before": page["older_cursor"]})
        spans = page["spans"] + spans
    return spans, newer


async def _follow(door: Door, query: dict[str, str], newer: str, *, as_json: bool) -> None:
    while True:
        page = await door.get("/v1/spans", query | {"limit": str(_PAGE), "after": newer})
        newer = page["newer_cursor"]
        _print(page["spans"], as_json=as_json)
        if not page["spans"]:
            await asyncio.sleep(_POLL_S)


def _flat(span: dict[str, Any]) -> dict[str, Any]:
    return {"project": span["project"], "received_at": span["received_at"], **span["event"]}


def _print(spans: list[dict[str, Any]], *, as_json: bool) -> None:
    for span in spans:
        print(json.dumps(_flat(span), ensure_ascii=False) if as_json else _line(span), flush=True)


def _line(span: dict[str, Any]) -> str:
    event = span["event"]
    details = [f"{event['duration_ms']} ms"] if "duration_ms" in event else []
    if "input_tokens" in event or "output_tokens" in event:
        details.append(f"{event.get('input_tokens', 0)}+{event.get('output_tokens', 0)} tokens")
    if "cost_usd" in event:
        details.append(f"${event['cost_usd']}")
    parts = (
        span["received_at"],
        span["project"],
        f"{event.get('status') or '':7}",
        f"{event.get('kind') or '':10}",
        event.get("name") or "",
        ", ".join(map(str, details)),
        event["trace_id"],
    )
    return "  ".join(printable(part) for part in parts)
