"""GET /v1/redaction/audit and /v1/redaction/summary."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from support.site import Site, open_site
from support.spans import make_event

from jamjet_proxy.observe.pages import encode_cursor

ANN, BOB, CALL = "ann@example.com", "bob@example.org", "+1 202-555-0143"


async def entries(site: Site, query: str = "", credential: str | None = None) -> list[dict[str, Any]]:
    """Return the entries of one page, for the operator unless told otherwise."""
    answer = await site.ask("GET", f"/v1/redaction/audit?{query}", credential or site.token)
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.json()["redactions"]
    return found


async def test_entry_tells_what_was_done_and_to_nobody_what_it_was(tmp_path: Path) -> None:
    """Each entry names time, project, span, place, type, rule, count and rules; no value is in any answer."""
    event = make_event(trace_id="tr_1", span_id="sp_1", payload={"to": [f"{ANN} {BOB}"], CALL: 1})
    async with open_site(tmp_path) as site:
        await site.ingest(event)
        found = await entries(site)
        answers = [
            (await site.as_operator("GET", path)).body
            for path in ("/v1/redaction/audit", "/v1/redaction/summary", "/metrics", "/v1/status")
        ]
        version = (await site.as_operator("GET", "/v1/status")).json()["redaction"]["rules_version"]
    by_type = {entry["type"]: entry for entry in found}
    assert set(by_type) == {"EMAIL", "PHONE"}
    assert by_type["EMAIL"].pop("time").endswith("Z")
    assert by_type["EMAIL"] == {
        "project": "alpha",
        "trace_id": "tr_1",
        "span_id": "sp_1",
        "path": "payload.to[0]",
        "type": "EMAIL",
        "rule": "email",
        "count": 2,
        "shadow": False,
        "rules_version": version,
    }
    for answer in answers:
        assert not any(value.encode() in answer for value in (ANN, BOB, CALL, "555"))


async def test_projects_see_their_own(tmp_path: Path) -> None:
    """A key shows its own project whatever it asks for; the operator sees all, or the one it names."""
    async with open_site(tmp_path) as site:
        beta = await site.create("beta")
        await site.ingest(make_event(name=ANN))
        await site.ingest(make_event(name=BOB), key=beta.api_key)
        assert {e["project"] for e in await entries(site)} == {"alpha", "beta"}
        assert {e["project"] for e in await entries(site, "project=beta")} == {"beta"}
        assert {e["project"] for e in await entries(site, "project=beta", site.key)} == {"alpha"}
        summary = (await site.as_project("GET", "/v1/redaction/summary?project=beta")).json()
        assert [bucket["count"] for bucket in summary["buckets"]] == [1]
        for route in ("audit", "summary"):
            answer = await site.as_operator("GET", f"/v1/redaction/{route}?project=nobody")
            assert (answer.status, answer.code, answer.json()["field"]) == (404, "not_found", "project")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("type=EMAIL", 2),
        ("type=email_address", 2),
        ("type=PHONE", 1),
        ("type=telepathy", 0),
        ("rule=phone", 1),
        ("rule=phon", 0),
        ("path=payload.", 2),
        (f"path={quote('payload.to[')}", 1),
        ("trace_id=tr_1", 2),
        ("trace_id=tr_2&type=email", 1),
        ("since=2020-01-01", 3),
        ("until=2020-01-01T00:00:00Z", 0),
        ("since=99999999999999", 0),
        ("trace_id=%00", 0),
        ("path=%F0%9F%98%80", 0),
        ("rule=%FF", 0),
    ],
)
async def test_filters(tmp_path: Path, query: str, count: int) -> None:
    """Each filter narrows the list."""
    async with open_site(tmp_path) as site:
        await site.ingest(make_event(trace_id="tr_1", payload={"to": [ANN], "call": CALL}))
        await site.ingest(make_event(trace_id="tr_2", name=BOB))
        assert len(await entries(site, query)) == count


@pytest.mark.parametrize("limit", [1, 2, 500])
async def test_pages(tmp_path: Path, limit: int) -> None:
    """Pages of any size, put together, hold every entry once, newest first."""
    async with open_site(tmp_path) as site:
        for n in range(4):
            await site.ingest(make_event(span_id=f"sp_{n}", name=ANN, payload={"to": BOB}))
        found: list[str] = []
        cursor = ""
        while True:
            page = (await site.as_project("GET", f"/v1/redaction/audit?limit={limit}{cursor}")).json()
            found += [entry["span_id"] for entry in page["redactions"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
    assert found == [f"sp_{n}" for n in (3, 3, 2, 2, 1, 1, 0, 0)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("audit?limit=0", "limit"),
        ("audit?cursor=x", "cursor"),
        (f"audit?cursor={encode_cursor([1, 0])}", "cursor"),
        (f"audit?cursor={encode_cursor([1 << 70, 0, 0])}", "cursor"),
        ("audit?since=yesterday", "since"),
        ("audit?until=", "until"),
        ("summary?since=-1", "since"),
        ("summary?until=soon", "until"),
    ],
)
async def test_bad_parameters(tmp_path: Path, query: str, field: str) -> None:
    """A parameter that makes no sense is refused by its name."""
    async with open_site(tmp_path) as site:
        answer = await site.as_operator("GET", f"/v1/redaction/{query}")
    assert (answer.status, answer.code, answer.json()["field"]) == (400, "invalid_request", field)


async def test_summary(tmp_path: Path) -> None:
    """Values are counted by type in buckets of whole minutes, of the last day or of the time asked for."""
    async with open_site(tmp_path) as site:
        await site.ingest(make_event(payload={"to": f"{ANN} {BOB}", "call": CALL}))
        day = (await site.as_operator("GET", "/v1/redaction/summary")).json()
        past = (await site.as_operator("GET", "/v1/redaction/summary?until=2020-01-01")).json()
        odd = (
            await site.as_operator("GET", "/v1/redaction/summary?since=2020-01-01&until=2019-01-01")
        ).json()
    assert day["bucket_seconds"] == 360
    assert [(b["type"], b["shadow"], b["count"]) for b in day["buckets"]] == [
        ("EMAIL", False, 2),
        ("PHONE", False, 1),
    ]
    assert day["buckets"][0]["start"].endswith(":00.000Z")
    assert (past["buckets"], odd["buckets"]) == ([], [])
