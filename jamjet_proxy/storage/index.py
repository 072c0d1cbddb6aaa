"""The index of traces in ``index.db``: exact counts per trace, and where each span lies in the journal.

A span that arrives again is counted once; one that arrives with a changed outcome replaces the older
version. The index, the evidence of redaction and their progress through the journal move in one transaction.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from jamjet_proxy.storage import redactions
from jamjet_proxy.storage.database import Reader, Row, insert
from jamjet_proxy.storage.recent import supersedes
from jamjet_proxy.storage.redactions import RedactedBatch

_CHUNK = 500

_SAVE_SPANS = "INSERT OR REPLACE INTO spans VALUES {rows}"
_SAVE_SEGMENTS = "INSERT OR REPLACE INTO segments (project_id, trace_id, seq, positions) VALUES {rows}"
_ADD_TO_TRACES = """
INSERT INTO traces VALUES {rows}
ON CONFLICT (project_id, trace_id) DO UPDATE SET
    first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms),
    spans = spans + excluded.spans, errors = errors + excluded.errors,
    llm_calls = llm_calls + excluded.llm_calls, input_tokens = input_tokens + excluded.input_tokens,
    output_tokens = output_tokens + excluded.output_tokens, cost_usd = cost_usd + excluded.cost_usd
"""
_TRACE_COLUMNS = """
    trace_id, name, agent_name, first_ms, last_ms,
    spans, errors, llm_calls, input_tokens, output_tokens, cost_usd
