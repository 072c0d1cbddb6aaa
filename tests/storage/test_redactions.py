"""The evidence of redaction: every entry once, newest first, and counts that add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stores import RECEIVED_MS, fresh_stores

from jamjet_proxy.model.span import Finding
from jamjet_proxy.storage import index, redactions
from jamjet_proxy.storage.database import Reader
from jamjet_proxy.storage.index import Amounts, IndexedSpan
from jamjet_proxy.storage.redactions import (
    MINUTE_MS,
    Place,
    RedactedBatch,
    RedactedSpan,
    Redaction,
    Tally,
    Wanted,
)

EMAIL = Finding("payload.to", "EMAIL", 2, "email")
PHONE = Finding('payload.notes."odd\\key"', "PHONE", 1, "phone")
BADGE = Finding("name", "BADGE", 1, "badge numbers", shadow=True)


def batch(
    seq: int, *spans: RedactedSpan, project_id: str = "p1", received_ms: int | None = None
) -> RedactedBatch:
    """Return the evidence of journal row ``seq``, a second younger than the one before it."""
    received_ms = RECEIVED_MS + seq * 1_000 if received_ms is None else received_ms
    return RedactedBatch(seq, project_id, received_ms, "rules-1", list(spans))


def span(span_id: str, *findings: Finding, trace_id: str = "tr_1") -> RedactedSpan:
    """Return what was found in one span."""
    return RedactedSpan(trace_id, span_id, findings)


def indexed(row: RedactedBatch) -> list[IndexedSpan]:
    """Return the spans of ``row`` as the index of traces gets them."""
    return [
        IndexedSpan(
            row.project_id,
            s.trace_id,
            s.span_id,
            row.seq,
            n,
            "ok",
            RECEIVED_MS,
            RECEIVED_MS,
            "",
            "",
            Amounts(),
        )
        for n, s in enumerate(row.spans)
    ]


@asynccontextmanager
async def audit_of(*rows: RedactedBatch) -> AsyncIterator[Reader]:
    """Index ``rows``, one transaction each, and give a reader."""
    async with fresh_stores() as stores:
        await stores.index_writer.run(lambda connection: index.begin(connection, "j1"))
        for row in rows:
            await stores.index_writer.run(lambda c, row=row: index.apply(c, indexed(row), [row], row.seq))  # type: ignore[misc]
        yield stores.index_reader


async def found(reader: Reader, wanted: Wanted) -> list[str]:
    """Return ``span:type`` of every entry that is wanted."""
    return [f"{e.span_id}:{e.finding.type}" for e in await redactions.page(reader, wanted, 1_000)]


ROWS = (
    batch(1, span("a", EMAIL, PHONE), span("b", BADGE, trace_id="tr_2")),
    batch(2, span("c", EMAIL), project_id="p2"),
    batch(4, span("a", PHONE)),
)


async def test_entry_says_what_was_done_where() -> None:
    """An entry names time, project, trace, span, rules and finding."""
    async with audit_of(ROWS[1]) as reader:
        (entry,) = await redactions.page(reader, Wanted(), 10)
    assert entry == Redaction((2, 0, 0), "p2", RECEIVED_MS + 2_000, "rules-1", "tr_1", "c", EMAIL)


async def test_newest_first_and_every_version() -> None:
    """What arrived last comes first, a span's findings keep their order, and replaced versions remain."""
    async with audit_of(*ROWS) as reader:
        assert await found(reader, Wanted()) == ["a:PHONE", "c:EMAIL", "b:BADGE", "a:EMAIL", "a:PHONE"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(project_id="p1"), ["a:PHONE", "b:BADGE", "a:EMAIL", "a:PHONE"]),
        (Wanted(project_id="p3"), []),
        (Wanted(type="EMAIL"), ["c:EMAIL", "a:EMAIL"]),
        (Wanted(type="EMAI"), []),
        (Wanted(rule="badge numbers"), ["b:BADGE"]),
        (Wanted(rule="badge"), []),
        (Wanted(path="payload."), ["a:PHONE", "c:EMAIL", "a:EMAIL", "a:PHONE"]),
        (Wanted(path='payload.notes."odd\\'), ["a:PHONE", "a:PHONE"]),
        (Wanted(path="ayload"), []),
        (Wanted(path=""), ["a:PHONE", "c:EMAIL", "b:BADGE", "a:EMAIL", "a:PHONE"]),
        (Wanted(trace_id="tr_2"), ["b:BADGE"]),
        (Wanted(trace_id="tr_1", project_id="p1"), ["a:PHONE", "a:EMAIL", "a:PHONE"]),
        (Wanted(since_ms=RECEIVED_MS + 2_000), ["a:PHONE", "c:EMAIL"]),
        (Wanted(until_ms=RECEIVED_MS + 2_000), ["b:BADGE", "a:EMAIL", "a:PHONE"]),
        (Wanted(type="PHONE", trace_id="tr_1", until_ms=RECEIVED_MS + 3_000), ["a:PHONE"]),
    ],
    ids=str,
)
async def test_filters(wanted: Wanted, expected: list[str]) -> None:
    """Each filter leaves exactly the entries that it describes, also together with others."""
    async with audit_of(*ROWS) as reader:
        assert await found(reader, wanted) == expected


