"""A hop between an SDK and the proxy that sees each exchange and can lose answers."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Exchange:
    """One request with what the proxy answered; ``lost`` if the client never saw that answer."""

    method: str
    path: str
    status: int
    lost: bool


@dataclass
class Relay:
    """What passed through a relay.

    Attributes:
        url: where clients reach it.
        lose: how many of the next answers to an ingest are lost after the proxy gave them.
        exchanges: everything that passed, in order.
    """

    url: str
    lose: int = 0
    exchanges: list[Exchange] = field(default_factory=list)

    def loses(self, path: str) -> bool:
        """Whether the answer to a request for ``path`` is lost."""
        if self.lose and path.endswith("/v1/events/ingest"):
            self.lose -= 1
            return True
        return False


@contextmanager
def relay_to(proxy_url: str) -> Iterator[Relay]:
    """Run a relay in front of ``proxy_url``."""
    relay = Relay("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(relay, urlsplit(proxy_url).netloc))
    server.daemon_threads = True
    relay.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield relay
    finally:
        server.shutdown()
        server.server_close()


def _handler(relay: Relay, proxy: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            connection = http.client.HTTPConnection(proxy, timeout=30)
            try:
                connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    connection.putheader(name, proxy if name.lower() == "host" else value)
                connection.endheaders(body or None)
                self._hand_back(connection.getresponse())
            finally:
                connection.close()

        def _hand_back(self, response: http.client.HTTPResponse) -> None:
            answer = response.read()
            lost = relay.loses(self.path)
            relay.exchanges.append(Exchange(self.command, self.path, response.status, lost))
            if lost:
                self.close_connection = True
                return
            self.send_response_only(response.status)
            for name, value in response.getheaders():
                if name.lower() not in ("transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def do_GET(self) -> None:
            self._pass_on()

        def do_POST(self) -> None:
            self._pass_on()

        def log_message(self, *_: object) -> None:
            pass

    return Handler
