"""The stream of spans as they arrived."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stores import Stores, fresh_stores, make_batch, make_span, open_stores

from jamjet_proxy.model.errors import InvalidRequest
from jamjet_proxy.observe.pages import encode_cursor
from jamjet_proxy.observe.spans import ArrivedPage, ArrivedSpans


def arrived_in(stores: Stores) -> ArrivedSpans:
    return ArrivedSpans(stores.index_reader, stores.journal_reader)


def ids(page: ArrivedPage) -> list[str]:
    return [json.loads(span.body)["span_id"] for span in page.spans]


async def store(stores: Stores, *span_ids: str, project_id: str = "p1", status: str = "ok") -> None:
    spans = [make_span(span_id, status=status) for span_id in span_ids]
    await stores.journal.append(make_batch(*spans, project_id=project_id))
    await stores.indexer.catch_up()


SIZES = st.lists(st.integers(1, 5), min_size=1, max_size=25)


@given(SIZES, st.integers(1, 30))
@settings(max_examples=30, deadline=None, derandomize=True)
async def test_pages_backwards_join_without_gap_or_repeat(sizes: list[int], limit: int) -> None:
    """Walking to older pages shows every span once; joined, they stand in the order of arrival."""
    async with fresh_stores() as stores:
        sent = await _fill(stores, sizes)
        arrived = arrived_in(stores)
        page = await arrived.last(limit)
        found = ids(page)
        while page.older is not None:
            page = await arrived.last(limit, before=page.older)
            found = ids(page) + found
    assert found == sent


@given(SIZES, SIZES, st.integers(1, 30))
@settings(max_examples=30, deadline=None, derandomize=True)
async def test_following_misses_and_repeats_nothing(first: list[int], then: list[int], limit: int) -> None:
    """Who follows from a page on gets everything that arrives later, once, in order."""
    async with fresh_stores() as stores:
        await _fill(stores, first)
        arrived = arrived_in(stores)
        newer = (await arrived.last(1)).newer
        assert ids(await arrived.since(newer, limit)) == []
        sent = await _fill(stores, then, "later")
        found: list[str] = []
        page = await arrived.since(newer, limit)
        while page.spans:
            found += ids(page)
            page = await arrived.since(page.newer, limit)
    assert found == sent


async def _fill(stores: Stores, sizes: list[int], mark: str = "sp") -> list[str]:
    sent: list[str] = []
    for size in sizes:
        names = [f"{mark}_{len(sent) + n}" for n in range(size)]
        await stores.journal.append(make_batch(*map(make_span, names)))
        sent += names
    await stores.indexer.catch_up()
    return sent


async def test_only_the_project_asked_for(tmp_path: Path) -> None:
    """A project's stream holds its own spans; without one, everybody's."""
    async with open_stores(tmp_path) as stores:
        await store(stores, "sp_1", project_id="p1")
        await store(stores, "sp_2", project_id="p2")
        assert ids(await arrived_in(stores).last(10, "p1")) == ["sp_1"]
        assert ids(await arrived_in(stores).last(10)) == ["sp_1", "sp_2"]
        start = encode_cursor([0, 0])
        assert ids(await arrived_in(stores).since(start, 10, "p2")) == ["sp_2"]


async def test_outdated_versions_are_left_out(tmp_path: Path) -> None:
    """A span whose outcome changed is shown once, where it arrived last."""
    async with open_stores(tmp_path) as stores:
        await store(stores, "sp_1", status="pending")
        await store(stores, "sp_2")
        await store(stores, "sp_1", status="error")
        assert ids(await arrived_in(stores).last(10)) == ["sp_2", "sp_1"]


async def test_nothing_is_shown_before_it_is_indexed(tmp_path: Path) -> None:
    """What the index doesn't know yet is neither shown nor skipped by who follows."""
    async with open_stores(tmp_path) as stores:
        await store(stores, "sp_1")
        newer = (await arrived_in(stores).last(10)).newer
        await stores.journal.append(make_batch(make_span("sp_2")))
        waiting = await arrived_in(stores).since(newer, 10)
        assert ids(waiting) == []
        await stores.indexer.catch_up()
        assert ids(await arrived_in(stores).since(waiting.newer, 10)) == ["sp_2"]


async def test_empty_journal_is_an_empty_page(tmp_path: Path) -> None:
    """Before anything arrived there is a page to follow from."""
    async with open_stores(tmp_path) as stores:
        page = await arrived_in(stores).last(10)
        assert (page.spans, page.older) == ([], None)
        await store(stores, "sp_1")
        assert ids(await arrived_in(stores).since(page.newer, 10)) == ["sp_1"]


@pytest.mark.parametrize("cursor", ["x", encode_cursor([-(1 << 70), 0]), encode_cursor(["a", 0])])
async def test_foreign_cursors_are_refused(tmp_path: Path, cursor: str) -> None:
    """A cursor that isn't ours is the caller's mistake in both directions."""
    async with open_stores(tmp_path) as stores:
        with pytest.raises(InvalidRequest):
            await arrived_in(stores).last(10, before=cursor)
        with pytest.raises(InvalidRequest):
            await arrived_in(stores).since(cursor, 10)
