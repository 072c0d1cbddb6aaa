"""Cursors and balances: whatever happened, every accepted span is delivered, dead or pending."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stores import RECEIVED_MS, Stores, fresh_stores, make_batch, make_span, open_stores

from jamjet_proxy.storage import cursors
from jamjet_proxy.storage.cursors import Cursor


@dataclass
class Model:
    """What should be true of one lane, kept in plain numbers."""

    batches: list[tuple[int, int, int]] = field(default_factory=list)  # seq, spans, received_ms
    sent: int = 0
    dead: int = 0

    @property
    def accepted(self) -> int:
        return sum(spans for _, spans, _ in self.batches)

    def place(self, passed: int) -> tuple[int, int]:
        """Return (seq, position) behind ``passed`` spans."""
        for seq, spans, _ in self.batches:
            if passed <= spans:
                return seq, passed
            passed -= spans
        raise AssertionError(passed)

    def oldest(self) -> int | None:
        passed = self.sent + self.dead
        for _, spans, received_ms in self.batches:
            if passed < spans:
                return received_ms
            passed -= spans
        return None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["append", "deliver", "bury"]), st.sampled_from(["p1", "p2"]), st.integers(1, 7)
    ),
    max_size=14,
)


async def _take_step(stores: Stores, model: Model, what: str, project: str, number: int) -> None:
    if what == "append":
        received_ms = RECEIVED_MS + model.accepted
        batch = make_batch(*[make_span() for _ in range(number)], project_id=project, received_ms=received_ms)
        await stores.journal.append(batch)
        model.batches.append(((await stores.seqs())[-1], number, received_ms))
        return
    count = min(number if what == "deliver" else 1, model.accepted - model.sent - model.dead)
    if count == 0:
        return
    cursor = await cursors.load(stores.journal_reader, "cloud", project)
    seq, position = model.place(model.sent + model.dead + count)
    if what == "deliver":
        model.sent += count
        moved = cursor.past_delivered(count, seq, position, None)
        await stores.journal.writer.run(lambda connection: cursors.save(connection, moved))
    else:
        model.dead += 1
        buried = cursor.past_dead(1, seq, position)

        def bury(connection: sqlite3.Connection) -> None:
            cursors.bury(connection, buried, seq, position - 1, "HTTP 400", 1)
            cursors.save(connection, buried)

        await stores.journal.writer.run(bury)


@given(STEPS)
@settings(max_examples=40, deadline=None, derandomize=True)
async def test_balances_add_up(steps: list[tuple[str, str, int]]) -> None:
    """After any history, one snapshot over all lanes agrees with a count by hand."""
    models = {"p1": Model(), "p2": Model()}
    lanes = [(name, project) for name in ("cloud", "unused") for project in models]
    async with fresh_stores() as stores:
        for what, project, number in steps:
            await _take_step(stores, models[project], what, project, number)
        found = await cursors.balances(stores.journal_reader, lanes)
    assert {(balance.destination, balance.project_id) for balance in found} == set(lanes)
    for balance in found:
        model = models[balance.project_id]
        assert balance.unaccounted == 0
        assert balance.accepted == model.accepted
        if balance.destination == "unused":
            assert (balance.delivered, balance.dead, balance.pending) == (0, 0, model.accepted)
        else:
            assert (balance.delivered, balance.dead) == (model.sent, model.dead)
            assert balance.oldest_pending_ms == model.oldest()


async def test_no_lane_has_no_balance(tmp_path: Path) -> None:
    """Without destinations there is nothing to balance."""
    async with open_stores(tmp_path) as stores:
        assert await cursors.balances(stores.journal_reader, []) == []


async def test_cursor_is_stored_as_it_was(tmp_path: Path) -> None:
    """A saved cursor is loaded again in every detail, and a lane that never sent stands at the beginning."""
    cursor = Cursor("cloud", "p1", 7, 3, delivered=40, dead=2, bookmark='{"n":1}')
    async with open_stores(tmp_path) as stores:
        await stores.journal.writer.run(lambda connection: cursors.save(connection, cursor))
        assert await cursors.load(stores.journal_reader, "cloud", "p1") == cursor
        assert await cursors.load(stores.journal_reader, "cloud", "p2") == Cursor("cloud", "p2")


async def test_a_burial_that_fails_moves_nothing(tmp_path: Path) -> None:
    """The dead letter and the cursor move together or not at all."""
    async with open_stores(tmp_path) as stores:
        buried = Cursor("cloud", "p1").past_dead(1, 1, 1)

        def crash(connection: sqlite3.Connection) -> None:
            cursors.bury(connection, buried, 1, 0, "HTTP 400", 1)
            raise RuntimeError("power cut")

        with pytest.raises(RuntimeError, match="power cut"):
            await stores.journal.writer.run(crash)
        assert await stores.journal_reader.fetch("SELECT * FROM dead_letters") == []
        assert (await cursors.load(stores.journal_reader, "cloud", "p1")).dead == 0
