"""The indexer: nothing that was stored stops it, and a rebuilt index is the same index."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stores import (
    RECEIVED_MS,
    Stores,
    damage,
    dump,
    fresh_stores,
    make_batch,
    make_span,
    open_stores,
    remove,
)
from support.waiting import until

from jamjet_proxy.model.span import Finding, Span
from jamjet_proxy.storage import index, redactions
from jamjet_proxy.storage.index import TraceSummary
from jamjet_proxy.storage.redactions import Wanted

TABLES = ("progress", "spans", "segments", "traces", *redactions.TABLES)
DAY_MS = 86_400_000


async def trace_of(stores: Stores, *spans: Span) -> TraceSummary:
    """Store and index ``spans`` of one trace and return what the index says."""
    await stores.journal.append(make_batch(*spans))
    await stores.indexer.catch_up()
    (trace,) = await index.traces(stores.index_reader, "p1", 2)
    return trace


async def test_fields_of_the_wire_are_summed(tmp_path: Path) -> None:
    """Kind, tokens, cost, status and names come from the fields SDKs send."""
    call = make_span(
        kind="llm_call", input_tokens=10, output_tokens=5, cost_usd=0.25, name="gpt", agent_name="bot"
    )
    async with open_stores(tmp_path) as stores:
        trace = await trace_of(stores, call, make_span(status="error", kind="custom"))
    assert (trace.spans, trace.errors, trace.llm_calls) == (2, 1, 1)
    assert (trace.input_tokens, trace.output_tokens, trace.cost_usd) == (10, 5, 0.25)
    assert (trace.name, trace.agent_name) == ("gpt", "bot")


@pytest.mark.parametrize(
    ("timestamp", "first_ms"),
    [
        ("2025-11-23T01:06:40.500+00:00", 1_763_860_000_500),
        ("2025-11-23T01:06:40Z", 1_763_860_000_000),
        ("2025-11-23T02:06:40+01:00", 1_763_860_000_000),
        ("2025-11-23T01:06:40", 1_763_860_000_000),
        ("2025-11-23T01:06:40.123456789Z", 1_763_860_000_123),
        (1_763_860_000_123, 1_763_860_000_123),
        (1_763_860_000_123.7, 1_763_860_000_123),
        (RECEIVED_MS + DAY_MS, RECEIVED_MS + DAY_MS),
    ],
)
async def test_believable_times_are_believed(tmp_path: Path, timestamp: object, first_ms: int) -> None:
    """A trace starts when its client says so, in any notation SDKs use, up to a day ahead of us."""
    async with open_stores(tmp_path) as stores:
        assert (await trace_of(stores, make_span(timestamp=timestamp))).first_ms == first_ms


@pytest.mark.parametrize(
    "timestamp",
    [
        "",
        "yesterday",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+23:59",
        0,
        -1,
        1.5,
        10**40,
        -(10**40),
        1e300,
        None,
        True,
        [],
        {"at": 1},
        RECEIVED_MS + DAY_MS + 1,
        946_684_799_999,
    ],
)
async def test_absurd_times_become_the_time_of_arrival(tmp_path: Path, timestamp: object) -> None:
    """A timestamp that means nothing sensible is replaced by when the span arrived."""
    async with open_stores(tmp_path) as stores:
        assert (await trace_of(stores, make_span(timestamp=timestamp))).first_ms == RECEIVED_MS


def raw_span(fields: str) -> Span:
    """Return a span whose fields beside the ids are this JSON text."""
    return Span(
        "tr_1", "sp_1", "ok", f'{{"trace_id":"tr_1","span_id":"sp_1","status":"ok",{fields}}}'.encode()
    )


@pytest.mark.parametrize(
    "fields",
    [
        '"cost_usd":1e999',
        '"input_tokens":-1e999',
        '"input_tokens":123456789012345678901234567890',
        '"input_tokens":9223372036854775807,"output_tokens":9223372036854775807',
        '"input_tokens":-5,"output_tokens":"many","cost_usd":"free"',
        '"input_tokens":true,"output_tokens":null,"cost_usd":false',
        '"cost_usd":{"a":[1]},"kind":["llm_call"],"name":7,"agent_name":null,"timestamp":1e999',
        '"name":' + "[" * 120 + "]" * 120,
        '"agent_name":' + "[" * 900 + "]" * 900,
    ],
)
async def test_weird_values_count_as_nothing(tmp_path: Path, fields: str) -> None:
    """Whatever stands in a field, the span is indexed and the sums stay sane."""
    async with open_stores(tmp_path) as stores:
        trace = await trace_of(stores, raw_span(fields))
    assert (trace.spans, trace.input_tokens, trace.output_tokens) == (1, 0, 0)
    assert (trace.cost_usd, trace.llm_calls, trace.name, trace.agent_name) == (0.0, 0, "", "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
INDEXED = ("kind", "name", "agent_name", "timestamp", "input_tokens", "output_tokens", "cost_usd")
FIELDS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("kind", "name", "agent_name", "timestamp", "input_tokens", "output_tokens", "cost_usd"), JSON
    ),
)


@given(st.lists(FIELDS, min_size=1, max_size=5))
@settings(max_examples=50, deadline=None, derandomize=True)
async def test_no_value_stops_the_indexer(events: list[dict[str, Any]]) -> None:
    """Any JSON in any indexed field leaves every span indexed."""
    lines = [
        json.dumps({"trace_id": "tr_1", "span_id": f"sp_{n}"} | event).replace("Infinity", "1e999")
        for n, event in enumerate(events)
    ]
    spans = [Span("tr_1", f"sp_{n}", "", line.encode()) for n, line in enumerate(lines)]
    async with fresh_stores() as stores:
        assert (await trace_of(stores, *spans)).spans == len(events)


async def test_long_names_are_cut(tmp_path: Path) -> None:
    """The index holds 200 characters of a name; the whole one stays in the journal."""
    async with open_stores(tmp_path) as stores:
        assert (await trace_of(stores, make_span(name="n" * 1_000))).name == "n" * 200


async def fill_journal(stores: Stores) -> None:
    """Append a history with repeats, changed outcomes, several projects and traces."""
    for n in range(60):
        status = ("pending", "ok", "error")[n % 3]
        spans = [
            make_span(
                f"sp_{(n + k) % 25}",
                f"tr_{k % 4}",
                status,
                findings=(Finding(f"payload.{k}", "EMAIL", k, "email"),) if n % 2 else (),
                kind="llm_call",
                input_tokens=n,
                cost_usd=0.5,
            )
            for k in range(5)
        ]
        await stores.journal.append(make_batch(*spans, project_id=f"p{n % 3}", received_ms=RECEIVED_MS + n))


async def up_to_date(stores: Stores) -> bool:
    return await stores.indexer.lag() == 0


async def test_rebuilt_index_is_identical(tmp_path: Path) -> None:
    """An index that followed row by row and one built at once from the journal hold the same rows."""
    async with open_stores(tmp_path) as stores, asyncio.TaskGroup() as following:
        task = following.create_task(stores.indexer.run())
        await fill_journal(stores)
        await until(lambda: up_to_date(stores))
        task.cancel()
    followed = dump(tmp_path / "index.db", TABLES)
    assert len(followed["spans"]) > 50
    assert len(followed["redactions"]) == 30
    remove(tmp_path, "index.db*")
    async with open_stores(tmp_path) as stores:
        assert await stores.indexer.lag() > 0
        await stores.indexer.catch_up()
        assert await stores.indexer.lag() == 0
    assert dump(tmp_path / "index.db", TABLES) == followed


async def test_index_of_another_journal_is_discarded(tmp_path: Path) -> None:
    """When the journal was replaced, nothing of the former one's index is shown."""
    async with open_stores(tmp_path) as stores:
        await trace_of(stores, make_span(trace_id="tr_old"))
    remove(tmp_path, "journal.db*")
    async with open_stores(tmp_path) as stores:
        trace = await trace_of(stores, make_span(trace_id="tr_new"))
    assert trace.trace_id == "tr_new"


