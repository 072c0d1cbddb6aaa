"""The registry of projects, held whole in memory and renewed with every change.

A key is recognised without touching the disk, and a project created now works at the next request.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import NamedTuple

from jamjet_proxy.crypto import project_keys
from jamjet_proxy.model.errors import InvalidRequest
from jamjet_proxy.model.project import Project
from jamjet_proxy.storage import projects as stored
from jamjet_proxy.storage.database import Reader, Writer

DEFAULT_TIER = "local"
_LONGEST_NAME = 100
_LONGEST_TIER = 32


class Created(NamedTuple):
    """A new project and its key, which is never available again."""

    project: Project
    api_key: str


class Projects:
    """Creates, lists and recognises projects. Use ``Projects.open``."""

    def __init__(self, writer: Writer, reader: Reader, fingerprinter: project_keys.Fingerprinter) -> None:
        self._writer = writer
        self._reader = reader
        self._fingerprint = fingerprinter.fingerprint
        self._by_fingerprint: dict[bytes, Project] = {}
        self._listeners: list[asyncio.Event] = []

    @classmethod
    async def open(
        cls, writer: Writer, reader: Reader, fingerprinter: project_keys.Fingerprinter
    ) -> Projects:
        """Load the registry.

        Raises:
            StorageError: it can't be read.
        """
        projects = cls(writer, reader, fingerprinter)
        await projects._refresh()
        return projects

    def authenticate(self, key: str) -> Project | None:
        """Return the project that ``key`` belongs to, or None.

        The key is looked up by its keyed hash, so neither time nor memory tells anything about other keys.
        """
        if not project_keys.looks_like_key(key):
            return None
        return self._by_fingerprint.get(self._fingerprint(key))

    def all(self) -> list[Project]:
        """Return every project, oldest first."""
        return list(self._by_fingerprint.values())

    def named(self, name: str) -> Project | None:
        """Return the project called ``name``, or None."""
        return next((project for project in self.all() if project.name == name), None)

    async def create(self, name: str, tier: str = DEFAULT_TIER) -> Created:
        """Create a project with its one key.

        Raises:
            InvalidRequest: the name or tier can't be used.
            Conflict: the name is taken.
            StorageError: nothing was stored.
        """
        api_key = project_keys.mint()
        project = Project(
            id=str(uuid.uuid4()),
            name=_checked("name", name, _LONGEST_NAME),
            key_prefix=project_keys.prefix(api_key),
            tier=_checked("tier", tier, _LONGEST_TIER),
            created_ms=time.time_ns() // 1_000_000,
        )
        fingerprint = self._fingerprint(api_key)
        await self._writer.run(lambda connection: stored.insert(connection, project, fingerprint))
        await self._refresh()
        return Created(project, api_key)

    def subscribe(self) -> asyncio.Event:
        """Return an event that is set whenever the set of projects changed."""
        event = asyncio.Event()
        self._listeners.append(event)
        return event

    async def _refresh(self) -> None:
        loaded = await stored.load_all(self._reader)
        self._by_fingerprint = {fingerprint: project for project, fingerprint in loaded}
        for event in self._listeners:
            event.set()


def _checked(field: str, text: str, longest: int) -> str:
    text = text.strip()
    if not text:
        raise InvalidRequest(f"{field} must not be empty", field=field)
    if len(text) > longest:
        raise InvalidRequest(f"{field} must have at most {longest} characters", field=field)
    if not text.isprintable():
        raise InvalidRequest(f"{field} must not hold control characters", field=field)
    if "jj_" in text:
        # A pasted key would be stored and shown as a name.
        raise InvalidRequest(f"{field} must not hold a project key", field=field)
    return text
