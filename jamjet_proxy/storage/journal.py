"""The journal: the only hand-over point between those who send and everything that consumes.

One compressed row per accepted batch (very large batches take several), appended and never changed.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec
import zstandard

from jamjet_proxy.model.errors import DamagedRow
from jamjet_proxy.model.outcome import Reason
from jamjet_proxy.model.span import Finding, Span
from jamjet_proxy.storage import receipts
from jamjet_proxy.storage.database import Reader, Writer, connect
from jamjet_proxy.storage.recent import RecentSpans

_log = logging.getLogger(__name__)

_ROW_SPANS = 500
_ROW_BYTES = 1 << 20
_LARGEST_ROW = 1 << 28
_TAIL_SPANS = 50_000

_INSERT = """
INSERT INTO batches (project_id, received_ms, label, spans, rules_version, findings, checksum, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
# The oldest of the newest rows that together hold a bounded number of spans.
_TAIL_START = """
SELECT min(seq) FROM (
    SELECT seq, sum(spans) OVER (ORDER BY seq DESC) AS counted FROM batches
    WHERE seq > (SELECT coalesce(max(seq), 0) FROM batches) - ?
)
WHERE counted <= ?
"""
_COLUMNS = "seq, project_id, received_ms, spans, rules_version, findings, checksum, body"


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request brought for one project.

    Attributes:
        label: the client's own name for its project, redacted; the key alone decides where spans belong.
        spans: the events that passed, redacted, in their order.
        rejected: how many events were refused, by reason.
        rules_version: of the redaction rules that ``spans`` passed.
    """

    project_id: str
    received_ms: int
    label: str
    spans: tuple[Span, ...]
    rejected: Mapping[Reason, int]
    rules_version: str


class Appended(NamedTuple):
    """How many events of a batch were new and how many were known."""

    accepted: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """One row of the journal."""

    seq: int
    project_id: str
    received_ms: int
    count: int
    rules_version: str
    findings_json: bytes | None
    checksum: int
    compressed: bytes

    def events(self) -> list[bytes]:
        """Return each span as one line of JSON, in order.

        Raises:
            DamagedRow: the row doesn't hold what was written.
        """
        if zlib.crc32(self.compressed) != self.checksum:
            raise DamagedRow(f"journal row {self.seq} is damaged (checksum)")
        lines = (
            zstandard.ZstdDecompressor()
            .decompress(self.compressed, max_output_size=_LARGEST_ROW)
            .split(b"\n")
        )
        if len(lines) != self.count:
            raise DamagedRow(
                f"journal row {self.seq} is damaged ({len(lines)} spans instead of {self.count})"
            )
        return lines

    def readable_events(self) -> list[bytes]:
        """Return what ``events`` does, nothing for a damaged row: showing the others beats failing."""
        try:
            return self.events()
        except DamagedRow as error:
            _log.error("%s", error.message)
            return []

    def findings(self) -> dict[int, list[Finding]]:
        """Return what redaction replaced, by position of the span in ``events()``."""
        if self.findings_json is None:
            return {}
        return dict(msgspec.json.decode(self.findings_json, type=list[tuple[int, list[Finding]]]))


class Journal:
    """Appends batches durably and wakes whoever consumes them."""

    def __init__(self, path: Path) -> None:
        self._recent = RecentSpans()
        self._compressor = zstandard.ZstdCompressor(level=1)
        self._listeners: dict[asyncio.Event, str | None] = {}
        _remember_tail(path, self._recent)
        self.writer = Writer(path, on_commit=self._recent.keep, on_rollback=self._recent.take_back)

    async def append(self, batch: Batch) -> Appended:
        """Store what is new in ``batch`` together with its receipt; on return it is synced to disk.

        Raises:
            StorageError: nothing was stored.
        """
        appended = await self.writer.run(lambda connection: self._append(connection, batch))
        if appended.accepted:
            self._wake(batch.project_id)
        return appended

    async def check(self) -> None:
        """Return when the journal takes writes, tried with a real one.

        Raises:
            StorageError: it doesn't.
        """
        await self.writer.run(
            lambda connection: connection.execute("UPDATE identity SET journal_id = journal_id")
        )

    def subscribe(self, project_id: str | None = None) -> asyncio.Event:
        """Return an event that is set whenever spans were stored, of one project or of any."""
        event = asyncio.Event()
        self._listeners[event] = project_id
        return event

    def unsubscribe(self, event: asyncio.Event) -> None:
        """Forget an event returned by ``subscribe``."""
        self._listeners.pop(event, None)

    async def close(self) -> None:
        """Finish what is queued and close."""
        await self.writer.close()

    def _wake(self, project_id: str) -> None:
        for event, wanted in self._listeners.items():
            if wanted in (None, project_id):
                event.set()

    def _append(self, connection: sqlite3.Connection, batch: Batch) -> Appended:
        fresh = [span for span in batch.spans if not self._recent.is_repeat(batch.project_id, span)]
        for row in _rows(fresh):
            self._insert(connection, batch, row)
        duplicates = len(batch.spans) - len(fresh)
        receipts.count(connection, batch.project_id, len(fresh), duplicates, batch.rejected)
        return Appended(len(fresh), duplicates)

    def _insert(self, connection: sqlite3.Connection, batch: Batch, spans: list[Span]) -> None:
        body = self._compressor.compress(b"\n".join([span.body for span in spans]))
        connection.execute(
            _INSERT,
            (
                batch.project_id,
                batch.received_ms,
                batch.label,
                len(spans),
                batch.rules_version,
                _findings_json(spans),
                zlib.crc32(body),
                body,
            ),
        )


def _rows(spans: list[Span]) -> Iterator[list[Span]]:
    """Cut what one request brought into rows that every consumer can hold in memory."""
    row: list[Span] = []
    size = 0
    for span in spans:
        if row and (len(row) == _ROW_SPANS or size + len(span.body) > _ROW_BYTES):
            yield row
            row, size = [], 0
        row.append(span)
        size += len(span.body)
    if row:
        yield row


def _findings_json(spans: list[Span]) -> bytes | None:
    found = [(position, span.findings) for position, span in enumerate(spans) if span.findings]
    return msgspec.json.encode(found) if found else None


class _Identity(msgspec.Struct):
    trace_id: str
    span_id: str
    status: str | None = None


def _remember_tail(path: Path, recent: RecentSpans) -> None:
    """Fill ``recent`` from the newest rows, so that a repeat across a restart is still a repeat."""
    connection = connect(path)
    try:
        tail = connection.execute(_TAIL_START, (_TAIL_SPANS, _TAIL_SPANS)).fetchone()[0]
        if tail is None:
            return
        for row in connection.execute(f"SELECT {_COLUMNS} FROM batches WHERE seq >= ? ORDER BY seq", (tail,)):
            _remember(StoredBatch(*row), recent)
    finally:
        connection.close()


def _remember(batch: StoredBatch, recent: RecentSpans) -> None:
    decode = msgspec.json.Decoder(_Identity).decode
    for line in batch.readable_events():
        identity = decode(line)
        recent.is_repeat(
            batch.project_id, Span(identity.trace_id, identity.span_id, identity.status or "", line)
        )
    recent.keep()


async def batches_from(
    reader: Reader, seq: int, *, rows: int, project_id: str | None = None, newest_first: bool = False
) -> list[StoredBatch]:
    """Return up to ``rows`` batches from ``seq`` on, of one project or of all.

    Args:
        seq: the first row wanted, itself included.
        newest_first: walk towards older rows instead.
    """
    comparison, order = ("<=", "DESC") if newest_first else (">=", "ASC")
    condition = "" if project_id is None else " AND project_id = ?"
    parameters = (seq, rows) if project_id is None else (seq, project_id, rows)
    found = await reader.fetch(
        f"SELECT {_COLUMNS} FROM batches WHERE seq {comparison} ?{condition} ORDER BY seq {order} LIMIT ?",
        parameters,
    )
    return [StoredBatch(*row) for row in found]


async def batches_at(reader: Reader, seqs: list[int]) -> dict[int, StoredBatch]:
    """Return the batches with these numbers; one that is gone is missing from the answer."""
    marks = ", ".join("?" * len(seqs))
    found = await reader.fetch(f"SELECT {_COLUMNS} FROM batches WHERE seq IN ({marks})", seqs)
    return {row[0]: StoredBatch(*row) for row in found}


async def newest(reader: Reader) -> tuple[str, int]:
    """Return the journal's identity and the number of its newest row (0 when it is empty)."""
    rows = await reader.fetch("SELECT journal_id, (SELECT coalesce(max(seq), 0) FROM batches) FROM identity")
    return rows[0][0], rows[0][1]
