"""A destination that speaks the JamJet ingest protocol: the hosted API or another proxy."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus

import aiohttp
import msgspec
from isal import isal_zlib

from jamjet_proxy import __version__
from jamjet_proxy.config import JamjetDestination, resolve
from jamjet_proxy.forward.destination import selects
from jamjet_proxy.forward.kinds import normalise_kind
from jamjet_proxy.forward.retry import parse_retry_after
from jamjet_proxy.model.delivery import Delivered, Fate, Paused, Refused, RetryLater
from jamjet_proxy.model.errors import ConfigError
from jamjet_proxy.model.project import Project

_GZIP_ABOVE_BYTES = 4096
_GZIP = 31
_READ_OF_ANSWER = 64 * 1024
_CREDENTIAL_REFUSED = frozenset({401, 403})
_CONTENT_REFUSED = frozenset({400, 413, 422})


class JamjetUpstream:
    """Posts batches to ``<url>/v1/events/ingest`` with each project's own upstream key."""

    type = "jamjet"

    def __init__(self, name: str, config: JamjetDestination) -> None:
        self.name = name
        self.batch_events = config.batch_events
        self._config = config
        self._url = f"{config.url}/v1/events/ingest"
        self._session: aiohttp.ClientSession | None = None

    def serves(self, project: Project) -> bool:
        """Whether the configuration names this project."""
        return selects(self._config.projects, project)

    async def send(self, project: Project, events: list[bytes], bookmark: str | None) -> Fate:
        """Post one batch and judge the answer."""
        try:
            key = self._key(project)
        except ConfigError as error:
            return Paused(error.message)
        if not (key.isascii() and key.isprintable()):
            return Paused("the upstream key holds characters that no key has")
        try:
            return await self._post(_body(project, events), key)
        except TimeoutError:
            return RetryLater(f"no answer within {self._config.timeout_s:g} s")
        except aiohttp.ClientError as error:
            return RetryLater(_in_words(error))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _key(self, project: Project) -> str:
        references = self._config.upstream_keys
        reference = references.get(project.name) or references.get("default")
        if reference is None:
            raise ConfigError(
                [f"no upstream key for project {project.name!r}: set destinations.{self.name}.upstream_keys"]
            )
        return resolve(reference)

    async def _post(self, body: bytes, key: str) -> Fate:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        if len(body) > _GZIP_ABOVE_BYTES:
            headers["Content-Encoding"] = "gzip"
            body = await asyncio.to_thread(isal_zlib.compress, body, 1, _GZIP)
        session = self._open_session()
        # A redirect would turn the POST into a GET, or carry the key elsewhere.
        async with session.post(self._url, data=body, headers=headers, allow_redirects=False) as response:
            fate = _judge(response)
            await response.content.read(_READ_OF_ANSWER)
        return fate

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._config.timeout_s),
                headers={"User-Agent": f"jamjet-proxy/{__version__}"},
            )
        return self._session


def _body(project: Project, events: list[bytes]) -> bytes:
    parts = (b'{"project":', msgspec.json.encode(project.name), b',"events":[')
    return b"".join((*parts, b",".join(map(normalise_kind, events)), b"]}"))


def _judge(response: aiohttp.ClientResponse) -> Fate:
    status = response.status
    if HTTPStatus(200) <= status < HTTPStatus(300):
        return Delivered()
    if status in _CREDENTIAL_REFUSED:
        return Paused(f"the upstream key was refused (HTTP {status})")
    if status in _CONTENT_REFUSED:
        return Refused(f"HTTP {status}")
    after_s = parse_retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
    return RetryLater(f"HTTP {status}", after_s)


def _in_words(error: aiohttp.ClientError) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot connect to {error.host}:{error.port} ({error.os_error.strerror or 'no address'})"
    return f"the connection failed ({type(error).__name__})"
