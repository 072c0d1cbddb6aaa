"""One writing connection per file on a thread of its own, group commit, and read-only readers.

::

    handlers ── run(job) ──▶ queue ──▶ writer thread: BEGIN, job, job, job, COMMIT (synced) ──▶ futures

A job is a plain function of the open transaction. Whatever waits while one commit is being synced
forms the next group, so durability costs one sync per group, not one per request. A job that fails
doesn't take its neighbours along: the group is rolled back and each job runs again by itself, so a
job must be repeatable.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Generic, TypeVar

import aiosqlite

from jamjet_proxy.model.errors import StorageError, StorageFull

Job = Callable[[sqlite3.Connection], Any]
Row = tuple[Any, ...]
T = TypeVar("T")

_log = logging.getLogger(__name__)

_LARGEST_GROUP = 512
_ROWS_A_STATEMENT = 100
_CHECKPOINT_AFTER_PAGES = 1_000
_CHECKPOINT_AFTER_COMMITS = 500
_IDLE_S = 1.0

_WRITER_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA busy_timeout = 5000",
    # Checkpoints run between groups on this same connection, never inside somebody's commit.
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cell_size_check = ON",
    "PRAGMA trusted_schema = OFF",
    # A memory-mapped file can turn a passing fault into damage.
    "PRAGMA mmap_size = 0",
    "PRAGMA fullfsync = ON",
)


@dataclass(slots=True)
class _Waiting(Generic[T]):
    job: Callable[[sqlite3.Connection], T]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[T]


@dataclass(slots=True)
class _Settled:
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None

    def resolve(self) -> None:
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def connect(path: Path, *, derived: bool = False) -> sqlite3.Connection:
    """Open ``path`` for writing, creating it when missing, with the writer's pragmas set and checked.

    Args:
        derived: the file can be built again from another one, so a power cut may take its last commits
            (never its integrity) and no commit waits for the disk.

    Raises:
        StorageError: the file can't be opened, or the durable mode can't be had.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        if connection.execute("PRAGMA page_count").fetchone() == (0,):
            connection.execute("PRAGMA page_size = 8192")
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        for pragma in _WRITER_PRAGMAS:
            connection.execute(pragma)
        # An acknowledgement means synced; group commit makes that nearly free.
        wanted = 1 if derived else 2
        connection.execute(f"PRAGMA synchronous = {wanted}")
        mode = connection.execute("PRAGMA journal_mode").fetchone()
        synchronous = connection.execute("PRAGMA synchronous").fetchone()
    except sqlite3.Error as error:
        raise as_storage_error(error, path) from error
    if (mode, synchronous) != (("wal",), (wanted,)):
        raise StorageError(f"{path} can't be kept durable here (mode {mode}, synchronous {synchronous})")
    return connection


def as_storage_error(error: sqlite3.Error, path: Path) -> StorageError:
    """Translate a driver error into a fault of ours; the message names the file, never data."""
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return StorageFull(f"no room left for {path.name}", hint=f"free disk space under {path.parent}")
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return StorageError(f"{path.name} did not take the write ({name})")


