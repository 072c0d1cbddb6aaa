"""A small JamJet that the proxy forwards to: records what it gets, objects to what it doesn't expect."""

from __future__ import annotations

import gzip
import json
import socket
import sys
import threading
import time
from collections import deque
from contextlib import suppress
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
        broken_bodies: how many of the next answers end in the middle of their body.
    """

    def __init__(self, port: int = 0) -> None:
        self.received: list[Received] = []
        self.unexpected: list[str] = []
        self.answers: deque[tuple[int, dict[str, str]]] = deque()
        self.status = 200
        self.refused_keys: set[str] = set()
        self.poison: set[str] = set()
        self.broken_bodies = 0
        self._lock = threading.Lock()
        self._port = port
        self._server: _Server | None = None
        self.start()

    @property
    def url(self) -> str:
        """Base URL; the same again after a restart."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen (again)."""
        server = _Server(("127.0.0.1", self._port), _handler(self), self.unexpected)
        self._port = server.server_port
        self._server = server
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Refuse connections until ``start``, and end those that are open."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.end_connections()
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

    def breaks_body(self) -> bool:
        """Whether the answer being written is to end in the middle of its body."""
        with self._lock:
            broken = self.broken_bodies > 0
            self.broken_bodies -= broken
        return broken


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], unexpected: list[str]
    ) -> None:
        super().__init__(address, handler)
        self._unexpected = unexpected
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        # Connections that end early are what some tests are about.
        if not isinstance(error, ConnectionError):
            self._unexpected.append(repr(error))

    def end_connections(self) -> None:
        """Cut off whoever is still connected."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _handler(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            raw = self.rfile.read(length)
            if len(raw) < length:
                self.close_connection = True
                return
            if self.path != "/v1/events/ingest":
                upstream.unexpected.append(f"POST {self.path}")
            status, headers = upstream.judge(self._received(raw))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            answer = b'{"accepted": 1, "trace_ids": []}'
            whole = not upstream.breaks_body()
            self.send_header("Content-Length", str(len(answer) if whole else 2 * len(answer)))
            self.end_headers()
            self.wfile.write(answer)
            self.close_connection = self.close_connection or not whole

        def do_GET(self) -> None:
            upstream.unexpected.append(f"GET {self.path}")
            self.send_error(404)

        def log_message(self, *_: object) -> None:
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
