"""The index: exact counts whatever is repeated or superseded, and pages that miss nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from support.stores import RECEIVED_MS, fresh_stores, new_database

from jamjet_proxy.storage import index
from jamjet_proxy.storage.database import Reader
from jamjet_proxy.storage.index import Amounts, IndexedSpan, TraceSummary
from jamjet_proxy.storage.recent import supersedes


def indexed(
    span_id: str,
    seq: int = 1,
    position: int = 0,
    *,
    trace_id: str = "tr_1",
    project_id: str = "p1",
    status: str = "ok",
    tokens: int = 0,
    started_ms: int = RECEIVED_MS,
    received_ms: int = RECEIVED_MS,
    name: str = "lookup",
) -> IndexedSpan:
    """Return a span as the indexer hands it over."""
    amounts = Amounts(int(status == "error"), int(tokens > 0), tokens, tokens * 2, tokens / 4)
    return IndexedSpan(
        project_id, trace_id, span_id, seq, position, status, started_ms, received_ms, name, "bot", amounts
    )


@asynccontextmanager
async def index_of(*groups: list[IndexedSpan]) -> AsyncIterator[Reader]:
    """Index ``groups``, one transaction each, and give a reader."""
    async with fresh_stores() as stores:
        await stores.index_writer.run(lambda connection: index.begin(connection, "j1"))
        for seq, spans in enumerate(groups, 1):
            await stores.index_writer.run(lambda c, spans=spans, seq=seq: index.apply(c, spans, [], seq))  # type: ignore[misc]
        yield stores.index_reader


async def only_trace(reader: Reader) -> TraceSummary:
    (trace,) = await index.traces(reader, "p1", 10)
    return trace


async def test_trace_sums_its_spans() -> None:
    """A trace counts its spans, errors, calls, tokens and cost, over all its batches."""
    groups = [[indexed("a", tokens=4), indexed("b", position=1, status="error")], [indexed("c", 2, tokens=8)]]
    async with index_of(*groups) as reader:
        trace = await only_trace(reader)
    assert (trace.spans, trace.errors, trace.llm_calls) == (3, 1, 2)
    assert (trace.input_tokens, trace.output_tokens, trace.cost_usd) == (12, 24, 3.0)


async def test_repeat_counts_once() -> None:
    """A repeat in the same transaction or a later one changes no count and no place."""
    groups = [[indexed("a", tokens=4), indexed("a", position=1, tokens=4)], [indexed("a", 2, tokens=4)]]
    async with index_of(*groups) as reader:
        trace = await only_trace(reader)
        assert (trace.spans, trace.input_tokens) == (1, 4)
        assert await index.segments(reader, "p1", "tr_1", 0, 10) == [(1, [0])]


async def test_changed_outcome_moves_the_counts() -> None:
    """pending, then error, then ok: one span, whose latest version alone counts and is found."""
    groups = [
        [indexed("a", status="pending", tokens=1), indexed("b", position=1)],
        [indexed("a", 2, status="error", tokens=2)],
        [indexed("a", 3, status="ok", tokens=3)],
    ]
    async with index_of(*groups[:2]) as reader:
        assert (await only_trace(reader)).errors == 1
    async with index_of(*groups) as reader:
        trace = await only_trace(reader)
        assert (trace.spans, trace.errors, trace.input_tokens) == (2, 0, 3)
        assert await index.segments(reader, "p1", "tr_1", 0, 10) == [(1, [1]), (3, [0])]
        key = index.span_key("p1", "tr_1", "a")
        assert await index.places(reader, [key]) == {key: (3, 0)}


async def test_late_pending_changes_nothing() -> None:
    """A pending version that arrives behind the outcome is ignored."""
    async with index_of([indexed("a", status="error")], [indexed("a", 2, status="pending")]) as reader:
        assert (await only_trace(reader)).errors == 1


async def test_trace_spans_the_time_of_its_spans() -> None:
    """A trace begins with its earliest start and ends with its newest arrival; the first name stays."""
    first = indexed("a", started_ms=500, received_ms=1_000, name="first")
    second = indexed("b", 2, started_ms=200, received_ms=3_000, name="second")
    async with index_of([first], [second]) as reader:
        trace = await only_trace(reader)
    assert (trace.first_ms, trace.last_ms, trace.name) == (200, 3_000, "first")


async def test_projects_are_kept_apart() -> None:
    """Equal ids in two projects are two traces, each visible to its own project only."""
    spans = [indexed("a", project_id="p1"), indexed("a", position=1, project_id="p2", status="error")]
    async with index_of(spans) as reader:
        assert (await only_trace(reader)).errors == 0
        assert await index.has_trace(reader, "p2", "tr_1")
        assert not await index.has_trace(reader, "p3", "tr_1")


async def test_begin_empties_everything() -> None:
    """Starting over leaves no row of the index that was."""
    async with fresh_stores() as stores:
        for journal_id in ("j1", "j2"):
            await stores.index_writer.run(lambda c, name=journal_id: index.begin(c, name))  # type: ignore[misc]
            assert await index.progress(stores.index_reader) == (journal_id, 0)
            assert await index.traces(stores.index_reader, "p1", 10) == []
            await stores.index_writer.run(lambda c: index.apply(c, [indexed("a")], [], 7))
        assert await index.progress(stores.index_reader) == ("j2", 7)


def test_span_keys_are_the_same_in_every_process() -> None:
    """The key is no process-local hash: a rebuilt index finds the same spans."""
    assert index.span_key("p1", "tr_1", "sp_1") == 3_419_163_145_856_516_455


def test_span_keys_tell_ids_apart() -> None:
    """Moving a character from one id to the next gives another key."""
    assert index.span_key("p1", "ab", "c") != index.span_key("p1", "a", "bc")


@dataclass
class Model:
    """What the index must say, from a plain walk over everything that arrived."""

    current: dict[tuple[str, str], IndexedSpan] = field(default_factory=dict)

    def arrive(self, span: IndexedSpan) -> None:
        known = self.current.get((span.trace_id, span.span_id))
        if known is None or supersedes(span.status, known.status):
            self.current[span.trace_id, span.span_id] = span

    def places(self, trace_id: str) -> list[tuple[int, int]]:
        return sorted((s.seq, s.position) for s in self.current.values() if s.trace_id == trace_id)

    def counts(self, trace_id: str) -> tuple[int, int, int, float]:
        spans = [span for span in self.current.values() if span.trace_id == trace_id]
        sums = [span.amounts for span in spans]
        return (
            len(spans),
            sum(a.errors for a in sums),
            sum(a.input_tokens for a in sums),
            sum(a.cost_usd for a in sums),
        )


ARRIVAL = st.tuples(
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["tr_1", "tr_2"]),
    st.sampled_from(["ok", "error", "pending", ""]),
    st.integers(0, 9),
)
ROWS = st.lists(st.lists(ARRIVAL, min_size=1, max_size=6), min_size=1, max_size=6)


def _rows(rows: list[list[tuple[str, str, str, int]]]) -> Iterator[list[IndexedSpan]]:
    for seq, row in enumerate(rows, 1):
        yield [
            indexed(span_id, seq, position, trace_id=trace_id, status=status, tokens=tokens)
            for position, (span_id, trace_id, status, tokens) in enumerate(row)
        ]


@given(ROWS, st.booleans())
@settings(max_examples=40, deadline=None, derandomize=True)
async def test_index_equals_a_plain_walk(rows: list[list[tuple[str, str, str, int]]], at_once: bool) -> None:
    """However arrivals repeat, change and are grouped, counts and places are those of a simple model."""
    groups = list(_rows(rows))
    model = Model()
    for span in (span for group in groups for span in group):
        model.arrive(span)
    if at_once:
        groups = [[span for group in groups for span in group]]
    async with index_of(*groups) as reader:
        for trace in await index.traces(reader, "p1", 10):
            counted = (trace.spans, trace.errors, trace.input_tokens, trace.cost_usd)
            assert counted == model.counts(trace.trace_id)
            segments = await index.segments(reader, "p1", trace.trace_id, 0, 100)
            assert [(seq, p) for seq, ps in segments for p in ps] == model.places(trace.trace_id)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=12), st.integers(1, 13))
@settings(max_examples=30, deadline=None, derandomize=True)
async def test_pages_of_traces_join_without_gap_or_repeat(times: list[int], limit: int) -> None:
    """For any page size, also among traces of the same millisecond, every trace comes exactly once."""
    spans = [indexed("a", trace_id=f"tr_{n}", received_ms=ms, position=n) for n, ms in enumerate(times)]
    async with index_of(spans) as reader:
        seen: list[TraceSummary] = []
        page = await index.traces(reader, "p1", limit)
        while page:
            seen += page
            page = await index.traces(reader, "p1", limit, (seen[-1].last_ms, seen[-1].trace_id))
    order = [(trace.last_ms, trace.trace_id) for trace in seen]
    assert order == sorted(((ms, f"tr_{n}") for n, ms in enumerate(times)), reverse=True)


def test_deleted_index_is_simply_new(tmp_path: Path) -> None:
    """An index that was never begun has no progress row."""
    with closing(sqlite3.connect(new_database(tmp_path, "index"))) as connection:
        assert connection.execute("SELECT count(*) FROM progress").fetchone() == (0,)
