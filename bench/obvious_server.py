"""The obvious way to do it, a page of code that keeps the same promise: redacted, synced, then answered.

aiohttp, ``json``, six regular expressions over every string of the payload, and aiosqlite: one row per
span, one commit per request, ``synchronous=FULL``. It knows no projects, keys, limits or bad input.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
from aiohttp import web

_LARGEST_BODY = 64 << 20
_SCHEMA = """
CREATE TABLE spans (
    span_id TEXT PRIMARY KEY, trace_id TEXT NOT NULL, received REAL NOT NULL, event TEXT NOT NULL
);
CREATE INDEX spans_by_trace ON spans (trace_id);
"""
_INSERT = "INSERT OR IGNORE INTO spans (span_id, trace_id, received, event) VALUES (?, ?, ?, ?)"

# What the SDK looks for, in its order: a card pattern without Luhn, an SSN with optional dashes, ...
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_PATTERNS = (
    ("EMAIL_ADDRESS", re.compile(r"\b[\w.%+-]+@[\w.-]+\.[A-Za-z]{2,}\b", re.ASCII)),
    ("CREDIT_CARD", re.compile(r"\b\d(?:[ -]?\d){13,15}\b")),
    ("US_SSN", re.compile(r"\b\d{3}[ -]?\d{2}[ -]?\d{4}\b")),
    ("PHONE_NUMBER", re.compile(r"(?:\+?1[ .-]?)?\(?\b\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}\b")),
    ("IP_ADDRESS", re.compile(rf"\b(?:{_OCTET}\.){{3}}{_OCTET}\b")),
    ("IBAN_CODE", re.compile(r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b")),
)

_DATABASE = web.AppKey("database", aiosqlite.Connection)
_LOCK = web.AppKey("lock", asyncio.Lock)


def redact(value: Any) -> Any:
    """Return ``value`` with tokens in its strings, at any depth."""
    if isinstance(value, str):
        for name, pattern in _PATTERNS:
            value = pattern.sub(f"[{name}]", value)
        return value
    if isinstance(value, dict):
        return {key: redact(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [redact(inner) for inner in value]
    return value


async def ingest(request: web.Request) -> web.Response:
    """Redact and store the events of a body."""
    events = json.loads(await request.read())["events"]
    for event in events:
        for field in ("payload", "end_user_email"):
            if field in event:
                event[field] = redact(event[field])
    stored = await _store(request.app, events)
    return web.json_response(
        {
            "accepted": len(events),
            "duplicates": len(events) - stored,
            "rejected": 0,
            "trace_ids": list(dict.fromkeys(event["trace_id"] for event in events)),
            "errors": [],
        }
    )


async def _store(app: web.Application, events: list[dict[str, Any]]) -> int:
    database = app[_DATABASE]
    stored = 0
    async with app[_LOCK]:  # one connection, so one transaction at a time
        for event in events:
            row = (event["span_id"], event["trace_id"], time.time(), json.dumps(event))
            cursor = await database.execute(_INSERT, row)
            stored += cursor.rowcount
        await database.commit()
    return stored


async def _open_database(app: web.Application) -> AsyncIterator[None]:
    async with aiosqlite.connect(Path(sys.argv[1]) / "obvious.db") as database:
        await database.execute("PRAGMA journal_mode = WAL")
        await database.execute("PRAGMA synchronous = FULL")
        await database.executescript(_SCHEMA)
        app[_DATABASE] = database
        app[_LOCK] = asyncio.Lock()
        yield


def main() -> None:
    """Serve on a free port of the loopback until told to stop; the argument is a folder for the database."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = web.Application(client_max_size=_LARGEST_BODY)
    app.cleanup_ctx.append(_open_database)
    app.router.add_post("/v1/events/ingest", ingest)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    web.run_app(app, sock=listener, access_log=None, print=lambda *_: print(f"ready on {url}", flush=True))


if __name__ == "__main__":
    main()
