"""A lane against a destination that follows a script: in order, once, whatever the script says."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stores import (
    Stores,
    accept,
    damage,
    fresh_stores,
    make_batch,
    make_project,
    make_span,
    open_stores,
    refuse,
)
from support.waiting import until

from jamjet_proxy.forward import lane as module
from jamjet_proxy.forward import retry
from jamjet_proxy.forward.lane import Lane
from jamjet_proxy.model.delivery import Delivered, Fate, LaneState, Paused, Refused, RetryLater
from jamjet_proxy.model.project import Project
from jamjet_proxy.storage import cursors
from jamjet_proxy.storage.cursors import Balance, Cursor
from jamjet_proxy.storage.journal import batches_from

PROJECT = make_project("alpha", "p1")


class Scripted:
    """A destination that answers as told, then takes everything; ``poison`` is never taken."""

    name = "script"
    type = "jamjet"

    def __init__(
        self, script: Iterable[Fate] = (), poison: Iterable[str] = (), batch_events: int = 4
    ) -> None:
        self.batch_events = batch_events
        self.script = deque(script)
        self.poison = set(poison)
        self.taken: list[str] = []
        self.sizes: list[int] = []
        self.bookmarks: list[str | None] = []

    def serves(self, project: Project) -> bool:
        return project is PROJECT

    async def send(self, project: Project, events: list[bytes], bookmark: str | None) -> Fate:
        self.sizes.append(len(events))
        self.bookmarks.append(bookmark)
        ids = [json.loads(event)["span_id"] for event in events]
        fate = self._judge(ids)
        if isinstance(fate, Delivered):
            self.taken += ids
        return fate

    def _judge(self, ids: list[str]) -> Fate:
        if self.script:
            return self.script.popleft()
        if self.poison & set(ids):
            return Refused("HTTP 400")
        return Delivered(f"after {ids[-1]}")

    async def close(self) -> None:
        """Nothing is held."""


def make_lane(stores: Stores, destination: Scripted) -> Lane:
    return Lane(destination, PROJECT, stores.journal, stores.journal_reader, asyncio.Semaphore(8))


@asynccontextmanager
async def running(stores: Stores, destination: Scripted) -> AsyncIterator[Lane]:
    """Run a lane while the context is open."""
    lane = make_lane(stores, destination)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(lane.run())
        yield lane
        task.cancel()


async def balance(stores: Stores) -> Balance:
    (found,) = await cursors.balances(stores.journal_reader, [("script", "p1")])
    return found


async def everything_sent(stores: Stores) -> None:
    """Wait until nothing is pending."""

    async def sent() -> bool:
        return (await balance(stores)).pending == 0

    await until(sent)


async def dead_letters(stores: Stores) -> list[str]:
    """Return the ids of the buried spans, found again through their place in the journal."""
    rows = await stores.journal_reader.fetch(
        "SELECT b.seq, d.position FROM dead_letters d JOIN batches b ON b.seq = d.seq ORDER BY d.id"
    )
    batches = {row.seq: row.events() for row in await batches_from(stores.journal_reader, 1, rows=999)}
    return [json.loads(batches[seq][position])["span_id"] for seq, position in rows]


async def fill(stores: Stores, *sizes: int) -> list[str]:
    """Append batches of these sizes and return the span ids in order; another project sends in between."""
    ids: list[str] = []
    for size in sizes:
        new = [f"sp_{len(ids) + n}" for n in range(size)]
        await stores.journal.append(make_batch(*map(make_span, new)))
        await stores.journal.append(make_batch(make_span(), project_id="p2"))
        ids += new
    return ids


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits are as long as they must be to be waits."""
    monkeypatch.setattr(retry, "_FIRST_S", 0.001)
    monkeypatch.setattr(retry, "_LONGEST_S", 0.002)
    monkeypatch.setattr(module, "_PAUSE_S", 0.002)


