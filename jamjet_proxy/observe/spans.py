"""The stream of spans as they arrived, over one project or all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from jamjet_proxy.observe.pages import Whole, decode_cursor, encode_cursor
from jamjet_proxy.storage import index
from jamjet_proxy.storage.database import Reader
from jamjet_proxy.storage.index import span_key
from jamjet_proxy.storage.journal import StoredBatch, batches_from

_ROWS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class ArrivedSpan:
    """One stored event with what the proxy knows about it; ``body`` is the event as JSON."""

    project_id: str
    received_ms: int
    body: bytes


@dataclass(frozen=True, slots=True)
class ArrivedPage:
    """Spans in the order they arrived.

    Attributes:
        newer: cursor that asks for what arrived after them, or will.
        older: cursor that asks for what arrived before them; None when nothing did, or nobody asked.
    """

    spans: list[ArrivedSpan]
    newer: str
    older: str | None = None


class _Ids(msgspec.Struct):
    trace_id: str
    span_id: str


_decode = msgspec.json.Decoder(_Ids).decode

_Placed = tuple[int, int, ArrivedSpan]


class ArrivedSpans:
    """Answers what arrived last, and what has arrived since. Repeats and outdated versions are left out."""

    def __init__(self, index_reader: Reader, journal_reader: Reader) -> None:
        self._index = index_reader
        self._journal = journal_reader

    async def last(self, limit: int, project_id: str | None = None, before: str | None = None) -> ArrivedPage:
        """Return the ``limit`` spans that arrived last, or last before the page which gave ``before``.

        Raises:
            InvalidRequest: the cursor is not one of ours.
        """
        end = decode_cursor(before, tuple[Whole, Whole]) if before else (await self._indexed() + 1, 0)
        found: list[_Placed] = []
        seq = end[0]
        while len(found) <= limit:
            rows = await batches_from(
                self._journal, seq, rows=_ROWS_AT_ONCE, project_id=project_id, newest_first=True
            )
            if not rows:
                break
            seq = rows[-1].seq - 1
            found = [placed for placed in await self._current(rows[::-1]) if placed[:2] < end] + found
        page = found[-limit:]
        return _page(page, end, older=page[0][:2] if len(found) > limit else None)

    async def since(self, cursor: str, limit: int, project_id: str | None = None) -> ArrivedPage:
        """Return up to ``limit`` spans that arrived after the page which gave ``cursor``.

        Raises:
            InvalidRequest: the cursor is not one of ours.
        """
        start = decode_cursor(cursor, tuple[Whole, Whole])
        indexed = await self._indexed()
        rows = await batches_from(self._journal, start[0], rows=_ROWS_AT_ONCE, project_id=project_id)
        rows = [row for row in rows if row.seq <= indexed]
        found = [placed for placed in await self._current(rows) if placed[:2] >= start]
        if len(found) > limit:
            return _page(found[:limit], found[limit][:2])
        return _page(found, max(start, (rows[-1].seq + 1, 0)) if rows else start)

    async def _indexed(self) -> int:
        progress = await index.progress(self._index)
        return progress[1] if progress else 0

    async def _current(self, rows: list[StoredBatch]) -> list[_Placed]:
        """Return the spans of ``rows`` in order, without those that a later arrival replaced."""
        keyed = [(key, placed) for row in rows for key, placed in _placed(row)]
        places = await index.places(self._index, [key for key, _ in keyed])
        return [placed for key, placed in keyed if places.get(key) == placed[:2]]


def _placed(row: StoredBatch) -> Iterator[tuple[int, _Placed]]:
    for position, line in enumerate(row.readable_events()):
        ids = _decode(line)
        span = ArrivedSpan(row.project_id, row.received_ms, line)
        yield span_key(row.project_id, ids.trace_id, ids.span_id), (row.seq, position, span)


def _page(found: list[_Placed], newer: tuple[int, int], older: tuple[int, int] | None = None) -> ArrivedPage:
    spans = [span for _, _, span in found]
    return ArrivedPage(spans, encode_cursor(newer), encode_cursor(older) if older else None)
