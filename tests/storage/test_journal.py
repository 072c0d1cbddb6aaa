"""The journal: what was appended comes back, once, and the receipts say what became of it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stores import (
    damage,
    fill_up,
    fresh_stores,
    make_batch,
    make_room,
    make_span,
    noise,
    open_stores,
)

from jamjet_proxy.model.errors import StorageError, StorageFull
from jamjet_proxy.model.outcome import Reason
from jamjet_proxy.model.span import Finding, Span
from jamjet_proxy.storage.database import Reader
from jamjet_proxy.storage.journal import Appended, Batch, batches_at, batches_from, newest
from jamjet_proxy.storage.receipts import Receipts, all_receipts

LARGE = "x" * 300_000


async def bodies(reader: Reader, project_id: str | None = None) -> list[bytes]:
    """Return every stored span in order."""
    rows = await batches_from(reader, 1, rows=1_000, project_id=project_id)
    return [body for row in rows for body in row.events()]


async def test_append_and_read_round_trip(tmp_path: Path) -> None:
    """A batch comes back as one row with every span byte for byte and what redaction found."""
    found = (Finding("payload.a", "EMAIL", 2),)
    spans = (make_span(payload={"a": "é\U0001f600"}), make_span(findings=found))
    async with open_stores(tmp_path) as stores:
        assert await stores.journal.append(make_batch(*spans)) == Appended(2, 0)
        (row,) = await batches_from(stores.journal_reader, 1, rows=10)
    assert row.events() == [span.body for span in spans]
    assert row.findings() == {1: [Finding("payload.a", "EMAIL", 2)]}
    assert (row.project_id, row.count, row.rules_version) == ("p1", 2, "rules-1")


async def test_row_without_findings_says_so(tmp_path: Path) -> None:
    """Where redaction replaced nothing, nothing is noted."""
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(make_span()))
        (row,) = await batches_from(stores.journal_reader, 1, rows=10)
    assert row.findings() == {}


async def test_damage_is_detected(tmp_path: Path) -> None:
    """A row that changed on disk is an error that names the row, not wrong spans."""
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(make_span()))
        damage(tmp_path / "journal.db", 1)
        (row,) = await batches_from(stores.journal_reader, 1, rows=10)
        with pytest.raises(StorageError, match=r"journal row 1 is damaged \(checksum\)"):
            row.events()


async def test_missing_spans_are_detected(tmp_path: Path) -> None:
    """A row that holds another number of spans than it says is damaged too."""
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(make_span()))
        with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
            connection.execute("UPDATE batches SET spans = 2")
            connection.commit()
        (row,) = await batches_from(stores.journal_reader, 1, rows=10)
        with pytest.raises(StorageError, match=r"1 spans instead of 2"):
            row.events()


async def test_large_batches_are_cut_by_number(tmp_path: Path) -> None:
    """No row holds more than 500 spans, and the order stays."""
    spans = [make_span(f"sp_{n}") for n in range(1_201)]
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(*spans))
        rows = await batches_from(stores.journal_reader, 1, rows=10)
        assert [row.count for row in rows] == [500, 500, 201]
        assert await bodies(stores.journal_reader) == [span.body for span in spans]


async def test_large_batches_are_cut_by_size(tmp_path: Path) -> None:
    """No row holds more than 1 MiB of spans, unless a single span is larger."""
    spans = [make_span(payload=LARGE) for _ in range(7)] + [make_span(payload=LARGE * 5), make_span()]
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(*spans))
        rows = await batches_from(stores.journal_reader, 1, rows=10)
        assert [row.count for row in rows] == [3, 3, 1, 1, 1]
        assert await bodies(stores.journal_reader) == [span.body for span in spans]


async def test_repeats_in_one_batch_are_stored_once(tmp_path: Path) -> None:
    """A span that comes twice in one request counts as one accepted and one duplicate."""
    async with open_stores(tmp_path) as stores:
        span = make_span("sp_1")
        assert await stores.journal.append(make_batch(span, span)) == Appended(1, 1)
        assert await bodies(stores.journal_reader) == [span.body]


async def test_batch_of_repeats_adds_no_row(tmp_path: Path) -> None:
    """A batch sent again is acknowledged and leaves the journal as it is."""
    async with open_stores(tmp_path) as stores:
        batch = make_batch(make_span("sp_1"), make_span("sp_2"))
        await stores.journal.append(batch)
        assert await stores.journal.append(batch) == Appended(0, 2)
        assert await stores.seqs() == [1]


async def test_repeats_across_a_restart_are_repeats(tmp_path: Path) -> None:
    """What was stored before a restart is still known after it, whatever its status was."""
    spans = [make_span(f"sp_{n}", status=status) for n, status in enumerate(["ok", "error", "pending", ""])]
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(*spans))
    async with open_stores(tmp_path) as stores:
        assert await stores.journal.append(make_batch(*spans)) == Appended(0, 4)
        finished = make_span("sp_2", status="ok")
        assert await stores.journal.append(make_batch(finished)) == Appended(1, 0)


async def test_null_status_does_not_hinder_the_next_start(tmp_path: Path) -> None:
    """A stored event whose status is null is remembered like any other."""
    body = b'{"trace_id":"tr_1","span_id":"sp_1","status":null}'
    span = Span("tr_1", "sp_1", "", body)
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(span))
    async with open_stores(tmp_path) as stores:
        assert await stores.journal.append(make_batch(span)) == Appended(0, 1)


async def test_damaged_tail_does_not_hinder_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A damaged row is logged at the start, and the spans of the others are remembered."""
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(make_span("sp_1")))
        await stores.journal.append(make_batch(make_span("sp_2")))
    damage(tmp_path / "journal.db", 1)
    with caplog.at_level(logging.ERROR):
        async with open_stores(tmp_path) as stores:
            assert await stores.journal.append(make_batch(make_span("sp_2"))) == Appended(0, 1)
    assert "journal row 1 is damaged" in caplog.text