async def test_everything_in_order_once(tmp_path: Path) -> None:
    """Spans go out in the order they were stored, at most as many at once as the destination takes."""
    destination = Scripted()
    async with open_stores(tmp_path) as stores:
        ids = await fill(stores, 3, 1, 6)
        async with running(stores, destination):
            await everything_sent(stores)
            ids += [f"late_{n}" for n in range(3)]
            await stores.journal.append(make_batch(*map(make_span, ids[-3:])))
            await everything_sent(stores)
        assert destination.taken == ids
        assert max(destination.sizes) == 4
        assert (await balance(stores)).delivered == 13


async def test_batches_join_into_one_request(tmp_path: Path) -> None:
    """Small batches that have piled up travel together."""
    destination = Scripted(batch_events=50)
    async with open_stores(tmp_path) as stores:
        await fill(stores, 1, 1, 1, 1)
        async with running(stores, destination):
            await everything_sent(stores)
    assert destination.sizes == [4]


async def test_requests_are_bounded_by_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large spans travel in smaller requests, and one larger than the bound by itself."""
    monkeypatch.setattr(module, "_MOST_BYTES", 1_000)
    destination = Scripted(batch_events=50)
    async with open_stores(tmp_path) as stores:
        spans = [make_span(payload="x" * size) for size in (300, 300, 5_000, 300)]
        await stores.journal.append(make_batch(*spans))
        async with running(stores, destination):
            await everything_sent(stores)
    assert destination.sizes == [2, 1, 1]


async def test_the_destination_gets_its_bookmark_back(tmp_path: Path) -> None:
    """What a destination noted with its last delivery comes with the next one, after a restart too."""
    async with open_stores(tmp_path) as stores:
        await fill(stores, 8)
        first = Scripted()
        async with running(stores, first):
            await everything_sent(stores)
        assert first.bookmarks == [None, "after sp_3"]
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(make_span()))
        second = Scripted()
        async with running(stores, second):
            await everything_sent(stores)
        assert second.bookmarks == ["after sp_7"]


@pytest.mark.parametrize("poison", [["sp_0"], ["sp_5"], ["sp_9"], ["sp_2", "sp_3"], ["sp_1", "sp_8"]])
async def test_only_the_poison_is_buried(tmp_path: Path, poison: list[str]) -> None:
    """A span the destination refuses is found by halving and buried; all others arrive, once, in order."""
    destination = Scripted(poison=poison, batch_events=8)
    async with open_stores(tmp_path) as stores:
        ids = await fill(stores, 7, 3)
        async with running(stores, destination):
            await everything_sent(stores)
        assert destination.taken == [name for name in ids if name not in poison]
        assert await dead_letters(stores) == poison
        found = await balance(stores)
        assert (found.delivered, found.dead, found.unaccounted) == (10 - len(poison), len(poison), 0)


async def test_requests_grow_again_behind_the_poison(tmp_path: Path) -> None:
    """One bad span doesn't make everything behind it travel one by one."""
    destination = Scripted(poison=["sp_0"], batch_events=8)
    async with open_stores(tmp_path) as stores:
        await fill(stores, 60)
        async with running(stores, destination):
            await everything_sent(stores)
    assert destination.sizes[:4] == [8, 4, 2, 1]
    assert destination.sizes[-2] == 8


