"""The ledger's right side: how far each destination got with each project, and with what result."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from jamjet_proxy.storage.database import Reader

_COLUMNS = "destination, project_id, seq, position, delivered, dead, bookmark"
_SAVE = f"INSERT OR REPLACE INTO cursors ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
_BURY = """
INSERT INTO dead_letters (destination, project_id, seq, position, reason, buried_ms) VALUES (?, ?, ?, ?, ?, ?)
"""


# One statement, so that the counts belong to one moment.
_BALANCES = """
WITH lanes (destination, project_id) AS (VALUES {lanes})
SELECT
    lanes.destination, lanes.project_id,
    coalesce(
        (SELECT events FROM receipts r WHERE r.project_id = lanes.project_id AND r.outcome = 'accepted'), 0
    ),
    coalesce(c.delivered, 0), coalesce(c.dead, 0),
    (SELECT coalesce(sum(spans), 0) FROM batches b
     WHERE b.project_id = lanes.project_id AND b.seq >= coalesce(c.seq, 0)) - coalesce(c.position, 0),
    (SELECT received_ms FROM batches b
     WHERE b.project_id = lanes.project_id AND b.seq >= coalesce(c.seq, 0)
       AND (b.seq > coalesce(c.seq, 0) OR b.spans > coalesce(c.position, 0))
     ORDER BY b.seq LIMIT 1)
FROM lanes LEFT JOIN cursors c USING (destination, project_id)
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """What became of the spans of one project at one destination.

    Attributes:
        accepted: spans the journal took; ``delivered``, ``dead`` and ``pending`` must add up to it.
        pending: spans in the journal that are still to be sent.
        oldest_pending_ms: when the oldest of them arrived, Unix ms; None when there is none.
    """

    destination: str
    project_id: str
    accepted: int
    delivered: int
    dead: int
    pending: int
    oldest_pending_ms: int | None

    @property
    def unaccounted(self) -> int:
        """Spans nobody can say what became of: 0, or there is a bug."""
        return self.accepted - self.delivered - self.dead - self.pending


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where ``destination`` stands in the journal of one project.

    Attributes:
        seq, position: the next span to send is number ``position`` of batch ``seq``.
        delivered, dead: spans it took, and spans it refused for good.
        bookmark: the destination's own note about what it has stored, or None.
    """

    destination: str
    project_id: str
    seq: int = 1
    position: int = 0
    delivered: int = 0
    dead: int = 0
    bookmark: str | None = None

    def past_delivered(self, spans: int, seq: int, position: int, bookmark: str | None) -> Cursor:
        """Return the cursor after ``spans`` spans were delivered, standing at (seq, position)."""
        return replace(self, seq=seq, position=position, delivered=self.delivered + spans, bookmark=bookmark)

    def past_dead(self, spans: int, seq: int, position: int) -> Cursor:
        """Return the cursor after ``spans`` spans were buried, standing at (seq, position)."""
        return replace(self, seq=seq, position=position, dead=self.dead + spans)


async def load(reader: Reader, destination: str, project_id: str) -> Cursor:
    """Return the stored cursor, or one at the journal's beginning."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM cursors WHERE destination = ? AND project_id = ?", (destination, project_id)
    )
    return Cursor(*rows[0]) if rows else Cursor(destination, project_id)


def save(connection: sqlite3.Connection, cursor: Cursor) -> None:
    """Move the cursor together with its counters."""
    connection.execute(
        _SAVE,
        (
            cursor.destination,
            cursor.project_id,
            cursor.seq,
            cursor.position,
            cursor.delivered,
            cursor.dead,
            cursor.bookmark,
        ),
    )


def bury(
    connection: sqlite3.Connection, cursor: Cursor, seq: int, position: int, reason: str, now_ms: int
) -> None:
    """Note one span as refused for good, in the transaction that moves the cursor past it.

    The span itself stays in the journal, where (seq, position) finds it.
    """
    connection.execute(_BURY, (cursor.destination, cursor.project_id, seq, position, reason, now_ms))


async def balances(reader: Reader, lanes: Sequence[tuple[str, str]]) -> list[Balance]:
    """Return what became of each lane's spans, for (destination, project id) pairs, all in one snapshot."""
    if not lanes:
        return []
    values = ", ".join("(?, ?)" for _ in lanes)
    rows = await reader.fetch(_BALANCES.format(lanes=values), [name for lane in lanes for name in lane])
    return [Balance(*row) for row in rows]
