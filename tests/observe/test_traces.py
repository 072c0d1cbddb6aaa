"""Pages of traces and of their spans."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stores import RECEIVED_MS, Stores, fresh_stores, make_batch, make_span, open_stores

from jamjet_proxy.model.errors import InvalidRequest, NotFound
from jamjet_proxy.observe.pages import encode_cursor
from jamjet_proxy.observe.traces import Traces


def traces_of(stores: Stores) -> Traces:
    return Traces(stores.index_reader, stores.journal_reader)


async def all_span_ids(traces: Traces, trace_id: str, limit: int) -> list[str]:
    """Return the ids of every span of a trace, page by page."""
    found: list[str] = []
    cursor = None
    while True:
        page = await traces.spans("p1", trace_id, limit, cursor)
        assert 1 <= len(page.spans) <= limit
        found += [json.loads(span)["span_id"] for span in page.spans]
        cursor = page.next_cursor
        if cursor is None:
            return found


@given(st.lists(st.integers(1, 5), min_size=1, max_size=8), st.integers(1, 20))
@settings(max_examples=40, deadline=None, derandomize=True)
async def test_pages_of_spans_join_without_gap_or_repeat(sizes: list[int], limit: int) -> None:
    """For any page size, every span of a trace comes exactly once, in the order of arrival."""
    async with fresh_stores() as stores:
        sent: list[str] = []
        for size in sizes:
            ids = [f"sp_{len(sent) + n}" for n in range(size)]
            await stores.journal.append(make_batch(*map(make_span, ids), make_span(trace_id="tr_other")))
            sent += ids
        await stores.indexer.catch_up()
        assert await all_span_ids(traces_of(stores), "tr_1", limit) == sent


@given(st.integers(1, 12), st.integers(1, 13))
@settings(max_examples=20, deadline=None, derandomize=True)
async def test_pages_of_traces_join_without_gap_or_repeat(count: int, limit: int) -> None:
    """For any page size, every trace comes exactly once, the one that changed last first."""
    async with fresh_stores() as stores:
        for n in range(count):
            batch = make_batch(make_span(trace_id=f"tr_{n}"), received_ms=RECEIVED_MS + n // 2)
            await stores.journal.append(batch)
        await stores.indexer.catch_up()
        found: list[str] = []
        cursor = None
        while cursor is not None or not found:
            page = await traces_of(stores).newest("p1", limit, cursor)
            found += [trace.trace_id for trace in page.traces]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert found == sorted(
        (f"tr_{n}" for n in range(count)), key=lambda t: (int(t[3:]) // 2, t), reverse=True
    )


async def test_changed_span_stands_where_it_arrived_last(tmp_path: Path) -> None:
    """A trace shows the newest version of a span only."""
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(make_span("sp_1", status="pending"), make_span("sp_2")))
        await stores.journal.append(make_batch(make_span("sp_1", status="ok")))
        await stores.indexer.catch_up()
        page = await traces_of(stores).spans("p1", "tr_1", 10)
    assert [json.loads(span)["status"] for span in page.spans] == ["ok", "ok"]
    assert [json.loads(span)["span_id"] for span in page.spans] == ["sp_2", "sp_1"]


async def test_a_page_is_not_the_last_because_a_span_moved_on(tmp_path: Path) -> None:
    """When the span a cursor points at gets a newer version meanwhile, what lies behind it is still found."""
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(make_span("sp_1"), make_span("sp_2", status="pending")))
        await stores.journal.append(make_batch(make_span("sp_3")))
        await stores.journal.append(make_batch(make_span("sp_4")))
        await stores.indexer.catch_up()
        first = await traces_of(stores).spans("p1", "tr_1", 1)
        await stores.journal.append(make_batch(make_span("sp_2", status="ok")))
        await stores.indexer.catch_up()
        found = []
        cursor = first.next_cursor
        while cursor is not None:
            page = await traces_of(stores).spans("p1", "tr_1", 1, cursor)
            found += [json.loads(span)["span_id"] for span in page.spans]
            cursor = page.next_cursor
    assert found == ["sp_3", "sp_4", "sp_2"]


async def test_unknown_trace_is_not_found(tmp_path: Path) -> None:
    """Another project's trace is no more there than one that never was."""
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(make_span(), project_id="p2"))
        await stores.indexer.catch_up()
        with pytest.raises(NotFound):
            await traces_of(stores).spans("p1", "tr_1", 10)
        assert (await traces_of(stores).newest("p1", 10)).traces == []


@pytest.mark.parametrize(
    "cursor", ["x", encode_cursor([1]), encode_cursor([-1, 0]), encode_cursor([1 << 70, 0])]
)
async def test_foreign_cursors_are_refused(tmp_path: Path, cursor: str) -> None:
    """A cursor that isn't ours is the caller's mistake on both lists."""
    async with open_stores(tmp_path) as stores:
        with pytest.raises(InvalidRequest):
            await traces_of(stores).newest("p1", 10, cursor)
        with pytest.raises(InvalidRequest):
            await traces_of(stores).spans("p1", "tr_1", 10, cursor)
