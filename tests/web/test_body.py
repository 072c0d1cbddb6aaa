"""Bodies within bounds of size, time and memory."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.site import ANYWHERE, Site, open_site
from support.spans import make_event
from yarl import URL

from jamjet_proxy.config import Config, LimitsConfig

SMALL = Config(server=ANYWHERE, limits=LimitsConfig(body_bytes=4_096, body_timeout_s=0.2))
EMPTY = b'{"events":[]}'


def head(site: Site, *headers: str) -> bytes:
    """Return the head of an ingest request."""
    lines = [
        "POST /v1/events/ingest HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {site.key}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ")[1])


def code_of(answer: bytes) -> str:
    return str(json.loads(answer.partition(b"\r\n\r\n")[2])["code"])


async def test_declared_too_large(tmp_path: Path) -> None:
    """A body that says it is too large is refused before it is sent."""
    async with open_site(tmp_path, SMALL) as site:
        answer = await site.raw(head(site, "Content-Length: 4097"))
    assert (status_of(answer), code_of(answer)) == (413, "body_too_large")


async def test_too_large_in_chunks(tmp_path: Path) -> None:
    """A body that doesn't say how large it is is refused as soon as it is too large."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 100

    async with open_site(tmp_path, SMALL) as site:
        url = URL(site.url) / "v1/events/ingest"
        headers = {"Authorization": f"Bearer {site.key}", "Content-Type": "application/json"}
        async with site.session.post(url, data=chunks(), headers=headers) as response:
            assert response.status == 413
            assert (await response.json(content_type=None))["hint"] == "send less at a time"


async def test_largest_body_is_taken(tmp_path: Path) -> None:
    """A body of exactly the limit is no byte too large, whether declared or in chunks."""
    body = EMPTY.ljust(4_096)
    async with open_site(tmp_path, SMALL) as site:
        assert (await site.as_project("POST", "/v1/events/ingest", body=body)).status == 200
        chunked = b"1000\r\n" + body + b"\r\n0\r\n\r\n"
        assert status_of(await site.raw(head(site, "Transfer-Encoding: chunked") + chunked)) == 200
        too_large = gzip.compress(EMPTY.ljust(4_097))
        answer = await site.as_project(
            "POST", "/v1/events/ingest", body=too_large, headers={"Content-Encoding": "gzip"}
        )
        assert (answer.status, answer.code) == (413, "body_too_large")


async def test_slow_body(tmp_path: Path) -> None:
    """A body that doesn't arrive in time gets 408, and others aren't held up by it."""
    async with open_site(tmp_path, SMALL) as site, asyncio.TaskGroup() as group:
        slow = group.create_task(site.raw(head(site, "Content-Length: 100") + b"{"))
        assert (await site.as_project("POST", "/v1/events/ingest", body=EMPTY)).status == 200
        answer = await slow
        assert (status_of(answer), code_of(answer)) == (408, "body_timeout")


async def test_client_that_leaves_stores_nothing(tmp_path: Path) -> None:
    """A connection that ends in the middle of the body leaves the ledger as it was, and the proxy well."""
    async with open_site(tmp_path) as site:
        _, writer = await asyncio.open_connection(URL(site.url).host, URL(site.url).port)
        writer.write(head(site, "Content-Length: 1000") + b'{"events":[')
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        await site.ingest(make_event())
        ledger = await site.services.ledger()
        assert [receipts.received for _, receipts in ledger.projects] == [1]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (None, 200),
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/vnd.jamjet+json", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonx", 415),
        ("multipart/form-data; boundary=x", 415),
    ],
)
async def test_content_types(tmp_path: Path, content_type: str | None, status: int) -> None:
    """JSON under any of its names is read; what a form on a web page can send isn't."""
    async with open_site(tmp_path) as site:
        lines = [f"Content-Length: {len(EMPTY)}"]
        if content_type is not None:
            lines.append(f"Content-Type: {content_type}")
        answer = await site.raw(head(site, *lines) + EMPTY)
    assert status_of(answer) == status
    if status == 415:
        assert code_of(answer) == "unsupported_media_type"


async def test_expectation_is_met(tmp_path: Path) -> None:
    """A client that waits for 100 Continue gets it; another expectation is the client's mistake."""
    async with open_site(tmp_path) as site:
        length = f"Content-Length: {len(EMPTY)}"
        answer = await site.raw(head(site, length, "Expect: 100-continue") + EMPTY)
        assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")
        answer = await site.raw(head(site, length, "Expect: a-miracle") + EMPTY)
        assert status_of(answer) == 417


async def test_upgrade_offer_is_ignored(tmp_path: Path) -> None:
    """Java offers HTTP/2 with every request; the body is read all the same."""
    async with open_site(tmp_path) as site:
        lines = (
            f"Content-Length: {len(EMPTY)}",
            "Connection: Upgrade, HTTP2-Settings",
            "Upgrade: h2c",
            "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
        )
        request = head(site, *lines).replace(b"Connection: close\r\n", b"")
        assert status_of(await site.raw(request + EMPTY)) == 200


async def test_many_large_bodies_at_once(tmp_path: Path) -> None:
    """More large bodies than are read at the same time all get through."""
    body = json.dumps({"events": [make_event(payload="x" * 1_500_000)]}).encode()
    async with open_site(tmp_path) as site:
        answers = await asyncio.gather(
            *(site.as_project("POST", "/v1/events/ingest", body=body) for _ in range(12))
        )
    assert [answer.status for answer in answers] == [200] * 12
    assert sum(answer.json()["duplicates"] for answer in answers) == 11