async def test_index_ahead_of_its_journal_is_discarded(tmp_path: Path) -> None:
    """When the journal was set back to a backup, the index is built anew instead of missing what comes."""
    async with open_stores(tmp_path) as stores:
        await trace_of(stores, make_span())
        await stores.index_writer.run(lambda connection: connection.execute("UPDATE progress SET seq = 99"))
        await stores.indexer.catch_up()
        assert await stores.indexer.lag() == 0
        assert (await trace_of(stores, make_span())).spans == 2


async def test_damaged_row_is_skipped_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A journal row that can't be read is logged, and all the others are indexed."""
    async with open_stores(tmp_path) as stores:
        for n in range(3):
            findings = (Finding("name", "EMAIL", 1, "email"),)
            await stores.journal.append(make_batch(make_span(f"sp_{n}", findings=findings)))
        damage(tmp_path / "journal.db", 2)
        with caplog.at_level(logging.ERROR):
            await stores.indexer.catch_up()
        (trace,) = await index.traces(stores.index_reader, "p1", 2)
        entries = await redactions.page(stores.index_reader, Wanted(), 9)
    assert trace.spans == 2
    assert [entry.span_id for entry in entries] == ["sp_2", "sp_0"]
    assert "journal row 2 is damaged" in caplog.text


async def test_evidence_in_an_older_journal_is_shown(tmp_path: Path) -> None:
    """What was indexed before there was an audit gets into it at the next start, without rule."""
    async with open_stores(tmp_path) as stores:
        await trace_of(stores, make_span("sp_1"))
        former = b'[[0,[["payload.to","EMAIL",2]]]]'
        await stores.journal.writer.run(lambda c: c.execute("UPDATE batches SET findings = ?", (former,)))
    with closing(sqlite3.connect(tmp_path / "index.db")) as connection:
        for table in redactions.TABLES:
            connection.execute(f"DROP TABLE {table}")
        connection.execute("PRAGMA user_version = 1")
    async with open_stores(tmp_path) as stores:
        await stores.indexer.catch_up()
        (entry,) = await redactions.page(stores.index_reader, Wanted(), 9)
    assert (entry.span_id, entry.finding) == ("sp_1", Finding("payload.to", "EMAIL", 2))


async def test_replaced_version_keeps_its_evidence(tmp_path: Path) -> None:
    """When a span's outcome arrives, what was redacted in its pending version stays on record."""
    found = [(Finding("name", kind, 1, kind.lower()),) for kind in ("EMAIL", "PHONE")]
    async with open_stores(tmp_path) as stores:
        await trace_of(stores, make_span("sp_1", status="pending", findings=found[0]))
        trace = await trace_of(stores, make_span("sp_1", status="ok", findings=found[1]))
        entries = await redactions.page(stores.index_reader, Wanted(trace_id="tr_1"), 9)
    assert trace.spans == 1
    assert [entry.finding.type for entry in entries] == ["PHONE", "EMAIL"]
