"""A load client that leaves the core to the server: ready-made bytes out, as little parsing as possible."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import cast
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ACCEPTED = re.compile(rb'"accepted": *(\d+)')
_STALLED_S = 30.0


@dataclass(slots=True)
class Answers:
    """What came back, of warm-up and measured time together unless said otherwise.

    Attributes:
        acknowledged: spans the server said it accepted.
        measured: those whose answer came within the measured time.
        seconds: how long the measured time was.
        latencies: of the requests sent and answered within it, in seconds.
        failures: answers that were not 200, each cut to one line.
    """

    acknowledged: int = 0
    measured: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


class _Window:
    """The time in which answers count as measured; nothing is sent after it."""

    def __init__(self, warm_up: float, seconds: float) -> None:
        self.start = time.perf_counter() + warm_up
        self.end = self.start + seconds


class _Connection(asyncio.Protocol):
    """Sends one request after the other, each when the one before is answered."""

    def __init__(self, bodies: Iterator[bytes], head: bytes, window: _Window, answers: Answers) -> None:
        self._bodies = bodies
        self._head = head
        self._window = window
        self._answers = answers
        self._received = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._received, 0, end)
        if len(self._received) >= end + 4 + int(length[1] if length else 0):
            self._on_answer(end)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._answers.failures.append(f"connection lost: {exc!r}")
            self.done.set_result(None)

    def _send(self) -> None:
        assert self._transport is not None
        body = next(self._bodies)
        self._sent_at = time.perf_counter()
        self._transport.write(b"%s%d\r\n\r\n%s" % (self._head, len(body), body))

    def _on_answer(self, end: int) -> None:
        now = time.perf_counter()
        self._note(now, end)
        self._received = b""
        if now < self._window.end:
            self._send()
        else:
            self.done.set_result(None)
            assert self._transport is not None
            self._transport.close()

    def _note(self, now: float, end: int) -> None:
        answers = self._answers
        accepted = _ACCEPTED.search(self._received, end)
        if not self._received.startswith(b"HTTP/1.1 200") or accepted is None:
            answers.failures.append(self._received[:300].decode("ascii", "replace").replace("\r\n", " | "))
            return
        spans = int(accepted[1])
        answers.acknowledged += spans
        if self._window.start <= now < self._window.end:
            answers.measured += spans
            if self._sent_at >= self._window.start:
                answers.latencies.append(now - self._sent_at)


async def load(
    url: str,
    key: str,
    body: Callable[[int], bytes],
    *,
    connections: int,
    warm_up: float,
    seconds: float,
) -> Answers:
    """Keep ``connections`` busy and return what came back, once every request sent is answered.

    Args:
        url: the server, scheme and address.
        key: the project's key.
        body: makes the body of a request from its number.
        warm_up: seconds of load before the measured ones.
    """
    target = urlsplit(url)
    head = (
        f"POST /v1/events/ingest HTTP/1.1\r\nHost: {target.netloc}\r\nAuthorization: Bearer {key}\r\n"
        "Accept: */*\r\nContent-Type: application/json\r\nContent-Length: "
    ).encode()
    bodies = map(body, count())
    answers = Answers(seconds=seconds)
    window = _Window(warm_up, seconds)
    loop = asyncio.get_running_loop()
    waiting = []
    for _ in range(connections):
        _, connection = await loop.create_connection(
            lambda: _Connection(bodies, head, window, answers), target.hostname or "", target.port or 80
        )
        waiting.append(connection.done)
    async with asyncio.timeout(warm_up + seconds + _STALLED_S):
        await asyncio.gather(*waiting)
    return answers
