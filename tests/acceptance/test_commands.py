"""The commands, with a daemon running and without one; their exit codes and what programs read from them."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.proxy import PROGRAM, MakeProxy, ProxyProcess, clean_environment, eventually
from support.sdk import finish_script, start_file
from support.spans import make_event, make_events

HERE = {"with a daemon": True, "without one": False}


@pytest.mark.parametrize("daemon", HERE.values(), ids=HERE.keys())
def test_commands_work_with_and_without_a_daemon(make_proxy: MakeProxy, daemon: bool) -> None:
    """Projects, spans and status say the same either way."""
    proxy = make_proxy().start()
    key = proxy.create_project("before")["api_key"]
    events = [make_event(name="first"), make_event(name="second", kind="llm_call", cost_usd=0.25)]
    proxy.as_project(key, "POST", "/v1/events/ingest", {"events": events})
    if not daemon:
        proxy.stop()

    created = json.loads(proxy.command("projects", "create", "now", "--json").stdout)
    assert set(created) == {"id", "name", "key_prefix", "tier", "created_at", "api_key"}
    assert re.fullmatch("jj_[0-9a-f]{32}", created["api_key"])
    listed = json.loads(proxy.command("projects", "list", "--json").stdout)
    assert [project["name"] for project in listed] == ["before", "now"]
    assert "before" in proxy.command("projects", "list").stdout

    spans = json.loads(proxy.command("spans", "--json").stdout)
    assert [(span["project"], span["name"]) for span in spans] == [("before", "first"), ("before", "second")]
    assert json.loads(proxy.command("spans", "--json", "--limit", "1").stdout) == spans[1:]
    assert json.loads(proxy.command("spans", "--json", "--project", "now").stdout) == []
    assert "$0.25" in proxy.command("spans").stdout.splitlines()[-1]

    status = json.loads(proxy.command("status", "--json").stdout)
    assert (status["running"], status["unaccounted"]) == (daemon, 0)
    assert [project["accepted"] for project in status["projects"]] == [2, 0]
    assert ("not running" in proxy.command("status").stdout) is not daemon


def test_what_a_command_created_works_in_the_daemon_at_once(proxy: ProxyProcess) -> None:
    """A command beside a running daemon goes through it, so its key is good at the next request."""
    key = json.loads(proxy.command("projects", "create", "fresh", "--json").stdout)["api_key"]
    assert proxy.as_project(key, "GET", "/v1/traces").status == 200


def test_following_prints_a_line_per_span_as_it_arrives(proxy: ProxyProcess, tmp_path: Path) -> None:
    """``spans --follow --json`` shows what was there, then each new span, until it is interrupted."""
    key = proxy.create_project("live")["api_key"]
    out = tmp_path / "followed"
    _post(proxy, key, 2)
    eventually(lambda: len(proxy.spans(key)) == 2)
    with out.open("wb") as file:
        follower = subprocess.Popen(
            [PROGRAM, "spans", "--follow", "--json", "--data-dir", str(proxy.data_dir)],
            env=clean_environment(),
            stdout=file,
            stderr=subprocess.PIPE,
        )
    try:
        for total, more in ((2, 0), (3, 1), (653, 650)):
            _post(proxy, key, more)
            eventually(lambda total=total: out.read_bytes().count(b"\n") == total)  # type: ignore[misc]
        follower.send_signal(signal.SIGINT)
        _, complaints = follower.communicate(timeout=10)
    finally:
        follower.kill()
    lines = [json.loads(line) for line in out.read_text().removesuffix("\n").split("\n")]
    assert [line["span_id"] for line in lines] == [span["span_id"] for span in proxy.spans(key)]
    assert {line["project"] for line in lines} == {"live"}
    assert b"Traceback" not in complaints


def test_following_without_a_daemon_exits_4(make_proxy: MakeProxy) -> None:
    """Nothing can arrive then, and the message says how to start one."""
    done = make_proxy().command("spans", "--follow", check=False)
    assert done.returncode == 4
    assert "jamjet-proxy serve" in done.stderr


@pytest.mark.parametrize("daemon", HERE.values(), ids=HERE.keys())
def test_an_unknown_project_exits_3(make_proxy: MakeProxy, daemon: bool) -> None:
    """Spans of a project that doesn't exist are not an empty list."""
    proxy = make_proxy()
    if daemon:
        proxy.start()
    done = proxy.command("spans", "--project", "nobody", "--json", check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert "there is no project of this name" in done.stderr


def test_a_taken_name_exits_1(proxy: ProxyProcess) -> None:
    """A second project of the same name is refused in one line."""
    proxy.create_project("one")
    done = proxy.command("projects", "create", "one", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr


def test_a_taken_port_exits_1(proxy: ProxyProcess, make_proxy: MakeProxy) -> None:
    """The message names the address and the option that chooses another."""
    address = urlsplit(proxy.url).netloc
    done = make_proxy(name="other").command("serve", "--listen", address, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"cannot listen on {address}" in done.stderr
    assert "--listen HOST:PORT" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [["serve"], ["check-config"], ["status"], ["projects", "list"]])
def test_a_bad_configuration_exits_2_with_file_and_line(make_proxy: MakeProxy, command: list[str]) -> None:
    """Every mistake is told with its place, and nothing is started or created."""
    proxy = make_proxy(
        "server:\n  listen: 127.0.0.1:7717\nredaction:\n  types: [email, telepathy]\nserve: 1\n"
    )
    done = proxy.command(*command, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "data.yaml:4: redaction.types[1]: " in done.stderr
    assert "data.yaml:5: " in done.stderr
    assert not proxy.data_dir.exists()


@pytest.mark.parametrize(
    "arguments", [[], ["sing"], ["serve", "--listen", "nowhere"], ["spans", "--limit", "0"]]
)
def test_wrong_usage_exits_2(make_proxy: MakeProxy, arguments: list[str]) -> None:
    """What can't be understood is refused before anything is touched."""
    proxy = make_proxy()
    done = subprocess.run(
        [PROGRAM, *arguments],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "usage: jamjet-proxy" in done.stderr
    assert not proxy.data_dir.exists()


def test_the_first_project_is_created_once(make_proxy: MakeProxy) -> None:
    """Its key is printed once, with the lines that point an SDK here; the next start prints none."""
    proxy = make_proxy().start("--first-project", "my-app-dev")
    said = proxy.log.read_text()
    keys = set(re.findall(r"jj_[0-9a-f]{32}", said))
    assert len(keys) == 1
    key = keys.pop()
    assert f"export JAMJET_API_URL={proxy.url}\n" in said
    assert f"export JAMJET_API_KEY={key}\n" in said
    assert str(proxy.data_dir) in said
    assert proxy.as_project(key, "GET", "/v1/projects").json()["projects"][0]["name"] == "my-app-dev"
    proxy.stop()
    proxy.start("--first-project", "my-app-dev")
    assert "jj_" not in proxy.log.read_text()[len(said) :]
    proxy.stop()
    proxy.start("--first-project", "another")
    assert "jj_" not in proxy.log.read_text()[len(said) :]
    assert len(json.loads(proxy.command("projects", "list", "--json").stdout)) == 1


def test_the_lines_shown_to_a_new_user_run_as_they_are(make_proxy: MakeProxy, tmp_path: Path) -> None:
    """The Python lines of the welcome are a whole program, and its span arrives."""
    proxy = make_proxy().start("--first-project", "my-app-dev")
    said = proxy.log.read_text()
    start, end = said.index("    import os"), said.index("Everything is kept in")
    program = tmp_path / "hello.py"
    program.write_text("\n".join(line.removeprefix("    ") for line in said[start:end].splitlines()))
    environment = dict(re.findall(r"export (JAMJET_\w+)=(\S+)", said))
    finish_script(start_file(program, **environment))
    key = environment["JAMJET_API_KEY"]
    (span,) = eventually(lambda: proxy.spans(key))
    assert (span["name"], span["status"]) == ("hello", "ok")


def test_the_version_is_told_by_script_and_module(tmp_path: Path) -> None:
    """``jamjet-proxy`` and ``python -m jamjet_proxy`` are the same program, from any folder."""
    said = {
        subprocess.run(
            [*program, "version"], cwd=tmp_path, env=clean_environment(), capture_output=True, check=True
        ).stdout
        for program in ([PROGRAM], [sys.executable, "-m", "jamjet_proxy"])
    }
    assert len(said) == 1
    told = rb"jamjet-proxy \d+\.\d+\.\d+\nredaction engine: (compiled|python)\n"
    assert re.fullmatch(told, said.pop())


def test_options_come_from_the_environment_too(make_proxy: MakeProxy, tmp_path: Path) -> None:
    """JAMJET_PROXY_DATA_DIR and JAMJET_PROXY_CONFIG stand for the options, which win over them."""
    proxy = make_proxy()
    proxy.create_project("kept")
    environment = clean_environment(JAMJET_PROXY_DATA_DIR=str(proxy.data_dir))
    listing: list[str | Path] = [PROGRAM, "projects", "list"]
    done = subprocess.run(listing, env=environment, capture_output=True, text=True, check=True)
    assert "kept" in done.stdout
    elsewhere = [*listing, "--data-dir", str(tmp_path / "elsewhere")]
    done = subprocess.run(elsewhere, env=environment, capture_output=True, text=True, check=True)
    assert "kept" not in done.stdout
    environment["JAMJET_PROXY_CONFIG"] = str(tmp_path / "missing.yaml")
    assert subprocess.run(listing, env=environment, capture_output=True, check=False).returncode == 2


def _post(proxy: ProxyProcess, key: str, count: int) -> None:
    if count:
        answer = proxy.as_project(key, "POST", "/v1/events/ingest", {"events": make_events(count)})
        assert answer.status == 200
