"""POST /v1/events/ingest."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from support.site import open_site
from support.spans import make_event, make_events
from support.stores import accept, fill_up, make_room, noise, refuse


async def test_receipt(tmp_path: Path) -> None:
    """The answer counts what became of the events and names what was refused."""
    event = make_event(trace_id="tr_1")
    async with open_site(tmp_path) as site:
        receipt = await site.ingest(event, 7, event, {"trace_id": 5})
    assert receipt == {
        "accepted": 2,
        "duplicates": 1,
        "rejected": 2,
        "trace_ids": ["tr_1"],
        "errors": [
            {"index": 1, "error": "the event is not a JSON object", "reason": "not_an_object"},
            {"index": 3, "error": "trace_id: wrong type, a string is expected", "reason": "invalid_field"},
        ],
    }


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "deflate", "identity"])
async def test_codings(tmp_path: Path, coding: str) -> None:
    """Compressed bodies are understood, and their inflated size is what counts."""
    text = json.dumps({"events": make_events(20)}).encode()
    encode: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress}
    body = encode.get(coding.lower(), bytes)(text)
    async with open_site(tmp_path) as site:
        answer = await site.as_project(
            "POST", "/v1/events/ingest", body=body, headers={"Content-Encoding": coding}
        )
        assert answer.json()["accepted"] == 20


@pytest.mark.parametrize(
    ("body", "coding", "status", "code"),
    [
        (b"", "", 400, "malformed_body"),
        (b"{", "", 400, "malformed_body"),
        (b"\xff", "", 400, "malformed_body"),
        (b"[]", "", 400, "invalid_request"),
        (b"{}", "", 400, "invalid_request"),
        (b'{"events":null}', "", 400, "invalid_request"),
        (b'{"events":[]}', "gzip", 400, "malformed_body"),
        (gzip.compress(b'{"events":[]}')[:-1], "gzip", 400, "malformed_body"),
        (gzip.compress(b"\0" * (3 << 20)), "gzip", 413, "body_too_large"),
        (b'{"events":[]}', "br", 415, "unsupported_encoding"),
        (b'{"events":[]}', "gzip, gzip", 415, "unsupported_encoding"),
    ],
)
async def test_unreadable_bodies(tmp_path: Path, body: bytes, coding: str, status: int, code: str) -> None:
    """Each kind of unreadable body has its own answer, and the next request is as good as ever."""
    headers = {"Content-Encoding": coding} if coding else {}
    async with open_site(tmp_path) as site:
        answer = await site.as_project("POST", "/v1/events/ingest", body=body, headers=headers)
        assert (answer.status, answer.code) == (status, code)
        assert (await site.ingest(make_event()))["accepted"] == 1


async def test_full_disk_and_back(tmp_path: Path) -> None:
    """While the disk is full the answer is 503 with Retry-After; with room again the same body is taken."""
    content = {"events": [make_event(payload=noise(50_000))]}
    async with open_site(tmp_path) as site:
        await site.on_journal(fill_up)
        answer = await site.as_project("POST", "/v1/events/ingest", content=content)
        assert (answer.status, answer.code) == (503, "storage_full")
        assert answer.headers["Retry-After"] == "1"
        assert "free disk space" in answer.json()["hint"]
        await site.on_journal(make_room)
        answer = await site.as_project("POST", "/v1/events/ingest", content=content)
        assert (answer.status, answer.json()["accepted"], answer.json()["duplicates"]) == (200, 1, 0)


async def test_failing_store_and_back(tmp_path: Path) -> None:
    """A journal that refuses writes means 503, and nothing was taken for known."""
    content = {"events": make_events(3)}
    async with open_site(tmp_path) as site:
        await site.on_journal(refuse("batches"))
        answer = await site.as_project("POST", "/v1/events/ingest", content=content)
        assert (answer.status, answer.code) == (503, "storage_unavailable")
        await site.on_journal(accept)
        answer = await site.as_project("POST", "/v1/events/ingest", content=content)
        assert (answer.status, answer.json()["accepted"], answer.json()["duplicates"]) == (200, 3, 0)


async def test_the_key_decides_and_not_the_label(tmp_path: Path) -> None:
    """Spans belong to the key's project, whatever project the body names."""
    async with open_site(tmp_path) as site:
        other = await site.create("beta")
        content = {"project": "beta", "events": [make_event(trace_id="tr_1")]}
        await site.as_project("POST", "/v1/events/ingest", content=content)
        await site.indexed()
        assert (await site.as_project("GET", "/v1/traces/tr_1")).status == 200
        assert (await site.ask("GET", "/v1/traces/tr_1", other.api_key)).status == 404