async def test_evidence_of_a_version_that_never_counted() -> None:
    """A version that changed nothing in the trace was redacted too, and is found by its trace."""
    late = batch(2, span("a", PHONE))
    async with fresh_stores() as stores:
        await stores.index_writer.run(lambda connection: index.begin(connection, "j1"))
        await stores.index_writer.run(lambda c: index.apply(c, indexed(ROWS[0]), [ROWS[0]], 1))
        await stores.index_writer.run(lambda c: index.apply(c, indexed(late), [late], 2))
        assert (await found(stores.index_reader, Wanted(trace_id="tr_1"))) == [
            "a:PHONE",
            "a:EMAIL",
            "a:PHONE",
        ]
        assert await index.segments(stores.index_reader, "p1", "tr_1", 0, 10) == [(1, [0])]


@pytest.mark.parametrize("text", ["\x00", "\u2028", "ü", "\U0001f600", '"', "\\", "%", "_", "'"])
async def test_any_character_in_a_path(text: str) -> None:
    """A path is stored and found whatever characters its keys have."""
    odd = Finding(f"payload.{text}x", "EMAIL", 1, f"rule {text}")
    async with audit_of(batch(1, span("a", odd, EMAIL))) as reader:
        for wanted in (Wanted(path=f"payload.{text}"), Wanted(rule=f"rule {text}")):
            assert [entry.finding for entry in await redactions.page(reader, wanted, 9)] == [odd]


async def test_counts_add_up() -> None:
    """Totals and minutes count values, not entries, and keep what only watched apart."""
    async with audit_of(*ROWS, batch(5, span("z", EMAIL), received_ms=RECEIVED_MS + MINUTE_MS)) as reader:
        totals = set(await redactions.totals(reader))
        start = RECEIVED_MS - RECEIVED_MS % MINUTE_MS
        everything = await redactions.buckets(reader, start, start + 2 * MINUTE_MS, MINUTE_MS)
        mine = await redactions.buckets(reader, start, start + MINUTE_MS, MINUTE_MS, "p2")
        wide = await redactions.buckets(reader, 0, 1 << 62, 1_440 * MINUTE_MS)
    assert totals == {
        Tally("p1", "EMAIL", False, 4),
        Tally("p1", "PHONE", False, 2),
        Tally("p1", "BADGE", True, 1),
        Tally("p2", "EMAIL", False, 2),
    }
    assert [(b.start_ms - start, b.type, b.shadow, b.count) for b in everything] == [
        (0, "BADGE", True, 1),
        (0, "EMAIL", False, 4),
        (0, "PHONE", False, 2),
        (MINUTE_MS, "EMAIL", False, 2),
    ]
    assert [(b.type, b.count) for b in mine] == [("EMAIL", 2)]
    assert Counter({b.type: b.count for b in wide}) == {"BADGE": 1, "EMAIL": 6, "PHONE": 2}


async def test_begin_forgets_the_evidence() -> None:
    """An index that starts over counts nothing twice."""
    async with fresh_stores() as stores:
        for _ in range(2):
            await stores.index_writer.run(lambda connection: index.begin(connection, "j1"))
            await stores.index_writer.run(lambda c: index.apply(c, indexed(ROWS[0]), [ROWS[0]], 1))
        assert len(await found(stores.index_reader, Wanted())) == 3
        assert {tally.count for tally in await redactions.totals(stores.index_reader)} == {1, 2}


HISTORY = st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=4), min_size=1, max_size=8)


@given(HISTORY, st.integers(1, 9))
@settings(max_examples=30, deadline=None, derandomize=True)
async def test_pages_join_without_gap_or_repeat(history: list[list[int]], limit: int) -> None:
    """For any page size every entry comes exactly once, in the order of one large page."""
    rows = [
        batch(seq, *(span(f"{seq}-{n}", *[EMAIL] * count) for n, count in enumerate(counts)))
        for seq, counts in enumerate(history, 1)
    ]
    async with audit_of(*rows) as reader:
        whole = await redactions.page(reader, Wanted(), 1_000)
        seen: list[Redaction] = []
        behind: Place | None = None
        while page := await redactions.page(reader, Wanted(), limit, behind):
            seen += page
            behind = page[-1].place
    assert seen == whole
    assert len(seen) == sum(count for counts in history for count in counts)


async def test_pages_reach_over_many_rows() -> None:
    """What is rare is found however many rows lie before it."""
    rows = [batch(seq, span("a", EMAIL)) for seq in range(2, 350)]
    async with audit_of(batch(1, span("first", PHONE)), *rows) as reader:
        assert await found(reader, Wanted(type="PHONE")) == ["first:PHONE"]
        assert len(await redactions.page(reader, Wanted(type="EMAIL"), 1_000)) == 348