"""


class Amounts(msgspec.Struct):
    """What a span adds to its trace; tokens as counts, cost in US dollars."""

    errors: int = 0
    llm_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0


class IndexedSpan(msgspec.Struct):
    """One span as the index sees it.

    Attributes:
        seq, position: where it lies in the journal.
        started_ms, received_ms: by the client's clock where that is believable, and by ours.
    """

    project_id: str
    trace_id: str
    span_id: str
    seq: int
    position: int
    status: str
    started_ms: int
    received_ms: int
    name: str
    agent_name: str
    amounts: Amounts


def span_key(project_id: str, trace_id: str, span_id: str) -> int:
    """Return the 64-bit key a span has in every build of the index."""
    identity = f"{project_id}\0{trace_id}\0{span_id}".encode()
    return int.from_bytes(hashlib.blake2b(identity, digest_size=8).digest(), "big", signed=True)


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """One trace of one project.

    Attributes:
        name, agent_name: of the span that was seen first.
        first_ms: when its earliest span started, Unix ms.
        last_ms: when its newest span arrived, Unix ms.
        spans, errors, llm_calls, input_tokens, output_tokens: counts.
        cost_usd: sum of what the clients reported.
    """

    trace_id: str
    name: str
    agent_name: str
    first_ms: int
    last_ms: int
    spans: int
    errors: int
    llm_calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float


class _Known(msgspec.Struct):
    seq: int
    position: int
    status: str
    amounts: Amounts


@dataclass(slots=True)
class _Change:
    """What one group of spans does to one trace."""

    first: IndexedSpan
    spans: int = 0
    started_ms: int = 0
    received_ms: int = 0
    amounts: Amounts = field(default_factory=Amounts)

    def add(self, amounts: Amounts, sign: int) -> None:
        total = self.amounts
        total.errors += sign * amounts.errors
        total.llm_calls += sign * amounts.llm_calls
        total.input_tokens += sign * amounts.input_tokens
        total.output_tokens += sign * amounts.output_tokens
        total.cost_usd += sign * amounts.cost_usd

    def row(self) -> Row:
        first, sums = self.first, self.amounts
        return (
            first.project_id,
            first.trace_id,
            first.name,
            first.agent_name,
            self.started_ms,
            self.received_ms,
            self.spans,
            sums.errors,
            sums.llm_calls,
            sums.input_tokens,
            sums.output_tokens,
            sums.cost_usd,
        )


def apply(
    connection: sqlite3.Connection, spans: list[IndexedSpan], redacted: list[RedactedBatch], seq: int
) -> None:
    """Bring the index up to journal row ``seq`` by adding ``spans``, the rows since the last call.

    Args:
        redacted: the evidence of those rows in which redaction found something.
    """
    _Update(connection).run(spans)
    redactions.record(connection, redacted)
    connection.execute("UPDATE progress SET seq = ?", (seq,))


class _Update:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[int, _Known] = {}
        self._changes: dict[tuple[str, str], _Change] = {}
        self._segments: dict[tuple[str, str, int], set[int]] = defaultdict(set)
        self._touched: set[int] = set()

    def run(self, spans: list[IndexedSpan]) -> None:
        keyed = [(span_key(span.project_id, span.trace_id, span.span_id), span) for span in spans]
        for chunk in _chunks([key for key, _ in keyed]):
            self._known.update(_known(self._connection, chunk))
        for key, span in keyed:
            self._place(key, span)
        self._write()

    def _place(self, key: int, span: IndexedSpan) -> None:
        known = self._known.get(key)
        # Named even if nothing here is current: evidence is found through it.
        segment = self._segments[span.project_id, span.trace_id, span.seq]
        if known is not None and not supersedes(span.status, known.status):
            return
        change = self._change(span)
        if known is None:
            change.spans += 1
        else:
            change.add(known.amounts, -1)
            self._vacate(span, known)
        change.add(span.amounts, +1)
        segment.add(span.position)
        self._known[key] = _Known(span.seq, span.position, span.status, span.amounts)
        self._touched.add(key)

    def _change(self, span: IndexedSpan) -> _Change:
        change = self._changes.get((span.project_id, span.trace_id))
        if change is None:
            change = _Change(span, started_ms=span.started_ms, received_ms=span.received_ms)
            self._changes[span.project_id, span.trace_id] = change
        change.started_ms = min(change.started_ms, span.started_ms)
        change.received_ms = max(change.received_ms, span.received_ms)
        return change

    def _vacate(self, span: IndexedSpan, known: _Known) -> None:
        """Take the older version of ``span`` out of the segment it stands in."""
        place = (span.project_id, span.trace_id, known.seq)
        if place not in self._segments:
            stored = self._connection.execute(
                "SELECT positions FROM segments WHERE project_id = ? AND trace_id = ? AND seq = ?", place
            ).fetchone()
            self._segments[place].update(json.loads(stored[0]) if stored else ())
        self._segments[place].discard(known.position)

    def _write(self) -> None:
        segments = [(*place, _positions(places)) for place, places in self._segments.items()]
        insert(self._connection, _SAVE_SPANS, [_span_row(key, self._known[key]) for key in self._touched])
        insert(self._connection, _SAVE_SEGMENTS, segments)
        insert(self._connection, _ADD_TO_TRACES, [change.row() for change in self._changes.values()])


def _positions(places: set[int]) -> str:
    return f"[{','.join(map(str, sorted(places)))}]"


def _span_row(key: int, known: _Known) -> Row:
    sums = known.amounts
    # The error flag follows from the status, so it isn't stored twice.
    return (
        key,
        known.seq,
        known.position,
        known.status,
        sums.llm_calls,
        sums.input_tokens,
        sums.output_tokens,
        sums.cost_usd,
    )


def _known(connection: sqlite3.Connection, keys: list[int]) -> Iterator[tuple[int, _Known]]:
    marks = ", ".join("?" * len(keys))
    for key, seq, position, status, *sums in connection.execute(
        f"SELECT key, seq, position, status, llm_calls, input_tokens, output_tokens, cost_usd"
        f" FROM spans WHERE key IN ({marks})",
        keys,
    ):
        yield key, _Known(seq, position, status, Amounts(int(is_error(status)), *sums))


def is_error(status: str) -> bool:
    """Whether a span with this wire status counts as failed."""
    return status == "error"


def _chunks(keys: list[int]) -> Iterable[list[int]]:
    return (keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK))


async def progress(reader: Reader) -> tuple[str, int] | None:
    """Return (journal id, newest row indexed), or None for an index that was never begun."""
    rows = await reader.fetch("SELECT journal_id, seq FROM progress")
    return (rows[0][0], rows[0][1]) if rows else None


def begin(connection: sqlite3.Connection, journal_id: str) -> None:
    """Empty the index and make it that of the journal ``journal_id``."""
    for table in ("progress", "spans", "segments", "traces", *redactions.TABLES):
        connection.execute(f"DELETE FROM {table}")
    connection.execute("INSERT INTO progress (journal_id, seq) VALUES (?, 0)", (journal_id,))


async def places(reader: Reader, keys: list[int]) -> dict[int, tuple[int, int]]:
    """Return where the current version of each of these spans lies, as (journal row, position) by key."""
    found: dict[int, tuple[int, int]] = {}
    for chunk in _chunks(keys):
        marks = ", ".join("?" * len(chunk))
        rows = await reader.fetch(f"SELECT key, seq, position FROM spans WHERE key IN ({marks})", chunk)
        found.update((key, (seq, position)) for key, seq, position in rows)
    return found


async def traces(
    reader: Reader, project_id: str, limit: int, before: tuple[int, str] | None = None
) -> list[TraceSummary]:
    """Return traces of one project, the ones that changed last first.

    Args:
        before: (last_ms, trace_id) of the last trace of the page before.
    """
    last_ms, trace_id = before or (1 << 62, "")
    rows = await reader.fetch(
        f"SELECT {_TRACE_COLUMNS} FROM traces WHERE project_id = ? AND (last_ms, trace_id) < (?, ?)"
        " ORDER BY last_ms DESC, trace_id DESC LIMIT ?",
        (project_id, last_ms, trace_id, limit),
    )
    return [TraceSummary(*row) for row in rows]


async def has_trace(reader: Reader, project_id: str, trace_id: str) -> bool:
    """Whether the project has this trace."""
    return bool(
        await reader.fetch(
            "SELECT 1 FROM traces WHERE project_id = ? AND trace_id = ?", (project_id, trace_id)
        )
    )


async def segments(
    reader: Reader, project_id: str, trace_id: str, seq: int, limit: int
) -> list[tuple[int, list[int]]]:
    """Return up to ``limit`` (journal row, positions in it) of one trace, from row ``seq`` on, in order."""
    rows = await reader.fetch(
        "SELECT seq, positions FROM segments WHERE project_id = ? AND trace_id = ? AND seq >= ?"
        " AND positions <> '[]' ORDER BY seq LIMIT ?",
        (project_id, trace_id, seq, limit),
    )
    return [(row[0], json.loads(row[1])) for row in rows]
