"""GET /v1/spans."""

from __future__ import annotations

from pathlib import Path

from support.site import open_site
from support.spans import make_event, make_events


async def test_stream_of_all_projects_for_the_operator(tmp_path: Path) -> None:
    """The operator sees every project's spans with their names, a project only its own."""
    async with open_site(tmp_path) as site:
        other = await site.create("beta")
        await site.ingest(make_event(span_id="sp_1"))
        await site.ingest(make_event(span_id="sp_2"), key=other.api_key)
        everything = (await site.as_operator("GET", "/v1/spans")).json()["spans"]
        assert [(s["project"], s["event"]["span_id"]) for s in everything] == [
            ("alpha", "sp_1"),
            ("beta", "sp_2"),
        ]
        named = (await site.as_operator("GET", "/v1/spans?project=beta")).json()["spans"]
        assert [s["event"]["span_id"] for s in named] == ["sp_2"]
        own = (await site.as_project("GET", "/v1/spans")).json()["spans"]
        assert [s["event"]["span_id"] for s in own] == ["sp_1"]


async def test_older_and_newer(tmp_path: Path) -> None:
    """From a page on, one can walk back to what was and wait for what comes."""
    async with open_site(tmp_path) as site:
        await site.ingest(*make_events(5))
        page = (await site.as_project("GET", "/v1/spans?limit=2")).json()
        assert [s["event"]["sequence"] for s in page["spans"]] == [4, 5]
        older = (await site.as_project("GET", f"/v1/spans?limit=9&before={page['older_cursor']}")).json()
        assert [s["event"]["sequence"] for s in older["spans"]] == [1, 2, 3]
        assert older["older_cursor"] is None
        await site.ingest(make_event(sequence=6))
        newer = (await site.as_project("GET", f"/v1/spans?after={page['newer_cursor']}")).json()
        assert [s["event"]["sequence"] for s in newer["spans"]] == [6]