async def test_failed_commit_forgets_what_it_staged(tmp_path: Path) -> None:
    """Spans that a full disk refused are stored, not taken for repeats, when they are sent again."""
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(make_span()))
        await stores.journal.writer.run(fill_up)
        batch = make_batch(*[make_span(f"sp_{n}", payload=noise(1_000)) for n in range(400)])
        with pytest.raises(StorageFull):
            await stores.journal.append(batch)
        assert await stores.seqs() == [1]
        await stores.journal.writer.run(make_room)
        assert await stores.journal.append(batch) == Appended(400, 0)
        assert (await all_receipts(stores.journal_reader))["p1"] == Receipts(received=401, accepted=401)


async def test_failure_of_one_batch_spares_the_others(tmp_path: Path) -> None:
    """Batches of one group are judged by themselves: the ones that fit are stored, each span once."""
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(make_span()))
        await stores.journal.writer.run(fill_up)
        large = make_batch(*[make_span(payload=noise(1_000)) for n in range(600)])
        answers = await asyncio.gather(
            *(stores.journal.append(batch) for batch in (make_batch(make_span("sp_a")), large)),
            return_exceptions=True,
        )
        assert answers[0] == Appended(1, 0)
        assert isinstance(answers[1], StorageFull)


async def test_append_wakes_who_listens_to_the_project(tmp_path: Path) -> None:
    """Listeners of the project and of all projects are woken, others and former ones aren't."""
    async with open_stores(tmp_path) as stores:
        journal = stores.journal
        mine, everybody, other, gone = (
            journal.subscribe("p1"),
            journal.subscribe(),
            journal.subscribe("p2"),
            journal.subscribe(),
        )
        journal.unsubscribe(gone)
        await journal.append(make_batch(make_span("sp_1")))
        assert [event.is_set() for event in (mine, everybody, other, gone)] == [True, True, False, False]
        mine.clear()
        await journal.append(make_batch(make_span("sp_1")))
        assert not mine.is_set()


async def test_reading_by_project_and_backwards(tmp_path: Path) -> None:
    """Rows can be read of one project, from a place on, in both directions, a few at a time."""
    async with open_stores(tmp_path) as stores:
        for n in range(6):
            await stores.journal.append(make_batch(make_span(), project_id=f"p{n % 2}"))
        reader = stores.journal_reader
        assert [row.seq for row in await batches_from(reader, 2, rows=2, project_id="p1")] == [2, 4]
        backwards = await batches_from(reader, 5, rows=10, project_id="p0", newest_first=True)
        assert [row.seq for row in backwards] == [5, 3, 1]
        assert set(await batches_at(reader, [2, 6, 99])) == {2, 6}
        assert (await newest(reader))[1] == 6


async def test_identity_survives_and_differs(tmp_path: Path) -> None:
    """A journal keeps its identity over restarts, and no two journals share one."""
    async with open_stores(tmp_path) as stores:
        first = await newest(stores.journal_reader)
    async with open_stores(tmp_path) as stores:
        assert await newest(stores.journal_reader) == first
    async with fresh_stores() as stores:
        assert (await newest(stores.journal_reader))[0] != first[0]


async def test_check_needs_a_journal_that_takes_writes(tmp_path: Path) -> None:
    """The check passes on a healthy journal and fails on one that refuses writes."""
    async with open_stores(tmp_path) as stores:
        await stores.journal.check()
        await stores.journal.writer.run(lambda connection: connection.execute("PRAGMA query_only = ON"))
        with pytest.raises(StorageError, match="SQLITE_READONLY"):
            await stores.journal.check()


SPANS = st.builds(
    make_span,
    st.sampled_from([f"sp_{n}" for n in range(5)]),
    status=st.sampled_from(["ok", "error", "pending"]),
    surrogate=st.booleans(),
)
BATCHES = st.builds(
    lambda spans, rejected, project: make_batch(*spans, rejected=rejected, project_id=project),
    st.lists(SPANS, max_size=8),
    st.dictionaries(st.sampled_from(Reason), st.integers(1, 5), max_size=3),
    st.sampled_from(["p1", "p2"]),
)


@given(st.lists(BATCHES, max_size=8), st.booleans())
@settings(max_examples=40, deadline=None, derandomize=True)
async def test_receipts_balance(batches: list[Batch], together: bool) -> None:
    """Whatever arrives, one by one or at once, is accepted, duplicate or rejected, and nothing is lost."""
    async with fresh_stores() as stores:
        if together:
            answers = await asyncio.gather(*map(stores.journal.append, batches))
        else:
            answers = [await stores.journal.append(batch) for batch in batches]
        ledger = await all_receipts(stores.journal_reader)
        for project in ("p1", "p2"):
            mine = [(b, a) for b, a in zip(batches, answers, strict=True) if b.project_id == project]
            receipts = ledger.get(project, Receipts())
            assert receipts.unaccounted == 0
            assert receipts.received == sum(len(b.spans) + sum(b.rejected.values()) for b, _ in mine)
            assert receipts.accepted == sum(a.accepted for _, a in mine)
            assert receipts.accepted == len(await bodies(stores.journal_reader, project))
            assert sum(receipts.rejected.values()) == sum(sum(b.rejected.values()) for b, _ in mine)