async def test_failure_is_waited_out_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A destination that can't take spans gets them later; its lane says what is wrong until it isn't."""
    # The first wait is long enough to be looked at.
    destination = Scripted([RetryLater("HTTP 503", 0.3), RetryLater("HTTP 503"), RetryLater("HTTP 503")])
    async with open_stores(tmp_path) as stores:
        ids = await fill(stores, 4)
        with caplog.at_level(logging.INFO):
            async with running(stores, destination) as lane:
                await until(lambda: lane.status.last_error is not None)
                assert (lane.status.state, lane.status.last_error) == (LaneState.RETRYING, "HTTP 503")
                assert lane.status.last_error_ms is not None
                await everything_sent(stores)
                await until(lambda: lane.status.state is LaneState.IDLE)
                assert lane.status.last_error is None
                assert lane.status.last_delivered_ms is not None
    assert destination.taken == ids
    said = [record.getMessage() for record in caplog.records if "alpha" in record.getMessage()]
    assert said == [
        "script for project 'alpha': retrying (HTTP 503)",
        "script for project 'alpha': delivering again",
    ]


async def test_asked_wait_is_kept(tmp_path: Path) -> None:
    """While the destination asked to be left alone, nothing is sent."""
    destination = Scripted([RetryLater("HTTP 429", 3_600.0)])
    async with open_stores(tmp_path) as stores:
        await fill(stores, 1)
        async with running(stores, destination) as lane:
            await until(lambda: lane.status.state is LaneState.RETRYING)
            await fill(stores, 1)
            await asyncio.sleep(0.05)
            assert destination.sizes == [1]


async def test_refused_credential_pauses(tmp_path: Path) -> None:
    """A refused key pauses the lane without losing or burying anything, and mending it goes on."""
    destination = Scripted([Paused("the upstream key was refused (HTTP 401)")] * 2)
    async with open_stores(tmp_path) as stores:
        ids = await fill(stores, 5)
        async with running(stores, destination) as lane:
            await until(lambda: lane.status.state is LaneState.PAUSED)
            assert (await balance(stores)).pending == 5
            await everything_sent(stores)
        assert destination.taken == ids
        assert await dead_letters(stores) == []


async def test_lanes_share_their_turns(tmp_path: Path) -> None:
    """No more lanes of a destination send at once than it allows."""
    busy = asyncio.Semaphore(1)
    async with open_stores(tmp_path) as stores:
        await fill(stores, 1)
        destination = Scripted()
        lane = Lane(destination, PROJECT, stores.journal, stores.journal_reader, busy)
        async with asyncio.TaskGroup() as group, busy:
            task = group.create_task(lane.run())
            await asyncio.sleep(0.03)
            assert destination.sizes == []
            busy.release()
            await everything_sent(stores)
            await busy.acquire()
            task.cancel()


async def test_storage_that_fails_is_tried_again(tmp_path: Path) -> None:
    """When the journal can't note a delivery, the lane says so, and sends again once it can."""
    destination = Scripted()
    async with open_stores(tmp_path) as stores:
        ids = await fill(stores, 2)
        await stores.journal.writer.run(refuse("cursors"))
        async with running(stores, destination) as lane:
            await until(lambda: lane.status.state is LaneState.RETRYING)
            assert "did not take the write" in (lane.status.last_error or "")
            await stores.journal.writer.run(accept)
            await everything_sent(stores)
        assert destination.taken[-2:] == ids


class Slow(Scripted):
    """Takes its time, so that a lane can be ended while a request is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.started = asyncio.Event()
        self.proceed = asyncio.Event()

    async def send(self, project: Project, events: list[bytes], bookmark: str | None) -> Fate:
        self.started.set()
        await self.proceed.wait()
        return await super().send(project, events, bookmark)


async def test_orderly_stop_repeats_nothing(tmp_path: Path) -> None:
    """A lane that is ended while a request is under way notes its result first."""
    destination = Slow()
    async with open_stores(tmp_path) as stores:
        ids = await fill(stores, 4)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(make_lane(stores, destination).run())
            await destination.started.wait()
            task.cancel()
            await asyncio.sleep(0)
            destination.proceed.set()
        assert destination.taken == ids
        assert (await balance(stores)).delivered == 4


async def test_stop_does_not_wait_forever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that doesn't end is given up, and its spans stay pending."""
    monkeypatch.setattr(module, "_FINISH_S", 0.01)
    destination = Slow()
    async with open_stores(tmp_path) as stores:
        await fill(stores, 4)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(make_lane(stores, destination).run())
            await destination.started.wait()
            task.cancel()
        assert (await balance(stores)).pending == 4


