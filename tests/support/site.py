"""The whole proxy inside the test's own process, listening on loopback, and ways to ask it."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from support.waiting import until
from yarl import URL

from jamjet_proxy.config import Config, ServerConfig
from jamjet_proxy.config.data_dir import DataDir
from jamjet_proxy.governance.projects import Created
from jamjet_proxy.model.project import Project
from jamjet_proxy.runtime import lock
from jamjet_proxy.runtime.server import running
from jamjet_proxy.services import Services
from jamjet_proxy.storage.database import Job

ANYWHERE = ServerConfig(listen="127.0.0.1:0")


@dataclass
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body decoded."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The stable code of a problem document."""
        assert self.headers["Content-Type"] == "application/problem+json"
        return str(self.json()["code"])


@dataclass
class Site:
    """A running proxy with one project, ``alpha``."""

    url: str
    services: Services
    session: aiohttp.ClientSession
    project: Project
    key: str

    @property
    def token(self) -> str:
        """The operator's credential."""
        return self.services.operator_token

    async def ask(
        self,
        method: str,
        path: str,
        credential: str | None = None,
        *,
        content: object = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request, the path exactly as it stands; ``content`` goes as JSON, ``body`` as it is."""
        sent = dict(headers or {})
        if credential is not None:
            sent["Authorization"] = f"Bearer {credential}"
        if content is not None:
            body = json.dumps(content).encode()
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        url = URL(self.url + path, encoded=True)
        data = io.BytesIO(body) if body is not None else None
        async with self.session.request(method, url, data=data, headers=sent) as response:
            return Answer(response.status, response.headers, await response.read())

    async def as_project(self, method: str, path: str, **rest: Any) -> Answer:
        """Ask with the project's key."""
        return await self.ask(method, path, self.key, **rest)

    async def as_operator(self, method: str, path: str, **rest: Any) -> Answer:
        """Ask with the operator's token."""
        return await self.ask(method, path, self.token, **rest)

    async def ingest(self, *events: object, key: str | None = None) -> dict[str, Any]:
        """Store ``events`` and return the receipt, once they are indexed."""
        answer = await self.ask("POST", "/v1/events/ingest", key or self.key, content={"events": events})
        assert answer.status == 200, answer.body
        await self.indexed()
        receipt: dict[str, Any] = answer.json()
        return receipt

    async def indexed(self) -> None:
        """Wait until the index has everything."""

        async def done() -> bool:
            return await self.services.indexer.lag() == 0

        await until(done)

    async def create(self, name: str) -> Created:
        """Create another project."""
        return await self.services.projects.create(name)

    async def on_journal(self, job: Job) -> None:
        """Run ``job`` on the journal's writing connection, to make it misbehave."""
        await self.services._journal.writer.run(job)

    async def raw(self, request: bytes) -> bytes:
        """Send bytes on a connection of their own and return the answer, interim ones before it included."""
        address = URL(self.url)
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(10):
            answer = head = await reader.readuntil(b"\r\n\r\n")
            while head.startswith(b"HTTP/1.1 1"):
                head = await reader.readuntil(b"\r\n\r\n")
                answer += head
            length = re.search(rb"(?i)content-length: *([0-9]+)", head)
            answer += await reader.readexactly(int(length[1]) if length else 0)
        writer.close()
        await writer.wait_closed()
        return answer


@asynccontextmanager
async def open_site(path: Path, config: Config | None = None) -> AsyncIterator[Site]:
    """Run a proxy on the data directory ``path`` while the context is open."""
    config = config or Config(server=ANYWHERE)
    async with running(config, DataDir(path), lock.DAEMON) as proxy, aiohttp.ClientSession() as session:
        created = await proxy.services.projects.create("alpha")
        yield Site(proxy.url, proxy.services, session, created.project, created.api_key)
