"""Posting to a JamJet upstream, against a real server on loopback."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from support.stores import make_project

from jamjet_proxy.config import JamjetDestination
from jamjet_proxy.forward.jamjet import JamjetUpstream
from jamjet_proxy.model.delivery import Delivered, Fate, Paused, Refused, RetryLater

PROJECT = make_project()
EVENTS = [b'{"span_id":"sp_1","kind":"custom","n":1.0}', b'{"span_id":"sp_2","kind":"odd"}']


@dataclass
class Hosted:
    """A hosted API that answers as told and keeps what it got."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"accepted": 1}'
    delay_s: float = 0.0
    requests: list[tuple[web.Request, bytes]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request, await request.read()))
        await asyncio.sleep(self.delay_s)
        return web.Response(status=self.status, headers=self.headers, body=self.body)


@asynccontextmanager
async def hosted(**settings: Any) -> AsyncIterator[tuple[Hosted, str]]:
    """Run a hosted API; anything but the ingest path answers 404."""
    api = Hosted(**settings)
    app = web.Application()
    app.router.add_post("/base/v1/events/ingest", api.answer)
    server = TestServer(app)
    await server.start_server(auto_decompress=False)
    try:
        yield api, str(server.make_url("/base"))
    finally:
        await server.close()


def secret(path: Path, text: str = "jj_upstream") -> str:
    """Return a reference to a file that holds ``text``."""
    file = path / "upstream.key"
    file.write_text(text)
    file.chmod(0o600)
    return f"file:{file}"


async def send(
    url: str,
    path: Path,
    events: list[bytes] | None = None,
    keys: dict[str, str] | None = None,
    **settings: Any,
) -> Fate:
    """Send once through a destination that is closed twice afterwards."""
    keys = {"default": secret(path)} if keys is None else keys
    config = JamjetDestination.model_validate(
        {"type": "jamjet", "url": url, "upstream_keys": keys, **settings}
    )
    upstream = JamjetUpstream("cloud", config)
    try:
        return await upstream.send(PROJECT, EVENTS if events is None else events, None)
    finally:
        await upstream.close()
        await upstream.close()


async def test_request_is_what_the_hosted_api_expects(tmp_path: Path) -> None:
    """One POST with the project's upstream key, its name, and the events in order with hosted kinds."""
    async with hosted() as (api, url):
        assert await send(url, tmp_path) == Delivered()
    ((request, body),) = api.requests
    assert request.headers["Authorization"] == "Bearer jj_upstream"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"].startswith("jamjet-proxy/")
    assert "Content-Encoding" not in request.headers
    sent = json.loads(body)
    assert set(sent) == {"project", "events"}
    assert sent["project"] == "alpha"
    assert [event["span_id"] for event in sent["events"]] == ["sp_1", "sp_2"]
    assert sent["events"][1]["payload"] == {"original_kind": "odd"}
    assert b'"n":1.0' in body


async def test_large_bodies_are_compressed(tmp_path: Path) -> None:
    """Beyond 4 KiB the body travels as gzip, and inflates to what it was."""
    events = [json.dumps({"kind": "custom", "n": n}).encode() for n in range(300)]
    async with hosted() as (api, url):
        await send(url, tmp_path, events)
    ((request, body),) = api.requests
    assert request.headers["Content-Encoding"] == "gzip"
    assert [event["n"] for event in json.loads(gzip.decompress(body))["events"]] == list(range(300))


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (200, Delivered()),
        (201, Delivered()),
        (202, Delivered()),
        (204, Delivered()),
        (301, RetryLater("HTTP 301")),
        (302, RetryLater("HTTP 302")),
        (307, RetryLater("HTTP 307")),
        (400, Refused("HTTP 400")),
        (401, Paused("the upstream key was refused (HTTP 401)")),
        (403, Paused("the upstream key was refused (HTTP 403)")),
        (404, RetryLater("HTTP 404")),
        (408, RetryLater("HTTP 408")),
        (413, Refused("HTTP 413")),
        (422, Refused("HTTP 422")),
        (429, RetryLater("HTTP 429")),
        (500, RetryLater("HTTP 500")),
        (502, RetryLater("HTTP 502")),
        (503, RetryLater("HTTP 503")),
        (504, RetryLater("HTTP 504")),
    ],
)
async def test_every_status_has_its_fate(tmp_path: Path, status: int, fate: Fate) -> None:
    """Success delivers, refused content is refused, a refused key pauses, everything else waits."""
    headers = {"Location": "/base/elsewhere"} if 300 <= status < 400 else {}
    async with hosted(status=status, headers=headers) as (api, url):
        assert await send(url, tmp_path) == fate
        assert len(api.requests) == 1


