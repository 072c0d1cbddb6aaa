"""Who may do what: every route with every kind of credential."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from support.site import Answer, Site, open_site
from support.spans import make_event

from jamjet_proxy.crypto import project_keys
from jamjet_proxy.web.app import ROUTES

# (method, path, body) -> status for: no credential, a wrong key, a project's key, the operator's token
MATRIX: list[tuple[str, str, object, tuple[int, int, int, int]]] = [
    ("POST", "/v1/events/ingest", {"events": []}, (401, 401, 200, 403)),
    ("GET", "/v1/projects", None, (401, 401, 200, 200)),
    ("POST", "/v1/projects", {"name": "new"}, (401, 401, 403, 201)),
    ("GET", "/v1/projects/any/policies", None, (401, 401, 200, 403)),
    ("GET", "/v1/projects/any/readiness", None, (401, 401, 200, 403)),
    ("GET", "/v1/policies", None, (401, 401, 200, 403)),
    ("GET", "/v1/traces", None, (401, 401, 200, 400)),
    ("GET", "/v1/traces/tr_1", None, (401, 401, 200, 400)),
    ("GET", "/v1/spans", None, (401, 401, 200, 200)),
    ("GET", "/v1/redaction/audit", None, (401, 401, 200, 200)),
    ("GET", "/v1/redaction/summary", None, (401, 401, 200, 200)),
    ("POST", "/v1/redaction/test", {"text": "hello"}, (401, 401, 403, 200)),
    ("GET", "/v1/status", None, (401, 401, 403, 200)),
    ("GET", "/healthz", None, (200, 200, 200, 200)),
    ("GET", "/readyz", None, (200, 200, 200, 200)),
    ("GET", "/metrics", None, (200, 200, 200, 200)),
    ("GET", "/openapi.json", None, (200, 200, 200, 200)),
]


def test_matrix_names_every_route() -> None:
    """A new route can't be forgotten here."""
    named = {(method, path.replace("/any/", "/{}/").replace("tr_1", "{}")) for method, path, _, _ in MATRIX}
    routes = {
        (method, path.replace("{project:.+}", "{}").replace("{trace_id:.+}", "{}"))
        for method, path, _ in ROUTES
    }
    assert named == routes


@pytest.mark.parametrize(("method", "path", "content", "statuses"), MATRIX)
async def test_matrix(
    tmp_path: Path, method: str, path: str, content: object, statuses: tuple[int, int, int, int]
) -> None:
    """Each route answers each credential as the table says."""
    async with open_site(tmp_path) as site:
        await site.ingest(make_event(trace_id="tr_1"))
        credentials = (None, project_keys.mint(), site.key, site.token)
        answers = [await site.ask(method, path, c, content=content) for c in credentials]
    assert tuple(answer.status for answer in answers) == statuses
    for answer in answers:
        if answer.status >= 400:
            assert answer.code in ("unauthorized", "forbidden", "invalid_request")
        if answer.status == 401:
            assert answer.headers["WWW-Authenticate"] == "Bearer"


async def ask_with(site: Site, header: str) -> Answer:
    return await site.ask("GET", "/v1/projects", headers={"Authorization": header})


async def test_scheme_and_blanks_do_not_matter(tmp_path: Path) -> None:
    """The scheme may be written in any case and with any number of blanks, as clients do."""
    async with open_site(tmp_path) as site:
        for header in (f"bearer {site.key}", f"BEARER   {site.key} ", f"Bearer {site.key}"):
            assert (await ask_with(site, header)).status == 200


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "{key}", "Basic {key}", "Bearer {key}x", "Bearer x{key}", "Bearer {key} {key}"],
)
async def test_malformed_credentials_are_nobody(tmp_path: Path, header: str) -> None:
    """Anything else than one whole credential behind the scheme is refused."""
    async with open_site(tmp_path) as site:
        assert (await ask_with(site, header.format(key=site.key))).status == 401


@pytest.mark.parametrize("junk", [b"\xff\xfe", b"jj_\xc3\xa9", b"jj_" + b"0" * 60_000, b"jjop_\xed\xa0\x80"])
async def test_junk_bytes_are_nobody(tmp_path: Path, junk: bytes) -> None:
    """Bytes that are no text, or far too many, are a wrong credential and no accident."""
    async with open_site(tmp_path) as site:
        answer = await site.raw(
            b"GET /v1/projects HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Authorization: Bearer " + junk + b"\r\n\r\n"
        )
    assert answer.split(b" ")[1] in (b"401", b"400")


async def test_the_operator_names_a_project(tmp_path: Path) -> None:
    """With the operator's token the query says whose traces are meant; a wrong name isn't found."""
    async with open_site(tmp_path) as site:
        await site.ingest(make_event(trace_id="tr_1"))
        answer = await site.as_operator("GET", "/v1/traces?project=alpha")
        assert [trace["trace_id"] for trace in answer.json()["traces"]] == ["tr_1"]
        assert (await site.as_operator("GET", "/v1/traces/tr_1?project=alpha")).status == 200
        for path in ("/v1/traces?project=nobody", "/v1/traces/tr_1?project=", "/v1/spans?project=x"):
            missing = await site.as_operator("GET", path)
            assert (missing.status, missing.code, missing.json()["field"]) == (404, "not_found", "project")


async def test_a_key_cannot_name_another_project(tmp_path: Path) -> None:
    """Whatever project the query names, a key sees its own data only."""
    async with open_site(tmp_path) as site:
        other = await site.create("beta")
        await site.ingest(make_event(trace_id="tr_alpha"))
        await site.ingest(make_event(trace_id="tr_beta"), key=other.api_key)
        for path in ("/v1/traces?project=alpha", "/v1/spans?project=alpha"):
            text = (await site.ask("GET", path, other.api_key)).body.decode()
            assert "tr_beta" in text
            assert "tr_alpha" not in text
        answer = await site.ask("GET", "/v1/traces/tr_alpha?project=alpha", other.api_key)
        assert (answer.status, answer.code) == (404, "not_found")


async def test_authentication_comes_before_the_body(tmp_path: Path) -> None:
    """Who has no key is refused without being listened to."""
    async with open_site(tmp_path) as site:
        answer = await site.raw(
            b"POST /v1/events/ingest HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\nContent-Length: 50000000\r\n\r\n{"
        )
    assert answer.split(b" ")[1] == b"401"


async def test_refusals_are_counted_and_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The operator hears of a wrong key once, by its prefix, and how many requests were refused."""
    wrong = project_keys.mint()
    with caplog.at_level(logging.WARNING):
        async with open_site(tmp_path) as site:
            for _ in range(3):
                await site.ask("POST", "/v1/events/ingest", wrong, content={"events": []})
            await site.ask("GET", "/v1/projects")
            status = (await site.as_operator("GET", "/v1/status")).json()
    said = [record.getMessage() for record in caplog.records if "refused a request" in record.getMessage()]
    assert len(said) == 2
    assert f"key {wrong[:11]}..." in said[0]
    assert wrong not in caplog.text
    assert status["refused_credentials"] == 4
