"""The evidence of redaction in ``index.db``: what was done to each stored span, and how often over time.

Derived from the journal like the rest of the index, and written in the same transaction. It holds types,
counts, paths, rules and versions, never a value.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from jamjet_proxy.model.span import Finding
from jamjet_proxy.storage.database import Reader, Row, insert

MINUTE_MS = 60_000
TABLES = ("redactions", "redaction_minutes", "redaction_totals")

_ROWS_AT_ONCE = 100
_NEWEST = 1 << 62

_SAVE = "INSERT INTO redactions (seq, project_id, received_ms, rules_version, spans) VALUES {rows}"
_ADD_TO_MINUTES = """
INSERT INTO redaction_minutes (minute_ms, project_id, type, shadow, count) VALUES {rows}
ON CONFLICT (minute_ms, project_id, type, shadow) DO UPDATE SET count = count + excluded.count
"""
_ADD_TO_TOTALS = """
INSERT INTO redaction_totals (project_id, type, shadow, count) VALUES {rows}
ON CONFLICT (project_id, type, shadow) DO UPDATE SET count = count + excluded.count
"""
_ROWS = """
SELECT seq, project_id, received_ms, rules_version, spans FROM redactions
WHERE {conditions} ORDER BY seq DESC LIMIT ?
"""
_HOLDS = "instr(spans, ?) > 0"
# Segments name the journal rows in which a trace has spans, those of replaced versions included.
_OF_TRACE = """
seq IN (
    SELECT seq FROM segments
    WHERE project_id IN (SELECT DISTINCT project_id FROM redaction_totals) AND trace_id = ?
)
"""
_BUCKETS = """
SELECT minute_ms - minute_ms % ?, type, shadow, sum(count) FROM redaction_minutes
WHERE minute_ms >= ? AND minute_ms < ?{project}
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

Place = tuple[int, int, int]
"""Where an entry stands among all: journal row, number of the span in it, number among the span's."""


class RedactedSpan(msgspec.Struct, array_like=True):
    """One stored version of a span, and what redaction found in it."""

    trace_id: str
    span_id: str
    findings: Sequence[Finding]


_decode = msgspec.json.Decoder(list[RedactedSpan]).decode


class RedactedBatch(msgspec.Struct):
    """One journal row with the spans in which redaction found something, in their order.

    Attributes:
        received_ms: when they arrived, by our clock.
        rules_version: of the rules they passed.
    """

    seq: int
    project_id: str
    received_ms: int
    rules_version: str
    spans: list[RedactedSpan]


@dataclass(frozen=True, slots=True)
class Redaction:
    """One entry of the audit: one finding in one stored version of a span."""

    place: Place
    project_id: str
    received_ms: int
    rules_version: str
    trace_id: str
    span_id: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for; None leaves a matter open.

    Attributes:
        path: what the path begins with.
        since_ms, until_ms: from the one on, before the other.
    """

    project_id: str | None = None
    type: str | None = None
    rule: str | None = None
    path: str | None = None
    trace_id: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None

    def conditions(self) -> Iterator[tuple[str, object]]:
        """Yield what must be true of a row that has such entries, as SQL with what is bound in it."""
        exact = (
            ("project_id = ?", self.project_id),
            ("received_ms >= ?", self.since_ms),
            ("received_ms < ?", self.until_ms),
            (_OF_TRACE, self.trace_id),
        )
        yield from ((sql, value) for sql, value in exact if value is not None)
        whole = (self.type, self.rule, self.trace_id)
        yield from ((_HOLDS, _json(text)) for text in whole if text is not None)
        if self.path is not None:
            yield _HOLDS, _json(self.path)[:-1]

    def matches(self, span: RedactedSpan, finding: Finding) -> bool:
        """Whether an entry of a row that fulfils ``conditions`` is one of those."""
        return (
            self.trace_id in (None, span.trace_id)
            and self.type in (None, finding.type)
            and self.rule in (None, finding.rule)
            and (self.path is None or finding.path.startswith(self.path))
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """How many values of one type were redacted; with ``shadow``, would have been."""

    project_id: str
    type: str
    shadow: bool
    count: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many values of one type were redacted in the time that begins at ``start_ms``."""

    start_ms: int
    type: str
    shadow: bool
    count: int