class Writer:
    """The only writing connection of one database file.

    Args:
        path: the file; it must exist and be migrated.
        derived: as for ``connect``.
        on_commit, on_rollback: called on the writer's thread after each group, so that memory which
            mirrors the file can follow it.
    """

    def __init__(
        self,
        path: Path,
        *,
        derived: bool = False,
        on_commit: Callable[[], None] = lambda: None,
        on_rollback: Callable[[], None] = lambda: None,
    ) -> None:
        self._path = path
        self._on_commit = on_commit
        self._on_rollback = on_rollback
        self._connection = connect(path, derived=derived)
        self._queue: queue.SimpleQueue[_Waiting[Any] | None] = queue.SimpleQueue()
        self._commits = 0
        self._pages_at_checkpoint = self._page_count()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name=f"writer {path.name}")
        self._thread.start()

    async def run(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``job`` inside a transaction and return its result once that is committed and synced.

        Cancelling the caller doesn't stop the job. ``job`` may be run more than once.

        Raises:
            StorageError: nothing of the job was written.
        """
        if self._closed:
            raise StorageError(f"{self._path.name} is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.put(_Waiting(job, loop, future))
        return await future

    async def close(self) -> None:
        """Finish what is queued, checkpoint, close. Safe to call twice."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        stopping = False
        while not stopping:
            group, stopping = self._take()
            if group:
                self._settle(group)
            if self._checkpoint_due(idle=not group):
                self._checkpoint("PASSIVE")
        self._checkpoint("TRUNCATE")
        self._connection.close()

    def _take(self) -> tuple[list[_Waiting[Any]], bool]:
        group: list[_Waiting[Any]] = []
        try:
            # With nothing to checkpoint there is nothing to wake up for.
            item = self._queue.get(timeout=_IDLE_S if self._commits else None)
            while item is not None and len(group) < _LARGEST_GROUP:
                group.append(item)
                item = self._queue.get_nowait()
        except queue.Empty:
            return group, False
        if item is None:
            return group, True
        group.append(item)
        return group, False

    def _settle(self, group: list[_Waiting[Any]]) -> None:
        try:
            settled = self._commit(group)
        except Exception as error:  # noqa: BLE001 - whatever a job raises belongs to its caller
            if len(group) == 1:
                settled = [_Settled(group[0].future, error=self._translate(error))]
            else:
                for waiting in group:
                    self._settle([waiting])
                return
        # One wake-up per group: every waiter lives on the same loop.
        try:
            group[0].loop.call_soon_threadsafe(_resolve_all, settled)
        except RuntimeError:
            _log.warning("the event loop closed before %s answered", self._path.name)

    def _commit(self, group: list[_Waiting[Any]]) -> list[_Settled]:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            settled = [_Settled(waiting.future, waiting.job(connection)) for waiting in group]
            connection.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        self._commits += 1
        self._on_commit()
        return settled

    def _roll_back(self) -> None:
        self._on_rollback()
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error:
                _log.exception("rollback of %s failed", self._path.name)

    def _translate(self, error: Exception) -> Exception:
        return as_storage_error(error, self._path) if isinstance(error, sqlite3.Error) else error

    def _page_count(self) -> int:
        return int(self._connection.execute("PRAGMA page_count").fetchone()[0])

    def _checkpoint_due(self, *, idle: bool) -> bool:
        if not self._commits:
            return False
        if idle or self._commits >= _CHECKPOINT_AFTER_COMMITS:
            return True
        return self._page_count() - self._pages_at_checkpoint >= _CHECKPOINT_AFTER_PAGES

    def _checkpoint(self, mode: str) -> None:
        try:
            self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
            self._pages_at_checkpoint = self._page_count()
        except sqlite3.Error as error:
            # The WAL keeps everything; the next checkpoint tries again.
            _log.warning("checkpoint of %s failed: %s", self._path.name, type(error).__name__)
        self._commits = 0


def _resolve_all(settled: list[_Settled]) -> None:
    for item in settled:
        item.resolve()


def insert(connection: sqlite3.Connection, statement: str, rows: Sequence[Row]) -> None:
    """Insert ``rows``, all equally wide, a hundred at a time; ``{rows}`` in ``statement`` is where they go.

    The driver lets go of the interpreter for every statement, so one statement per row would mean
    quarrelling with the event loop over it as many times.
    """
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        some = rows[start : start + _ROWS_A_STATEMENT]
        marks = ", ".join([f"({', '.join('?' * len(some[0]))})"] * len(some))
        connection.execute(statement.format(rows=marks), list(chain.from_iterable(some)))


class Reader:
    """A read-only connection for everything that isn't on the writing path."""

    def __init__(self, path: Path, connection: aiosqlite.Connection) -> None:
        self._path = path
        self._connection = connection

    @classmethod
    async def open(cls, path: Path) -> Reader:
        """Open ``path``, an absolute path of a file that exists.

        Raises:
            StorageError: it can't be opened.
        """
        try:
            reader = cls(path, await aiosqlite.connect(f"{path.as_uri()}?mode=ro", uri=True))
        except sqlite3.Error as error:
            raise as_storage_error(error, path) from error
        try:
            await reader.fetch("PRAGMA query_only = ON")
            await reader.fetch("PRAGMA busy_timeout = 5000")
        except StorageError:
            await reader.close()
            raise
        return reader

    async def fetch(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Return every row of one statement; the snapshot ends with it.

        Raises:
            StorageError: the file can't be read.
        """
        try:
            return [tuple(row) for row in await self._connection.execute_fetchall(sql, parameters)]
        except sqlite3.Error as error:
            raise as_storage_error(error, self._path) from error

    async def close(self) -> None:
        """Close the connection. Safe to call twice."""
        await self._connection.close()
