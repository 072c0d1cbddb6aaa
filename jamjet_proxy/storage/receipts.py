"""The ledger's left side: what became of every event received, per project."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from jamjet_proxy.model.outcome import Reason
from jamjet_proxy.storage.database import Reader

_ADD = """
INSERT INTO receipts (project_id, outcome, reason, events) VALUES (?, ?, ?, ?)
ON CONFLICT (project_id, outcome, reason) DO UPDATE SET events = events + excluded.events
"""


@dataclass(slots=True)
class Receipts:
    """Events of one project by outcome; ``received`` must equal the sum of the others."""

    received: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: dict[str, int] = field(default_factory=dict)

    @property
    def unaccounted(self) -> int:
        """Events received whose outcome nobody noted: 0, or there is a bug."""
        return self.received - self.accepted - self.duplicate - sum(self.rejected.values())


def count(
    connection: sqlite3.Connection,
    project_id: str,
    accepted: int,
    duplicates: int,
    rejected: Mapping[Reason, int],
) -> None:
    """Add one batch to the ledger of its project, in the transaction that stores the batch."""
    received = accepted + duplicates + sum(rejected.values())
    outcomes = [("received", "", received), ("accepted", "", accepted), ("duplicate", "", duplicates)]
    outcomes += [("rejected", reason.value, events) for reason, events in rejected.items()]
    for outcome, reason, events in outcomes:
        if events:
            connection.execute(_ADD, (project_id, outcome, reason, events))


async def all_receipts(reader: Reader) -> dict[str, Receipts]:
    """Return the receipts of every project that ever sent an event, by project id."""
    ledger: dict[str, Receipts] = {}
    for project_id, outcome, reason, events in await reader.fetch(
        "SELECT project_id, outcome, reason, events FROM receipts"
    ):
        entry = ledger.setdefault(project_id, Receipts())
        if outcome == "rejected":
            entry.rejected[reason] = events
        else:
            setattr(entry, outcome, events)
    return ledger
