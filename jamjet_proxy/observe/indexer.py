"""Walks the journal behind the requests and keeps the index of traces and redactions up to date."""

from __future__ import annotations

import asyncio
import logging
import math
import sqlite3
import time
from datetime import UTC, datetime
from typing import Any

import msgspec

from jamjet_proxy.storage import index
from jamjet_proxy.storage.database import Reader, Writer
from jamjet_proxy.storage.index import Amounts, IndexedSpan
from jamjet_proxy.storage.journal import Journal, StoredBatch, batches_from, newest
from jamjet_proxy.storage.redactions import RedactedBatch, RedactedSpan

_log = logging.getLogger(__name__)

_ROWS_AT_ONCE = 32
# While spans arrive, the share of time spent on indexing is 1 / (1 + this).
_GIVE_WAY = 8.0
_LONGEST_NAME = 200
_MOST_TOKENS = 1 << 53
# A client's clock is believed from 2000 on and up to a day ahead of ours.
_EARLIEST_MS = 946_684_800_000
_AHEAD_MS = 86_400_000


class _Indexable(msgspec.Struct):
    """The fields the index is made of; anything may stand in them, they were stored as they came."""

    trace_id: str
    span_id: str
    status: Any = None
    kind: Any = None
    name: Any = None
    agent_name: Any = None
    timestamp: Any = None
    input_tokens: Any = None
    output_tokens: Any = None
    cost_usd: Any = None


class _Identity(msgspec.Struct):
    trace_id: str
    span_id: str
    status: str | None = None


_decode_all = msgspec.json.Decoder(_Indexable).decode
_decode_identity = msgspec.json.Decoder(_Identity).decode


class Indexer:
    """The consumer of the journal whose cursor lives in ``index.db``."""

    def __init__(self, journal: Journal, journal_reader: Reader, writer: Writer, reader: Reader) -> None:
        self._journal = journal
        self._journal_reader = journal_reader
        self._writer = writer
        self._reader = reader

    async def run(self) -> None:
        """Index until cancelled."""
        arrived = self._journal.subscribe()
        try:
            seq = await self._begin()
            while True:
                arrived.clear()
                started = time.monotonic()
                indexed = await self._advance(seq)
                if indexed == seq:
                    await arrived.wait()
                elif arrived.is_set():
                    # Spans keep arriving: an acknowledgement is more urgent than a page.
                    await asyncio.sleep(_GIVE_WAY * (time.monotonic() - started))
                seq = indexed
        finally:
            self._journal.unsubscribe(arrived)

    async def catch_up(self) -> None:
        """Index everything the journal holds now.

        Raises:
            StorageError: the journal or the index can't be read or written.
        """
        seq, indexed = -1, await self._begin()
        while indexed != seq:
            seq, indexed = indexed, await self._advance(indexed)

    async def _advance(self, seq: int) -> int:
        """Index some rows behind ``seq`` and return the last one's number, ``seq`` if there is none."""
        batches = await batches_from(self._journal_reader, seq + 1, rows=_ROWS_AT_ONCE)
        if not batches:
            return seq
        await self._writer.run(lambda connection: _index(connection, batches))
        return batches[-1].seq

    async def lag(self) -> int:
        """Return how many journal rows are not indexed yet."""
        progress = await index.progress(self._reader)
        _, newest_seq = await newest(self._journal_reader)
        return newest_seq - (progress[1] if progress else 0)

    async def _begin(self) -> int:
        """Return the newest row indexed, after starting over if the index isn't this journal's."""
        journal_id, newest_seq = await newest(self._journal_reader)
        progress = await index.progress(self._reader)
        if progress is not None and progress[0] == journal_id and progress[1] <= newest_seq:
            return progress[1]
        if newest_seq:
            _log.info("building the index from %d journal rows", newest_seq)
        await self._writer.run(lambda connection: index.begin(connection, journal_id))
        return 0


def _index(connection: sqlite3.Connection, batches: list[StoredBatch]) -> None:
    spans: list[IndexedSpan] = []
    redacted: list[RedactedBatch] = []
    for batch in batches:
        arrived = [_span(batch, position, line) for position, line in enumerate(batch.readable_events())]
        spans += arrived
        if batch.findings_json is not None and arrived:
            redacted.append(_redacted(batch, arrived))
    index.apply(connection, spans, redacted, batches[-1].seq)


def _redacted(batch: StoredBatch, arrived: list[IndexedSpan]) -> RedactedBatch:
    spans = [
        RedactedSpan(arrived[position].trace_id, arrived[position].span_id, findings)
        for position, findings in batch.findings().items()
    ]
    return RedactedBatch(batch.seq, batch.project_id, batch.received_ms, batch.rules_version, spans)


def _decode(line: bytes) -> _Indexable:
    try:
        return _decode_all(line)
    except (msgspec.DecodeError, RecursionError):
        # A number beyond what a float can hold, or nesting beyond what the stack can, in a field that may
        # hold anything.
        identity = _decode_identity(line)
        return _Indexable(identity.trace_id, identity.span_id, identity.status)


def _span(batch: StoredBatch, position: int, line: bytes) -> IndexedSpan:
    event = _decode(line)
    status = _text(event.status)
    return IndexedSpan(
        project_id=batch.project_id,
        trace_id=event.trace_id,
        span_id=event.span_id,
        seq=batch.seq,
        position=position,
        status=status,
        started_ms=_believable_ms(event.timestamp, batch.received_ms),
        received_ms=batch.received_ms,
        name=_text(event.name),
        agent_name=_text(event.agent_name),
        amounts=Amounts(
            errors=int(index.is_error(status)),
            llm_calls=int(event.kind == "llm_call"),
            input_tokens=_tokens(event.input_tokens),
            output_tokens=_tokens(event.output_tokens),
            cost_usd=_cost(event.cost_usd),
        ),
    )


def _text(value: object) -> str:
    return value[:_LONGEST_NAME] if isinstance(value, str) else ""


def _tokens(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_TOKENS:
        return value
    return 0


def _cost(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return 0.0


def _believable_ms(timestamp: object, received_ms: int) -> int:
    """Return the Unix ms a client's timestamp means, or when it arrived if it means nothing sensible."""
    try:
        if isinstance(timestamp, str):
            moment = datetime.fromisoformat(timestamp)
            milliseconds = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
        else:
            milliseconds = int(timestamp) if isinstance(timestamp, int | float) else 0
    except (ValueError, OverflowError):
        return received_ms
    return milliseconds if _EARLIEST_MS <= milliseconds <= received_ms + _AHEAD_MS else received_ms
