"""``jamjet-proxy redact``: what redaction did (``audit``), and what it would do (``test``)."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from jamjet_proxy.cli import trial
from jamjet_proxy.cli.arguments import limit
from jamjet_proxy.cli.door import Door, through_door
from jamjet_proxy.cli.output import print_json, print_table, printable
from jamjet_proxy.cli.settings import config_of
from jamjet_proxy.model.errors import NotFound, ProxyError
from jamjet_proxy.services import Redactors
from jamjet_proxy.services.trial import try_document, try_text

_PAGE = 500
_STANDARD_INPUT = "-"


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add this command."""
    noun = commands.add_parser("redact", parents=[common], help="show what redaction did, or try it")
    verbs = noun.add_subparsers(metavar="ACTION", required=True)
    audit = verbs.add_parser("audit", parents=[common], help="show what was redacted where; never a value")
    audit.add_argument("--project", metavar="NAME", help="of this project only")
    audit.add_argument("--type", metavar="T", help="of this type only, such as email")
    audit.add_argument(
        "--limit", type=limit, default=50, metavar="N", help="how many of the newest (default 50)"
    )
    audit.add_argument("--json", action="store_true", help="print a JSON array")
    audit.set_defaults(run=_audit)
    test = verbs.add_parser(
        "test", parents=[common], help="show what the rules do to a text or JSON document"
    )
    test.add_argument(
        "file", nargs="?", default=_STANDARD_INPUT, metavar="FILE", help="default: standard input"
    )
    test.add_argument("--project", metavar="NAME", help="by the rules of this project")
    test.add_argument("--json", action="store_true", help="print a JSON object")
    test.set_defaults(run=_test)


def _audit(options: argparse.Namespace) -> int:
    return through_door(options, lambda door: _show_audit(door, options))


async def _show_audit(door: Door, options: argparse.Namespace) -> int:
    filters = {"project": options.project, "type": options.type}
    query = {name: value for name, value in filters.items() if value is not None}
    entries = await _newest(door, query, options.limit)
    if options.json:
        print_json(entries)
    elif entries:
        titles = ("time", "project", "type", "count", "path", "rule", "mode", "trace", "rules")
        print_table(titles, [_row(entry) for entry in entries])
    else:
        print("Nothing was redacted yet, or nothing that was asked for.")
    return 0


async def _newest(door: Door, query: dict[str, str], wanted: int) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    cursor: dict[str, str] | None = {}
    while cursor is not None and len(entries) < wanted:
        size = {"limit": str(min(wanted - len(entries), _PAGE))}
        page = await door.get("/v1/redaction/audit", query | size | cursor)
        entries += page["redactions"]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    return entries


def _row(entry: dict[str, Any]) -> list[object]:
    mode = "shadow" if entry["shadow"] else "enforce"
    columns = ("time", "project", "type", "count", "path", "rule")
    row = [entry[column] for column in columns] + [mode, entry["trace_id"], entry["rules_version"]]
    return [value if isinstance(value, int) else printable(value) for value in row]


def _test(options: argparse.Namespace) -> int:
    redactors = Redactors(config_of(options))
    redactor = redactors.base if options.project is None else redactors.named(options.project)
    text = _read(options.file)
    document = _document(text)
    answer = try_text(redactor, text) if document is None else try_document(redactor, document)
    if options.json:
        print_json(answer)
    elif document is None:
        trial.show_text(text, answer)
    else:
        trial.show_document(document, answer)
    return 0


def _read(name: str) -> str:
    try:
        content = sys.stdin.buffer.read() if name == _STANDARD_INPUT else Path(name).read_bytes()
    except FileNotFoundError:
        raise NotFound(f"{name}: there is no such file") from None
    except OSError as error:
        raise ProxyError(f"{name}: cannot be read: {error.strerror}") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = error.start
    # Raised here, outside the handler: the decoder's error holds the whole input.
    raise ProxyError(f"the input is not UTF-8 text (byte {place})", hint="convert it first, with iconv")


def _document(text: str) -> Any:
    """Return the JSON object or array that ``text`` is; None when it is just text."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
