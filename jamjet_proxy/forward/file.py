"""A destination on disk: one line of JSON per span, in files that are rotated by size.

The cursor's bookmark notes the file and its length. Lines beyond that length were written but never
noted (a crash came between), so they are cut off before the next write: every span once.
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

import msgspec

from jamjet_proxy.config import FileDestination
from jamjet_proxy.forward.destination import selects
from jamjet_proxy.model.delivery import Delivered, Fate, RetryLater
from jamjet_proxy.model.project import Project

_NOT_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


class _Bookmark(msgspec.Struct):
    """Which file of the project is being written, and how many of its bytes count."""

    number: int = 1
    size: int = 0


class FileArchive:
    """Appends spans to ``<directory>/<project>-...-<destination>-<number>.ndjson`` and syncs them.

    Args:
        journal_id: of the journal the bookmarks lie in; what another journal archived is left alone.
    """

    type = "file"
    batch_events = 500

    def __init__(self, name: str, config: FileDestination, data_dir: Path, journal_id: str) -> None:
        self.name = name
        self._config = config
        self._directory = data_dir / config.directory
        self._journal = journal_id[:8]

    def serves(self, project: Project) -> bool:
        """Whether the configuration names this project."""
        return selects(self._config.projects, project)

    async def send(self, project: Project, events: list[bytes], bookmark: str | None) -> Fate:
        """Append and sync ``events``."""
        at = msgspec.json.decode(bookmark, type=_Bookmark) if bookmark else _Bookmark()
        lines = b"".join(event + b"\n" for event in events)
        try:
            noted = await asyncio.to_thread(self._append, project, lines, at)
        except OSError as error:
            return RetryLater(f"cannot write to {self._directory}: {error.strerror}")
        return Delivered(msgspec.json.encode(noted).decode())

    async def close(self) -> None:
        """Nothing is held between writes."""

    def _append(self, project: Project, lines: bytes, at: _Bookmark) -> _Bookmark:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        at = self._usable(project, at)
        path = self._path(project, at.number)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.truncate(at.size)
            file.seek(at.size)
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        if at.size == 0:
            _sync_directory(self._directory)
        return _Bookmark(at.number, at.size + len(lines))

    def _usable(self, project: Project, at: _Bookmark) -> _Bookmark:
        """Go to the next file when this one is full, or was carried away by the operator."""
        if at.size == 0:
            return at
        path = self._path(project, at.number)
        if at.size < self._config.rotate_bytes and path.exists() and path.stat().st_size >= at.size:
            return at
        return _Bookmark(at.number + 1)

    def _path(self, project: Project, number: int) -> Path:
        name = _NOT_IN_FILE_NAMES.sub("_", project.name)
        file = f"{name}-{project.id[:8]}-{self._journal}-{self.name}-{number:06d}.ndjson"
        return self._directory / file


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
