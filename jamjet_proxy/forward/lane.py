"""One project on its way to one destination: read, send, move the cursor, in order, until it is all gone."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from jamjet_proxy.forward.destination import Destination
from jamjet_proxy.forward.retry import Backoff
from jamjet_proxy.model.delivery import Delivered, Fate, LaneState, LaneStatus, Paused, Refused, RetryLater
from jamjet_proxy.model.errors import DamagedRow, StorageError
from jamjet_proxy.model.project import Project
from jamjet_proxy.storage import cursors
from jamjet_proxy.storage.cursors import Cursor
from jamjet_proxy.storage.database import Reader
from jamjet_proxy.storage.journal import Journal, batches_from

_log = logging.getLogger(__name__)

_ROWS_AT_ONCE = 8
_MOST_BYTES = 4 << 20
_PAUSE_S = 300.0
_FINISH_S = 3.0

T = TypeVar("T")


@dataclass(slots=True)
class _Chunk:
    """Spans to send together, or spans lost to a damaged row; and where the cursor stands behind them."""

    seq: int
    position: int
    events: list[bytes] = field(default_factory=list)
    size: int = 0
    lost: int = 0


class Lane:
    """Delivers one project's spans to one destination, one request at a time.

    Args:
        at_once: shared by the lanes of a destination; bounds how many of them send together.
    """

    def __init__(
        self,
        destination: Destination,
        project: Project,
        journal: Journal,
        reader: Reader,
        at_once: asyncio.Semaphore,
    ) -> None:
        self.status = LaneStatus(destination.name, destination.type, project.id, project.name)
        self._destination = destination
        self._project = project
        self._journal = journal
        self._reader = reader
        self._at_once = at_once
        self._backoff = Backoff()
        # Halved when a request is refused, until the one span that causes it stands alone.
        self._limit = destination.batch_events

    async def run(self) -> None:
        """Deliver until cancelled."""
        arrived = self._journal.subscribe(self._project.id)
        try:
            while True:
                try:
                    await self._drain(arrived)
                except StorageError as error:
                    await self._wait(LaneState.RETRYING, error.message, self._backoff.failed)
                except Exception as error:  # noqa: BLE001 - a fault in one lane is nobody else's
                    await self._wait(
                        LaneState.RETRYING, f"internal error ({type(error).__name__})", self._backoff.failed
                    )
        finally:
            self._journal.unsubscribe(arrived)

    async def _drain(self, arrived: asyncio.Event) -> None:
        cursor = await cursors.load(self._reader, self._destination.name, self._project.id)
        while True:
            arrived.clear()
            chunk = await self._next(cursor)
            if chunk.events:
                cursor = await self._deliver(cursor, chunk)
            elif chunk.lost:
                cursor = await self._bury(cursor, chunk, chunk.lost, "damaged in the journal")
            else:
                self.status.state = LaneState.IDLE
                await arrived.wait()

    async def _next(self, cursor: Cursor) -> _Chunk:
        chunk = _Chunk(cursor.seq, cursor.position)
        rows = await batches_from(self._reader, cursor.seq, rows=_ROWS_AT_ONCE, project_id=self._project.id)
        for row in rows:
            start = cursor.position if row.seq == cursor.seq else 0
            if start == row.count:
                continue
            try:
                events = row.events()
            except DamagedRow as error:
                if not chunk.events:
                    chunk.lost, chunk.seq, chunk.position = row.count - start, row.seq, row.count
                    _log.error("%s: %s", self._name, error.message)
                return chunk
            for position, event in enumerate(events[start:], start):
                if len(chunk.events) == self._limit or (
                    chunk.events and chunk.size + len(event) > _MOST_BYTES
                ):
                    return chunk
                chunk.events.append(event)
                chunk.size += len(event)
                chunk.seq, chunk.position = row.seq, position + 1
        return chunk

    async def _deliver(self, cursor: Cursor, chunk: _Chunk) -> Cursor:
        async with self._at_once:
            self.status.state = LaneState.SENDING
            fate, cursor = await self._undisturbed(self._send(cursor, chunk))
        match fate:
            case Delivered() | Refused():
                pass
            case RetryLater(error, after_s):
                await self._wait(LaneState.RETRYING, error, lambda: self._backoff.failed(after_s))
            case Paused(error):
                await self._wait(LaneState.PAUSED, error, lambda: _PAUSE_S)
        return cursor

    async def _send(self, cursor: Cursor, chunk: _Chunk) -> tuple[Fate, Cursor]:
        """Try once, and move the cursor if that settles what becomes of the spans."""
        fate = await self._destination.send(self._project, chunk.events, cursor.bookmark)
        if isinstance(fate, Delivered):
            cursor = await self._moved(cursor, chunk, fate.bookmark)
        elif isinstance(fate, Refused):
            cursor = await self._refused(cursor, chunk, fate.reason)
        return fate, cursor

    async def _undisturbed(self, step: Coroutine[Any, Any, T]) -> T:
        """Run ``step`` to its end even when this lane is ended meanwhile: an orderly stop repeats nothing."""
        task = asyncio.create_task(step)  # noqa: TID251 - awaited right here, whatever happens
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task}, timeout=_FINISH_S)
            task.cancel()
            # Whatever it ended with, the cursor tells the next start where to go on.
            await asyncio.gather(task, return_exceptions=True)
            raise

    async def _moved(self, cursor: Cursor, chunk: _Chunk, bookmark: str | None) -> Cursor:
        moved = cursor.past_delivered(len(chunk.events), chunk.seq, chunk.position, bookmark)
        await self._journal.writer.run(lambda connection: cursors.save(connection, moved))
        if self.status.last_error is not None:
            _log.info("%s: delivering again", self._name)
        self.status.last_error = None
        self.status.last_delivered_ms = _now_ms()
        self._backoff.succeeded()
        self._limit = min(self._destination.batch_events, self._limit * 2)
        return moved

    async def _refused(self, cursor: Cursor, chunk: _Chunk, reason: str) -> Cursor:
        if len(chunk.events) > 1:
            self._limit = len(chunk.events) // 2
            return cursor
        return await self._bury(cursor, chunk, 1, reason)

    async def _bury(self, cursor: Cursor, chunk: _Chunk, spans: int, reason: str) -> Cursor:
        """Set the last ``spans`` spans of ``chunk`` aside for good."""
        buried = cursor.past_dead(spans, chunk.seq, chunk.position)
        now_ms = _now_ms()

        def bury(connection: sqlite3.Connection) -> None:
            for position in range(chunk.position - spans, chunk.position):
                cursors.bury(connection, buried, chunk.seq, position, reason, now_ms)
            cursors.save(connection, buried)

        await self._journal.writer.run(bury)
        _log.warning("%s: set aside for good: %d (%s)", self._name, spans, reason)
        return buried

    async def _wait(self, state: LaneState, error: str, delay: Callable[[], float]) -> None:
        if self.status.last_error is None:
            _log.warning("%s: %s (%s)", self._name, state.value, error)
        self.status.state = state
        self.status.last_error = error
        self.status.last_error_ms = _now_ms()
        await asyncio.sleep(delay())

    @property
    def _name(self) -> str:
        return f"{self._destination.name} for project {self._project.name!r}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
