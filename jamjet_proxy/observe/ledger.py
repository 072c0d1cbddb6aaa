"""The ledger: what became of every event, per project and per destination. It balances, or there is a bug.

::

    received = accepted + duplicate + rejected          at the door
    accepted = delivered + pending + dead               at each destination
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jamjet_proxy.model.delivery import LaneStatus
from jamjet_proxy.model.project import Project
from jamjet_proxy.storage import cursors, receipts
from jamjet_proxy.storage.cursors import Balance
from jamjet_proxy.storage.database import Reader
from jamjet_proxy.storage.receipts import Receipts


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every project's receipts, and what became of its spans at each destination that serves it."""

    projects: list[tuple[Project, Receipts]]
    lanes: list[tuple[LaneStatus, Balance]]

    @property
    def unaccounted(self) -> int:
        """Events whose outcome nobody noted, over all projects and destinations."""
        at_the_door = sum(abs(entry.unaccounted) for _, entry in self.projects)
        return at_the_door + sum(abs(balance.unaccounted) for _, balance in self.lanes)


async def read_ledger(reader: Reader, projects: Sequence[Project], lanes: Sequence[LaneStatus]) -> Ledger:
    """Return the ledger as it stands in the journal.

    Raises:
        StorageError: the journal can't be read.
    """
    received = await receipts.all_receipts(reader)
    balances = {
        (balance.destination, balance.project_id): balance
        for balance in await cursors.balances(reader, [(lane.destination, lane.project_id) for lane in lanes])
    }
    return Ledger(
        [(project, received.get(project.id, Receipts())) for project in projects],
        [(lane, balances[lane.destination, lane.project_id]) for lane in lanes],
    )