@pytest.mark.parametrize(("header", "after_s"), [("7", 7.0), ("soon", None), ("-1", None)])
async def test_retry_after_is_passed_on(tmp_path: Path, header: str, after_s: float | None) -> None:
    """What the hosted API asks for reaches the lane, nonsense doesn't."""
    async with hosted(status=429, headers={"Retry-After": header}) as (_, url):
        assert await send(url, tmp_path) == RetryLater("HTTP 429", after_s)


async def test_answer_is_not_swallowed_whole(tmp_path: Path) -> None:
    """An answer of any size is as good as a short one."""
    async with hosted(body=b"x" * 10_000_000) as (_, url):
        assert await send(url, tmp_path) == Delivered()


async def test_silence_is_a_retry(tmp_path: Path) -> None:
    """An upstream that doesn't answer in time is tried again later."""
    async with hosted(delay_s=5) as (_, url):
        assert await send(url, tmp_path, timeout_s=0.1) == RetryLater("no answer within 0.1 s")


async def test_nobody_there_is_a_retry_in_words(tmp_path: Path) -> None:
    """A refused connection is told with host and port, and without the key."""
    port = unused_port()
    fate = await send(f"http://127.0.0.1:{port}", tmp_path)
    assert isinstance(fate, RetryLater)
    assert fate.error.startswith(f"cannot connect to 127.0.0.1:{port} (")


async def test_connection_that_breaks_is_a_retry(tmp_path: Path) -> None:
    """A connection that ends instead of an answer is tried again later."""

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    fate = await send(f"http://127.0.0.1:{port}", tmp_path)
    server.close()
    await server.wait_closed()
    assert isinstance(fate, RetryLater)
    assert fate.error.startswith("the connection failed (")


async def test_own_key_wins_over_the_default(tmp_path: Path) -> None:
    """A project's own upstream key is used where there is one."""
    own = tmp_path / "own"
    own.mkdir()
    keys = {"default": secret(tmp_path, "jj_default"), "alpha": secret(own, "jj_own")}
    async with hosted() as (api, url):
        await send(url, tmp_path, keys=keys)
    assert api.requests[0][0].headers["Authorization"] == "Bearer jj_own"


@pytest.mark.parametrize("keys", [{}, {"beta": "env:NOT_SET"}])
async def test_missing_key_pauses(tmp_path: Path, keys: dict[str, str]) -> None:
    """Without an upstream key nothing is sent, and the message names the setting."""
    async with hosted() as (api, url):
        fate = await send(url, tmp_path, keys=keys)
        assert fate == Paused("no upstream key for project 'alpha': set destinations.cloud.upstream_keys")
        assert api.requests == []


async def test_key_that_cannot_be_resolved_pauses(tmp_path: Path) -> None:
    """A reference to a variable or file that isn't there is told by its name."""
    async with hosted() as (api, url):
        fate = await send(url, tmp_path, keys={"default": "env:JAMJET_NOT_SET_ANYWHERE"})
        assert isinstance(fate, Paused)
        assert "JAMJET_NOT_SET_ANYWHERE" in fate.error
        assert api.requests == []


async def test_key_that_no_header_can_carry_pauses(tmp_path: Path) -> None:
    """A file that holds no key is told without showing what it holds."""
    async with hosted() as (api, url):
        fate = await send(url, tmp_path, keys={"default": secret(tmp_path, "jj_up\u2603stream")})
        assert isinstance(fate, Paused)
        assert "stream" not in fate.error.replace("upstream", "")
        assert api.requests == []


def test_serves_the_projects_it_names() -> None:
    """The setting decides which projects go there."""
    config = JamjetDestination.model_validate({"type": "jamjet", "url": "http://x", "projects": ["beta"]})
    assert not JamjetUpstream("cloud", config).serves(PROJECT)
