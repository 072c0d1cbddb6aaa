"""GET and POST /v1/projects."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.site import open_site

CREATED = {"id", "name", "key_prefix", "tier", "created_at", "api_key"}


async def test_create(tmp_path: Path) -> None:
    """The answer to a creation holds the key, may not be cached, and the key works at the next request."""
    async with open_site(tmp_path) as site:
        answer = await site.as_operator("POST", "/v1/projects", content={"name": "my app", "tier": "team"})
        project = answer.json()
        assert (answer.status, answer.headers["Cache-Control"]) == (201, "no-store")
        assert set(project) == CREATED
        assert re.fullmatch(r"jj_[0-9a-f]{32}", project["api_key"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", project["created_at"])
        own = await site.ask("GET", "/v1/projects", project["api_key"])
        assert own.json() == {"projects": [{k: v for k, v in project.items() if k != "api_key"}]}


async def test_list_never_holds_a_key(tmp_path: Path) -> None:
    """Neither the operator nor a project ever sees a key again, its own included."""
    async with open_site(tmp_path) as site:
        keys = [site.key, (await site.create("beta")).api_key]
        for credential in (site.token, *keys):
            answer = await site.ask("GET", "/v1/projects", credential)
            assert all(set(project) == CREATED - {"api_key"} for project in answer.json()["projects"])
            assert not any(key[11:].encode() in answer.body for key in keys)
        listed = (await site.as_operator("GET", "/v1/projects")).json()["projects"]
        assert [project["name"] for project in listed] == ["alpha", "beta"]


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b"", 400, "malformed_body", None),
        (b"{", 400, "malformed_body", None),
        (b'{"name":"\\ud800"}', 400, "malformed_body", None),
        (b'{"name":"\xff"}', 400, "malformed_body", None),
        (b"[" * 100_000, 400, "invalid_request", "name"),
        (b'{"name":' + b"[" * 100_000, 400, "invalid_request", "name"),
        (b"[]", 400, "invalid_request", "name"),
        (b"null", 400, "invalid_request", "name"),
        (b"{}", 400, "invalid_request", "name"),
        (b'{"name":null}', 400, "invalid_request", "name"),
        (b'{"name":7}', 400, "invalid_request", "name"),
        (b'{"name":""}', 400, "invalid_request", "name"),
        (b'{"name":"a","tier":7}', 400, "invalid_request", "tier"),
        (b'{"name":"a","tier":""}', 400, "invalid_request", "tier"),
        (b'{"name":"a","key":"x"}', 400, "invalid_request", "name"),
        (b'{"name":"alpha"}', 409, "conflict", "name"),
    ],
)
async def test_refusals(tmp_path: Path, body: bytes, status: int, code: str, field: str | None) -> None:
    """Each mistake has its answer, names the field, and creates nothing."""
    async with open_site(tmp_path) as site:
        answer = await site.as_operator("POST", "/v1/projects", body=body)
        assert (answer.status, answer.code, answer.json().get("field")) == (status, code, field)
        assert len(site.services.projects.all()) == 1


async def test_pasted_key_is_not_echoed(tmp_path: Path) -> None:
    """A key given as a name is refused without appearing in the answer."""
    async with open_site(tmp_path) as site:
        answer = await site.as_operator("POST", "/v1/projects", content={"name": site.key})
        assert answer.status == 400
        assert site.key.encode() not in answer.body
