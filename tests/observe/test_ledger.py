"""The ledger over all projects and destinations."""

from __future__ import annotations

from pathlib import Path

from support.stores import make_batch, make_project, make_span, open_stores

from jamjet_proxy.model.delivery import LaneStatus
from jamjet_proxy.model.outcome import Reason
from jamjet_proxy.observe.ledger import read_ledger
from jamjet_proxy.storage.receipts import Receipts


async def test_every_project_and_lane_has_an_entry(tmp_path: Path) -> None:
    """A project that never sent anything has a receipt of zeros, a lane that never ran is all pending."""
    busy, idle = make_project("busy", "p1"), make_project("idle", "p2")
    lane = LaneStatus("cloud", "jamjet", "p1", "busy")
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(make_span(), rejected={Reason.TOO_DEEP: 2}))
        ledger = await read_ledger(stores.journal_reader, [busy, idle], [lane])
    received = Receipts(received=3, accepted=1, rejected={"too_deep": 2})
    assert ledger.projects == [(busy, received), (idle, Receipts())]
    ((status, balance),) = ledger.lanes
    assert (status.state, balance.pending, ledger.unaccounted) == ("stopped", 1, 0)


async def test_imbalance_is_shown(tmp_path: Path) -> None:
    """Spans that vanish from the journal are unaccounted at the door and at each destination."""
    project, lane = make_project("busy", "p1"), LaneStatus("cloud", "jamjet", "p1", "busy")
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(make_span(), make_span()))
        await stores.journal.writer.run(lambda connection: connection.execute("DELETE FROM batches"))
        assert (await read_ledger(stores.journal_reader, [project], [lane])).unaccounted == 2
        await stores.journal.writer.run(
            lambda connection: connection.execute("DELETE FROM receipts WHERE outcome = 'accepted'")
        )
        assert (await read_ledger(stores.journal_reader, [project], [])).unaccounted == 2
