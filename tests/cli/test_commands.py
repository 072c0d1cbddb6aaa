"""The commands on data: the same answers with a daemon and without one."""

from __future__ import annotations

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from support.proxy import ProxyProcess
from support.site import open_site
from support.spans import make_event, make_events

from jamjet_proxy.cli.main import main


def store(path: Path, *events: object) -> str:
    """Store ``events`` in a data directory with the project alpha; return its key."""

    async def run() -> str:
        async with open_site(path) as site:
            await site.ingest(*events)
            return site.key

    return asyncio.run(run())


def output(capsys: pytest.CaptureFixture[str], path: Path, *arguments: str) -> str:
    """Run a command and return what it prints."""
    capsys.readouterr()
    assert main([*arguments, "--data-dir", str(path)]) == 0
    return capsys.readouterr().out


def as_json(capsys: pytest.CaptureFixture[str], path: Path, *arguments: str) -> Any:
    return json.loads(output(capsys, path, *arguments, "--json"))


def test_create_shows_the_key_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The key is in the answer to create, for people and for programs, and in no list."""
    created = as_json(capsys, tmp_path, "projects", "create", "alpha", "--tier", "team")
    assert set(created) == {"id", "name", "key_prefix", "tier", "created_at", "api_key"}
    assert (created["name"], created["tier"]) == ("alpha", "team")
    text = output(capsys, tmp_path, "projects", "create", "beta")
    assert "    jj_" in text
    listed = as_json(capsys, tmp_path, "projects", "list")
    assert [project["name"] for project in listed] == ["alpha", "beta"]
    table = output(capsys, tmp_path, "projects", "list")
    assert "api_key" not in listed[0]
    assert created["key_prefix"] in table
    assert created["api_key"] not in table


def test_empty_lists_tell_the_next_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On an empty installation every command says what to do, and programs get empty lists."""
    assert "jamjet-proxy projects create NAME" in output(capsys, tmp_path, "projects", "list")
    assert "jamjet-proxy projects create NAME" in output(capsys, tmp_path, "status")
    assert output(capsys, tmp_path, "spans") == "No span has arrived yet.\n"
    assert as_json(capsys, tmp_path, "spans") == []
    assert as_json(capsys, tmp_path, "projects", "list") == []


def test_spans_are_printed_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Spans are a line each, oldest first, with what matters in it."""
    call = make_event(
        kind="llm_call", name="openai.gpt", input_tokens=5, cost_usd=0.25, trace_id="tr_1", status="error"
    )
    store(tmp_path, call, make_event(name="second"))
    first, second = output(capsys, tmp_path, "spans").splitlines()
    assert all(part in first for part in ("alpha", "error", "llm_call", "openai.gpt", "5+0 tokens", "$0.25"))
    assert first.endswith("tr_1")
    assert "second" in second


@pytest.mark.parametrize(
    "fields",
    [
        '"status":null,"kind":null,"name":null,"type":null',
        '"duration_ms":"long","input_tokens":[],"cost_usd":{"a":1}',
        '"duration_ms":null,"name":"\\u001b[2J","cost_usd":1e400',
        '"kind":"\\u0000","extra":{"a":[]}',
    ],
)
def test_odd_spans_are_printed_too(tmp_path: Path, capsys: pytest.CaptureFixture[str], fields: str) -> None:
    """Whatever stands in a span's fields, its line is printed and steers no terminal."""

    async def run() -> None:
        async with open_site(tmp_path) as site:
            body = f'{{"events":[{{"trace_id":"tr_1","span_id":"sp_1",{fields}}}]}}'.encode()
            assert (await site.as_project("POST", "/v1/events/ingest", body=body)).json()["accepted"] == 1
            await site.indexed()

    asyncio.run(run())
    (line,) = output(capsys, tmp_path, "spans").splitlines()
    assert line.endswith("tr_1")
    assert line.isprintable()
    (span,) = as_json(capsys, tmp_path, "spans")
    assert span["span_id"] == "sp_1"


@pytest.mark.parametrize(("limit", "first"), [("1", 1_200), ("600", 601), ("5000", 1)])
def test_limit_reaches_over_pages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], limit: str, first: int
) -> None:
    """The newest N spans are shown, however many pages that takes."""
    store(tmp_path, *make_events(1_200))
    spans = as_json(capsys, tmp_path, "spans", "--limit", limit)
    assert [span["sequence"] for span in spans] == list(range(first, 1_201))
    assert {span["project"] for span in spans} == {"alpha"}


def test_status_shows_ledger_and_destinations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The status names every project's counts and every destination, running or not."""
    config = tmp_path / "config.yaml"
    config.write_text("destinations: {disk: {type: file, directory: archive}}")
    store(tmp_path / "data", *make_events(3), 7)
    text = output(capsys, tmp_path / "data", "status", "--config", str(config))
    assert "not running" in text
    assert re.search(r"redaction: (compiled|python) engine, rules [0-9a-f]{12}\n", text)
    assert "unaccounted events: 0" in text
    assert "not_an_object 1" in text
    assert "stopped" in text
    status = as_json(capsys, tmp_path / "data", "status", "--config", str(config))
    assert (status["running"], status["projects"][0]["accepted"]) == (False, 3)
    assert status["destinations"][0]["pending"] == 3
    assert "spans stay on this machine" in output(capsys, tmp_path / "data", "status")


def test_through_a_daemon(proxy: ProxyProcess) -> None:
    """With a daemon running the commands go through it, and say the same as it."""
    created = proxy.create_project("alpha")
    assert proxy.as_project(created["api_key"], "GET", "/v1/projects").status == 200
    proxy.as_project(created["api_key"], "POST", "/v1/events/ingest", {"events": make_events(3)})
    listed = json.loads(proxy.command("projects", "list", "--json").stdout)
    assert listed == [{name: value for name, value in created.items() if name != "api_key"}]
    status = json.loads(proxy.command("status", "--json").stdout)
    assert status["running"]
    assert status["projects"][0]["accepted"] == 3
    assert len(json.loads(proxy.command("spans", "--json").stdout)) == 3
    refused = proxy.command("projects", "create", "alpha", check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "a project with this name exists" in refused.stderr
    assert proxy.command("spans", "--project", "nobody", check=False).returncode == 3


def test_commands_at_once_take_turns(tmp_path: Path) -> None:
    """Several commands at the same time without a daemon all succeed, one after the other."""
    proxy = ProxyProcess(tmp_path / "data")
    with ThreadPoolExecutor(4) as pool:
        created = list(pool.map(proxy.create_project, [f"p{n}" for n in range(4)]))
    assert len({project["api_key"] for project in created}) == 4
    assert len(json.loads(proxy.command("projects", "list", "--json").stdout)) == 4
