"""A client that offers to switch to HTTP/2 with every request, as the JDK's does, byte for byte."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from urllib.parse import urlsplit

from support.spans import make_events

_REQUEST = (
    "POST /v1/events/ingest HTTP/1.1\r\n"
    "Connection: Upgrade, HTTP2-Settings\r\n"
    "Content-Length: {length}\r\n"
    "Host: {host}\r\n"
    "HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\n"
    "Upgrade: h2c\r\n"
    "User-Agent: Java-http-client/17.0.15\r\n"
    "Authorization: Bearer {key}\r\n"
    "Content-Type: application/json\r\n"
    "\r\n"
)


def post_batches(url: str, key: str, sizes: list[int]) -> Iterator[tuple[int, bytes]]:
    """Post batches of these sizes, all on one connection, and yield status and body of each answer."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=30) as connection:
        for size in sizes:
            body = json.dumps({"events": make_events(size, kind="llm_call")}).encode()
            head = _REQUEST.format(length=len(body), host=where.netloc, key=key).encode()
            connection.sendall(head)
            connection.sendall(body)
            response = HTTPResponse(connection)
            response.begin()
            yield response.status, response.read()
