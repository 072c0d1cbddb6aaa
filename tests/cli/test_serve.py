"""The daemon as a process: ready line, welcome, signals, following."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.proxy import PROGRAM, ProxyProcess, ask, clean_environment, eventually
from support.spans import make_event, make_events

MakeProxy = Callable[..., ProxyProcess]


def test_ready_line_and_clean_end(make_proxy: MakeProxy) -> None:
    """The daemon prints one ready line with its address, and SIGTERM ends it with 0 and nothing left over."""
    proxy = make_proxy().start()
    said = proxy.log.read_text()
    assert said.count(f"jamjet-proxy ready on {proxy.url} (pid {proxy.pid}, data in {proxy.data_dir})") == 1
    assert "there is no project yet; create one with: jamjet-proxy projects create NAME" in said
    assert proxy.stop() == 0
    assert not list(proxy.data_dir.glob("*-wal"))


def test_interrupt_ends_it_as_well(proxy: ProxyProcess) -> None:
    """Ctrl-C is as good as SIGTERM."""
    assert proxy._end(signal.SIGINT) == 0


def test_welcome_creates_the_first_project_once(make_proxy: MakeProxy) -> None:
    """The first start prints a key with the lines that use it; the next one doesn't, and the key works."""
    proxy = make_proxy().start("--first-project", "my-app-dev")
    said = proxy.log.read_text()
    keys = set(re.findall(r"jj_[0-9a-f]{32}", said))
    assert len(keys) == 1
    assert f"JAMJET_API_URL={proxy.url}" in said
    (key,) = keys
    proxy.stop()
    mark = len(proxy.log.read_text())
    proxy.start("--first-project", "my-app-dev")
    assert "jj_" not in proxy.log.read_text()[mark:]
    (project,) = proxy.as_project(key, "GET", "/v1/projects").json()["projects"]
    assert project["name"] == "my-app-dev"


def test_second_daemon_is_refused(proxy: ProxyProcess) -> None:
    """A second daemon on the same directory says who has it and ends with 1."""
    second = proxy.command("serve", "--listen", "127.0.0.1:0", check=False)
    assert second.returncode == 1
    assert f"process {proxy.pid} (daemon) is using the data directory" in second.stderr


def test_killed_daemon_leaves_no_lock(proxy: ProxyProcess) -> None:
    """After kill -9 the next start needs no cleaning up, and every acknowledged span is there."""
    key = proxy.create_project("alpha")["api_key"]
    answer = proxy.as_project(key, "POST", "/v1/events/ingest", {"events": make_events(20)})
    assert answer.json()["accepted"] == 20
    proxy.kill()
    proxy.start()
    eventually(lambda: len(proxy.spans(key)) == 20)
    assert proxy.status()["unaccounted"] == 0


def test_running_request_is_finished(proxy: ProxyProcess) -> None:
    """A request that is under way when SIGTERM comes still gets its answer."""
    key = proxy.create_project("alpha")["api_key"]
    body = json.dumps({"events": [make_event()]}).encode()
    where = urlsplit(proxy.url)
    with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
        head = (
            f"POST /v1/events/ingest HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
        )
        connection.sendall(head.encode())
        assert connection.recv(1_000).startswith(b"HTTP/1.1 100")
        os.kill(proxy.pid, signal.SIGTERM)
        eventually(lambda: "stopping" in proxy.log.read_text())
        connection.sendall(body)
        assert connection.recv(1_000).startswith(b"HTTP/1.1 200")
    assert proxy.wait() == 0
    proxy.start()
    assert len(proxy.spans(key)) == 1


def test_second_signal_cuts_it_short(proxy: ProxyProcess) -> None:
    """Who asks twice isn't made to wait for a request that hangs."""
    key = proxy.create_project("alpha")["api_key"]
    where = urlsplit(proxy.url)
    with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
        head = (
            f"POST /v1/events/ingest HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
            "Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n"
        )
        connection.sendall(head.encode())
        assert connection.recv(1_000).startswith(b"HTTP/1.1 100")
        os.kill(proxy.pid, signal.SIGTERM)
        eventually(lambda: "stopping" in proxy.log.read_text())
        assert proxy.stop() == 1


def test_follow_prints_what_arrives(proxy: ProxyProcess, tmp_path: Path) -> None:
    """With --follow each new span is printed as it arrives, a line of JSON each, until interrupted."""
    key = proxy.create_project("alpha")["api_key"]
    printed = tmp_path / "printed"
    command = [str(PROGRAM), "spans", "--follow", "--json", "--data-dir", str(proxy.data_dir)]
    with (
        printed.open("wb") as out,
        subprocess.Popen(command, stdout=out, env=clean_environment()) as follower,
    ):
        for number in range(1, 4):
            proxy.as_project(key, "POST", "/v1/events/ingest", {"events": [make_event(sequence=number)]})
            eventually(lambda number=number: printed.read_bytes().count(b"\n") == number)  # type: ignore[misc]
        follower.send_signal(signal.SIGINT)
        assert follower.wait(20) == 130
    assert [json.loads(line)["sequence"] for line in printed.read_text().splitlines()] == [1, 2, 3]


def test_listen_option_wins(make_proxy: MakeProxy) -> None:
    """The option on the command line counts more than the configuration, and its other settings stay."""
    proxy = make_proxy("server: {listen: '127.0.0.1:1', allowed_hosts: [sidecar]}").start()
    assert not proxy.url.endswith(":1")
    assert ask(proxy.url, "GET", "/healthz", headers={"Host": "sidecar"}).status == 200


@pytest.mark.parametrize("arguments", [("--help",), ("version",)])
def test_as_a_module(arguments: tuple[str, ...]) -> None:
    """``python -m jamjet_proxy`` is the same program."""
    python = PROGRAM.with_name("python")
    done = subprocess.run(
        [python, "-m", "jamjet_proxy", *arguments], capture_output=True, text=True, timeout=30, check=True
    )
    assert "jamjet-proxy" in done.stdout
