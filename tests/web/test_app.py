"""The route table as clients find it: odd paths, odd methods, and faults of our own."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from support.site import open_site
from support.spans import make_event
from yarl import URL

from jamjet_proxy.observe.traces import Traces
from jamjet_proxy.web.app import ROUTES

SECRET = "text of a payload"


@pytest.mark.parametrize("slashes", ["/", "//", "///"])
async def test_leading_slashes_collapse(tmp_path: Path, slashes: str) -> None:
    """A base URL with a trailing slash, which makes clients ask for //v1/..., works on every route."""
    async with open_site(tmp_path) as site:
        for method, path, _ in ROUTES:
            if method == "GET" and "{" not in path:
                answer = await site.as_operator("GET", f"{slashes}{path[1:]}?project=alpha")
                assert answer.status in (200, 403), path
        answer = await site.as_project("POST", f"{slashes}v1/events/ingest", content={"events": []})
        assert answer.status == 200


@pytest.mark.parametrize(
    "label",
    ["default", "my%20app/x", "my%20app%2Fx", "a/b/c", "%C3%BC", "..%2F..", "policies", "%00", "%FF", "a//b"],
)
@pytest.mark.parametrize("what", ["policies", "readiness"])
async def test_any_project_label(tmp_path: Path, label: str, what: str) -> None:
    """Whatever a client calls its project, slashes raw or escaped, its key's project answers."""
    async with open_site(tmp_path) as site:
        answer = await site.as_project("GET", f"/v1/projects/{label}/{what}")
        assert answer.status == 200
        expected = {"rules": []} if what == "policies" else {"ready": True, "project": "alpha"}
        assert answer.json() == expected


async def test_policies_by_kind(tmp_path: Path) -> None:
    """The TypeScript SDK's fetch by kind is answered with an empty list."""
    async with open_site(tmp_path) as site:
        answer = await site.as_project("GET", "/v1/policies?kind=cache_inject&active=true")
        assert answer.json() == {"policies": []}


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "/v1/nothing", "/v1/traces/", "/favicon.ico", "/%00", "/%FF"]
)
async def test_unknown_routes(tmp_path: Path, path: str) -> None:
    """What doesn't exist is a problem document like any other."""
    async with open_site(tmp_path) as site:
        answer = await site.as_operator("GET", path)
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/events/ingest", {"POST"}),
        ("DELETE", "/v1/projects", {"GET", "POST"}),
        ("PUT", "/v1/traces/tr_1", {"GET"}),
        ("OPTIONS", "/v1/status", {"GET"}),
        ("PATCH", "//healthz", {"GET"}),
        ("PROPFIND", "/metrics", {"GET"}),
    ],
)
async def test_wrong_methods(tmp_path: Path, method: str, path: str, allowed: set[str]) -> None:
    """A route that doesn't answer a method says which ones it does."""
    async with open_site(tmp_path) as site:
        answer = await site.as_operator(method, path)
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].replace(" ", "").split(",")) == allowed


@pytest.mark.parametrize(
    "target",
    [
        b"/v1/traces/\xff",
        b"/v1/traces/\xc3\xa9",
        b"/v1/traces?project=\xff",
        b"/v1/spans?limit=\xff",
        b"/\x80",
    ],
)
async def test_bytes_in_the_target(tmp_path: Path, target: bytes) -> None:
    """Bytes no URL may hold are the client's mistake, never a fault of ours."""
    async with open_site(tmp_path) as site:
        answer = await site.raw(
            b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Authorization: Bearer " + site.token.encode() + b"\r\n\r\n"
        )
    assert 400 <= int(answer.split(b" ")[1]) < 500


async def test_our_own_faults_say_nothing_of_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected error is a 500 without details; the log names its kind and place but not its words."""

    async def broken(*arguments: object) -> object:
        raise LookupError(SECRET)

    monkeypatch.setattr(Traces, "newest", broken)
    with caplog.at_level(logging.ERROR):
        async with open_site(tmp_path) as site:
            answer = await site.as_project("GET", "/v1/traces")
    assert (answer.status, answer.code) == (500, "internal_error")
    assert SECRET.encode() not in answer.body
    assert "failed with LookupError" in caplog.text
    assert SECRET not in caplog.text


async def test_keep_alive_survives_errors(tmp_path: Path) -> None:
    """A refused request doesn't desynchronise the connection it came on."""
    async with open_site(tmp_path) as site:
        for _ in range(3):
            assert (await site.as_project("POST", "/v1/events/ingest", body=b"{")).status == 400
            assert (await site.as_project("GET", "/nowhere")).status == 404
            assert (await site.ingest(make_event()))["accepted"] == 1


async def test_listens_on_both_loopbacks(tmp_path: Path) -> None:
    """Clients that try IPv6 first for localhost find the proxy there."""
    async with open_site(tmp_path) as site:
        port = URL(site.url).port
        async with site.session.get(f"http://[::1]:{port}/healthz") as response:
            assert response.status == 200