async def test_a_faulty_destination_is_told_and_tried_again(tmp_path: Path) -> None:
    """A bug in a destination holds its lane with the kind of error, without a word of payload."""

    class Faulty(Scripted):
        def _judge(self, ids: list[str]) -> Fate:
            if len(self.sizes) < 3:
                raise LookupError(ids[0])
            return super()._judge(ids)

    destination = Faulty()
    async with open_stores(tmp_path) as stores:
        ids = await fill(stores, 2)
        async with running(stores, destination) as lane:
            await until(lambda: lane.status.last_error == "internal error (LookupError)")
            await everything_sent(stores)
        assert destination.taken == ids


async def test_damaged_row_is_set_aside(tmp_path: Path) -> None:
    """The spans of a journal row that can't be read are counted as dead, and those behind it arrive."""
    async with open_stores(tmp_path) as stores:
        ids = await fill(stores, 2, 3, 2)
        damage(tmp_path / "journal.db", 3)
        destination = Scripted()
        async with running(stores, destination):
            await everything_sent(stores)
        found = await balance(stores)
    assert destination.taken == ids[:2] + ids[5:]
    assert (found.delivered, found.dead, found.unaccounted) == (4, 3, 0)


FATES = st.one_of(
    st.just(Delivered("noted")),
    st.just(Delivered()),
    st.just(Refused("HTTP 400")),
    st.just(RetryLater("HTTP 503")),
    st.just(RetryLater("HTTP 429", 0.0)),
    st.just(Paused("HTTP 401")),
)


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=6),
    st.lists(FATES, max_size=20),
    st.integers(1, 8),
    st.lists(st.integers(1, 6), max_size=3),
)
@settings(max_examples=40, deadline=None, derandomize=True)
async def test_any_script_with_restarts_accounts_for_all(
    sizes: list[int], script: list[Fate], batch_events: int, stops: list[int]
) -> None:
    """Over any fates and restarts, delivered and dead spans together are all of them, each once, in order."""
    destination = Scripted(script, batch_events=batch_events)
    async with fresh_stores() as stores:
        ids = await fill(stores, *sizes)
        for stop in stops:
            goal = len(destination.sizes) + stop
            async with running(stores, destination) as lane:
                await until(
                    lambda goal=goal, lane=lane: (  # type: ignore[misc]
                        len(destination.sizes) >= goal or lane.status.state is LaneState.IDLE
                    )
                )
        async with running(stores, destination):
            await everything_sent(stores)
        dead = await dead_letters(stores)
        assert destination.taken == [name for name in ids if name not in dead]
        assert len(destination.taken) + len(dead) == len(ids)
        found = await balance(stores)
        assert (found.delivered, found.dead) == (len(destination.taken), len(dead))


async def test_restart_resumes_at_the_exact_span(tmp_path: Path) -> None:
    """A cursor in the middle of a stored batch goes on with the very next span."""
    async with open_stores(tmp_path) as stores:
        await fill(stores, 5, 5)
        middle = Cursor("script", "p1", 1, 3, delivered=3)
        await stores.journal.writer.run(lambda connection: cursors.save(connection, middle))
        destination = Scripted()
        async with running(stores, destination):
            await everything_sent(stores)
        assert destination.taken == [f"sp_{n}" for n in range(3, 10)]
        assert (await balance(stores)).unaccounted == 0


async def test_no_dead_letter_no_move(tmp_path: Path) -> None:
    """While a dead letter can't be written nothing is passed over; the span is tried again."""
    destination = Scripted(poison=["sp_0"], batch_events=1)
    async with open_stores(tmp_path) as stores:
        await fill(stores, 1)
        await stores.journal.writer.run(refuse("dead_letters"))
        async with running(stores, destination):
            await until(lambda: len(destination.sizes) > 2)
            assert (await balance(stores)).pending == 1
            await stores.journal.writer.run(accept)
            await everything_sent(stores)
        assert await dead_letters(stores) == ["sp_0"]
