"""Load as SDKs make it: batch after batch, the same one again until it is acknowledged."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from support.spans import make_events

_PAUSE_S = 0.02


class Sender(threading.Thread):
    """Sends until told to stop; the last batch may stay unacknowledged.

    Attributes:
        sent: every span id put on the wire.
        acked: those in a request that was answered 200.
        latencies_s: how long each acknowledged request took.
        surprises: answers other than 200.
    """

    def __init__(self, url: str, key: str, batch: int = 10, pause_s: float = 0.0) -> None:
        super().__init__(daemon=True)
        self.sent: set[str] = set()
        self.acked: list[str] = []
        self.latencies_s: list[float] = []
        self.surprises: list[int] = []
        self._host = urlsplit(url).netloc
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._batch = batch
        self._pause_s = pause_s
        self._connection = http.client.HTTPConnection(self._host, timeout=10)
        self._ending = threading.Event()

    def run(self) -> None:
        """Send."""
        while not self._ending.wait(self._pause_s):
            events = make_events(self._batch)
            self.sent.update(event["span_id"] for event in events)
            while not self._posted(events) and not self._ending.wait(_PAUSE_S):
                pass
        self._connection.close()

    def end(self) -> None:
        """Stop after the request under way."""
        self._ending.set()
        self.join(timeout=30)
        assert not self.is_alive()

    def _posted(self, events: list[dict[str, Any]]) -> bool:
        started = time.monotonic()
        try:
            body = json.dumps({"events": events})
            self._connection.request("POST", "/v1/events/ingest", body, self._headers)
            response = self._connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return False
        if response.status != 200:
            self.surprises.append(response.status)
            return False
        self.latencies_s.append(time.monotonic() - started)
        self.acked.extend(event["span_id"] for event in events)
        return True


@contextmanager
def sending(*senders: Sender) -> Iterator[None]:
    """Let the senders send while the context is open."""
    for sender in senders:
        sender.start()
    try:
        yield
    finally:
        for sender in senders:
            sender.end()
