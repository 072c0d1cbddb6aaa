"""GET /v1/traces and GET /v1/traces/{trace_id}."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from support.site import Site, open_site
from support.spans import make_event, make_events

from jamjet_proxy.observe.pages import encode_cursor


async def all_pages(site: Site, path: str, member: str, limit: int) -> list[dict[str, object]]:
    """Return every element of a paged list."""
    found: list[dict[str, object]] = []
    cursor = ""
    while True:
        page = (await site.as_project("GET", f"{path}?limit={limit}{cursor}")).json()
        found += page[member]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def test_summary(tmp_path: Path) -> None:
    """A trace is listed with its counts, sums and times."""
    call = {"kind": "llm_call", "input_tokens": 7, "output_tokens": 2, "cost_usd": 0.5}
    async with open_site(tmp_path) as site:
        await site.ingest(make_event(trace_id="tr_1", **call), make_event(trace_id="tr_1", status="error"))
        answer = (await site.as_project("GET", "/v1/traces")).json()
    (trace,) = answer["traces"]
    assert answer["next_cursor"] is None
    assert trace.pop("last_received_at").endswith("Z")
    # The client's clock is ahead by too little to be doubted, or by so much that ours is shown.
    assert trace.pop("started_at").endswith("Z")
    assert trace == {
        "trace_id": "tr_1",
        "name": "lookup",
        "agent_name": "research-bot",
        "spans": 2,
        "errors": 1,
        "llm_calls": 1,
        "input_tokens": 7,
        "output_tokens": 2,
        "cost_usd": 0.5,
    }


async def test_events_come_back_as_they_were_sent(tmp_path: Path) -> None:
    """A trace holds the stored events under the names of the wire, numbers to the last digit."""
    event = make_event(trace_id="tr_1", payload={"n": 1.0, "big": 123456789012345678901234567890})
    async with open_site(tmp_path) as site:
        await site.ingest(event)
        answer = await site.as_project("GET", "/v1/traces/tr_1")
    assert answer.json() == {"trace_id": "tr_1", "spans": [event], "next_cursor": None}
    assert b'"n":1.0,"big":123456789012345678901234567890' in answer.body.replace(b" ", b"")


@pytest.mark.parametrize("limit", [1, 2, 3, 500])
async def test_pages(tmp_path: Path, limit: int) -> None:
    """Pages of any size, put together, hold every trace and every span once."""
    async with open_site(tmp_path) as site:
        for n in range(5):
            await site.ingest(*make_events(n + 1))
        traces = await all_pages(site, "/v1/traces", "traces", limit)
        assert [trace["spans"] for trace in traces] == [5, 4, 3, 2, 1]
        spans = await all_pages(site, f"/v1/traces/{traces[0]['trace_id']}", "spans", limit)
        assert [span["sequence"] for span in spans] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "trace_id",
    ["a/b", "a//b", "ü-\U0001f600", "100%", "a b", "a?b#c", "a+b", "..", "tr_%2F", "policies", "'\""],
)
async def test_any_trace_id(tmp_path: Path, trace_id: str) -> None:
    """A trace is found under its id, whatever characters that has, once they are escaped."""
    async with open_site(tmp_path) as site:
        await site.ingest(make_event(trace_id=trace_id))
        answer = await site.as_project("GET", f"/v1/traces/{quote(trace_id, safe='')}")
    assert (answer.status, answer.json()["trace_id"], len(answer.json()["spans"])) == (200, trace_id, 1)


async def test_raw_slashes_in_a_trace_id(tmp_path: Path) -> None:
    """A slash in an id may also stand as it is."""
    async with open_site(tmp_path) as site:
        await site.ingest(make_event(trace_id="a/b/c"))
        assert (await site.as_project("GET", "/v1/traces/a/b/c")).json()["trace_id"] == "a/b/c"


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/traces/tr_1", "/v1/spans"])
@pytest.mark.parametrize("limit", ["0", "501", "x", "", "-1"])
async def test_bad_limits(tmp_path: Path, path: str, limit: str) -> None:
    """Each list refuses a limit that is none."""
    async with open_site(tmp_path) as site:
        await site.ingest(make_event(trace_id="tr_1"))
        answer = await site.as_project("GET", f"{path}?limit={limit}")
    assert (answer.status, answer.code, answer.json()["field"]) == (400, "invalid_request", "limit")


@pytest.mark.parametrize(
    "place", ["/v1/traces?cursor=", "/v1/traces/tr_1?cursor=", "/v1/spans?before=", "/v1/spans?after="]
)
@pytest.mark.parametrize(
    "cursor", ["x", "%FF", "%00", "e30", encode_cursor([1 << 70, 0]), encode_cursor([-(1 << 70), 0])]
)
async def test_bad_cursors(tmp_path: Path, place: str, cursor: str) -> None:
    """Each list refuses a cursor that it never gave out."""
    async with open_site(tmp_path) as site:
        await site.ingest(make_event(trace_id="tr_1"))
        answer = await site.as_project("GET", place + cursor)
    assert (answer.status, answer.code, answer.json()["field"]) == (400, "invalid_request", "cursor")


async def test_unknown_trace(tmp_path: Path) -> None:
    """A trace that isn't there is 404."""
    async with open_site(tmp_path) as site:
        answer = await site.as_project("GET", "/v1/traces/tr_nowhere")
    assert (answer.status, answer.code) == (404, "not_found")