def record(connection: sqlite3.Connection, batches: list[RedactedBatch]) -> None:
    """Add the evidence of ``batches``, in the transaction that indexes them."""
    minutes: Counter[tuple[int, str, str, bool]] = Counter()
    totals: Counter[tuple[str, str, bool]] = Counter()
    for batch in batches:
        minute_ms = batch.received_ms - batch.received_ms % MINUTE_MS
        for (kind, shadow), count in _counts(batch).items():
            minutes[minute_ms, batch.project_id, kind, shadow] += count
            totals[batch.project_id, kind, shadow] += count
    insert(connection, _SAVE, [_row(batch) for batch in batches])
    insert(connection, _ADD_TO_MINUTES, [(*key, count) for key, count in minutes.items()])
    insert(connection, _ADD_TO_TOTALS, [(*key, count) for key, count in totals.items()])


def _counts(batch: RedactedBatch) -> Counter[tuple[str, bool]]:
    counts: Counter[tuple[str, bool]] = Counter()
    for span in batch.spans:
        for finding in span.findings:
            counts[finding.type, finding.shadow] += finding.count
    return counts


def _row(batch: RedactedBatch) -> Row:
    return (batch.seq, batch.project_id, batch.received_ms, batch.rules_version, _json(batch.spans))


def _json(content: object) -> str:
    return msgspec.json.encode(content).decode()


async def page(reader: Reader, wanted: Wanted, limit: int, behind: Place | None = None) -> list[Redaction]:
    """Return up to ``limit`` entries, the spans that arrived last first, those of one span in their order.

    Args:
        behind: the place of the last entry of the page before.
    """
    found: list[Redaction] = []
    seq = behind[0] if behind else _NEWEST
    while len(found) < limit:
        rows = await _rows(reader, wanted, seq)
        entries = (entry for row in rows for entry in _entries(row, wanted))
        found += [entry for entry in entries if behind is None or _order(entry.place) > _order(behind)]
        if len(rows) < _ROWS_AT_ONCE:
            break
        seq = rows[-1].seq - 1
    return found[:limit]


async def _rows(reader: Reader, wanted: Wanted, seq: int) -> list[RedactedBatch]:
    """Return the next rows from ``seq`` downwards that may have such entries."""
    conditions = [("seq <= ?", seq), *wanted.conditions()]
    sql = _ROWS.format(conditions=" AND ".join(condition for condition, _ in conditions))
    rows = await reader.fetch(sql, [*(value for _, value in conditions), _ROWS_AT_ONCE])
    return [
        RedactedBatch(seq, project_id, received_ms, rules_version, _decode(spans))
        for seq, project_id, received_ms, rules_version, spans in rows
    ]


def _entries(row: RedactedBatch, wanted: Wanted) -> Iterator[Redaction]:
    for place in range(len(row.spans) - 1, -1, -1):
        span = row.spans[place]
        for number, finding in enumerate(span.findings):
            if wanted.matches(span, finding):
                yield Redaction(
                    place=(row.seq, place, number),
                    project_id=row.project_id,
                    received_ms=row.received_ms,
                    rules_version=row.rules_version,
                    trace_id=span.trace_id,
                    span_id=span.span_id,
                    finding=finding,
                )


def _order(place: Place) -> Place:
    seq, span, number = place
    return (-seq, -span, number)


async def totals(reader: Reader) -> list[Tally]:
    """Return how many values were ever redacted, by project and type."""
    rows = await reader.fetch("SELECT project_id, type, shadow, count FROM redaction_totals")
    return [Tally(project_id, kind, bool(shadow), count) for project_id, kind, shadow, count in rows]


async def buckets(
    reader: Reader, since_ms: int, until_ms: int, width_ms: int, project_id: str | None = None
) -> list[Bucket]:
    """Return how many values were redacted by type in each ``width_ms``, a multiple of a minute; no zeros.

    Args:
        since_ms, until_ms: from the one on, before the other, by minutes.
    """
    condition = "" if project_id is None else " AND project_id = ?"
    bound = [width_ms, since_ms, until_ms] + ([] if project_id is None else [project_id])
    rows = await reader.fetch(_BUCKETS.format(project=condition), bound)
    return [Bucket(start_ms, kind, bool(shadow), count) for start_ms, kind, shadow, count in rows]
