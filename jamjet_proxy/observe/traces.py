"""Traces of one project, and the spans of one trace."""

from __future__ import annotations

from dataclasses import dataclass

from jamjet_proxy.model.errors import NotFound
from jamjet_proxy.observe.pages import Whole, decode_cursor, encode_cursor
from jamjet_proxy.storage import index
from jamjet_proxy.storage.database import Reader
from jamjet_proxy.storage.index import TraceSummary
from jamjet_proxy.storage.journal import batches_at


@dataclass(frozen=True, slots=True)
class TracePage:
    """Some traces, the ones that changed last first; ``next_cursor`` is None on the last page."""

    traces: list[TraceSummary]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class SpanPage:
    """Some stored events (JSON objects) in the order they arrived; no ``next_cursor`` on the last page."""

    spans: list[bytes]
    next_cursor: str | None


class Traces:
    """Answers questions about traces from the index and the journal."""

    def __init__(self, index_reader: Reader, journal_reader: Reader) -> None:
        self._index = index_reader
        self._journal = journal_reader

    async def newest(self, project_id: str, limit: int, cursor: str | None = None) -> TracePage:
        """Return up to ``limit`` traces.

        Raises:
            InvalidRequest: the cursor is not one of ours.
        """
        before = decode_cursor(cursor, tuple[Whole, str]) if cursor else None
        found = await index.traces(self._index, project_id, limit + 1, before)
        page = found[:limit]
        more = len(found) > limit
        return TracePage(page, encode_cursor([page[-1].last_ms, page[-1].trace_id]) if more else None)

    async def spans(self, project_id: str, trace_id: str, limit: int, cursor: str | None = None) -> SpanPage:
        """Return up to ``limit`` spans of one trace.

        Raises:
            NotFound: the project has no such trace.
            InvalidRequest: the cursor is not one of ours.
        """
        seq, position = decode_cursor(cursor, tuple[Whole, Whole]) if cursor else (0, 0)
        if not await index.has_trace(self._index, project_id, trace_id):
            raise NotFound("this project has no such trace")
        places = await self._places(project_id, trace_id, (seq, position), limit + 1)
        following = places[limit] if len(places) > limit else None
        spans = await self._bodies(places[:limit])
        return SpanPage(spans, encode_cursor(following) if following else None)

    async def _places(
        self, project_id: str, trace_id: str, start: tuple[int, int], wanted: int
    ) -> list[tuple[int, int]]:
        # One more than needed: newer versions may have left nothing of the first one behind ``start``.
        segments = await index.segments(self._index, project_id, trace_id, start[0], wanted + 1)
        places = [(seq, position) for seq, positions in segments for position in positions]
        return [place for place in places if place >= start][:wanted]

    async def _bodies(self, places: list[tuple[int, int]]) -> list[bytes]:
        batches = await batches_at(self._journal, list(dict.fromkeys(seq for seq, _ in places)))
        lines = {seq: batch.readable_events() for seq, batch in batches.items()}
        return [lines[seq][position] for seq, position in places if position < len(lines.get(seq, ()))]
