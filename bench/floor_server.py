"""The floor: what receiving and parsing a body costs when nothing is done with it.

aiohttp on uvloop reads the body, msgspec parses all of it, a JSON receipt goes back.
"""

from __future__ import annotations

import socket

import msgspec
import uvloop
from aiohttp import web

_LARGEST_BODY = 64 << 20


async def ingest(request: web.Request) -> web.Response:
    """Count the events of a body."""
    events = msgspec.json.decode(await request.read())["events"]
    receipt = {
        "accepted": len(events),
        "duplicates": 0,
        "rejected": 0,
        "trace_ids": list(dict.fromkeys(event["trace_id"] for event in events)),
        "errors": [],
    }
    return web.Response(body=msgspec.json.encode(receipt), content_type="application/json")


def main() -> None:
    """Serve on a free port of the loopback until told to stop."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = web.Application(client_max_size=_LARGEST_BODY)
    app.router.add_post("/v1/events/ingest", ingest)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    web.run_app(
        app,
        sock=listener,
        access_log=None,
        print=lambda *_: print(f"ready on {url}", flush=True),
        loop=uvloop.new_event_loop(),
    )


if __name__ == "__main__":
    main()
