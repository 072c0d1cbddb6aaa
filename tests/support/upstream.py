"""A small JamJet that the proxy forwards to: it records what it gets and objects to what it doesn't expect."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    """One ingest request as it arrived."""

    key: str
    project: str
    events: list[dict[str, Any]]
    headers: dict[str, str]
    body_bytes: int
    answered: int
    at: float = field(default_factory=time.monotonic)


class Upstream:
    """Listens on loopback. Answers 200 unless told otherwise.

    Attributes:
        received: every request, in order, refused ones included.
        unexpected: what a JamJet upstream must never be asked; a test's teardown fails on it.
        answers: statuses (with headers) for the next requests, before ``status`` applies again.
        status: the standing answer.
        refused_keys: bearer keys that get 401.
        poison: span ids whose presence makes a request get 400.
    """

    def __init__(self, port: int = 0) -> None:
        self.received: list[Received] = []
        self.unexpected: list[str] = []
        self.answers: deque[tuple[int, dict[str, str]]] = deque()
        self.status = 200
        self.refused_keys: set[str] = set()
        self.poison: set[str] = set()
        self._lock = threading.Lock()
        self._port = port
        self._server: ThreadingHTTPServer | None = None
        self.start()

    @property
    def url(self) -> str:
        """Base URL; the same again after a restart."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen (again)."""
        server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self))
        server.daemon_threads = True
        self._port = server.server_port
        self._server = server
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Refuse connections until ``start``."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def taken(self, key: str | None = None) -> list[dict[str, Any]]:
        """Return the events of every request answered with 2xx, in order, of one upstream key or all."""
        with self._lock:
            return [
                event
                for request in self.received
                if request.answered < 300 and key in (None, request.key)
                for event in request.events
            ]

    def judge(self, request: Received) -> tuple[int, dict[str, str]]:
        """Record a request and return how to answer it."""
        with self._lock:
            status, headers = self.answers.popleft() if self.answers else (self.status, {})
            if request.key in self.refused_keys:
                status = 401
            elif self.poison & {str(event.get("span_id")) for event in request.events}:
                status = 400
            request.answered = status
            self.received.append(request)
        return status, headers


def _handler(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != "/v1/events/ingest":
                upstream.unexpected.append(f"POST {self.path}")
            status, headers = upstream.judge(self._received(raw))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            answer = b'{"accepted": 1, "trace_ids": []}'
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_GET(self) -> None:
            upstream.unexpected.append(f"GET {self.path}")
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _received(self, raw: bytes) -> Received:
            body = gzip.decompress(raw) if self.headers.get("Content-Encoding") == "gzip" else raw
            content = json.loads(body)
            if set(content) != {"project", "events"}:
                upstream.unexpected.append(f"members {sorted(content)}")
            key = self.headers.get("Authorization", "").removeprefix("Bearer ")
            headers = {name.lower(): value for name, value in self.headers.items()}
            return Received(key, content["project"], content["events"], headers, len(body), 0)

    return Handler
