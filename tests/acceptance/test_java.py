"""The Java SDK's transport: no project, and an offer of HTTP/2 with every request."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from support import h2c
from support.proxy import ProxyProcess, clean_environment, eventually

SOURCE = Path(__file__).with_name("clients") / "Ingest.java"
JAVA = shutil.which("java")
SIZES = [1, 2, 1000]
Answers = list[tuple[int, bytes]]


def by_jdk(url: str, key: str) -> Answers:
    """Post with the JDK's own client."""
    assert JAVA is not None
    done = subprocess.run(
        [JAVA, SOURCE, url, key, ",".join(map(str, SIZES))],
        env=clean_environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    lines = [line.split(b" ", 1) for line in done.stdout.splitlines()]
    return [(int(status), body) for status, body in lines]


def by_socket(url: str, key: str) -> Answers:
    """Post the same bytes from a plain socket, all on one connection."""
    return list(h2c.post_batches(url, key, SIZES))


@pytest.mark.parametrize("post", [by_jdk, by_socket] if JAVA else [by_socket])
def test_batches_with_an_upgrade_offer_are_stored_whole(proxy: ProxyProcess, post: object) -> None:
    """Each of several requests of one client is answered 200, and none of its events is missing."""
    key = proxy.create_project("jvm")["api_key"]
    assert callable(post)
    answers = post(proxy.url, key)
    assert [status for status, _ in answers] == [200, 200, 200]
    assert [json.loads(body)["accepted"] for _, body in answers] == SIZES
    eventually(lambda: len(proxy.spans(key)) == sum(SIZES))
    assert {span["kind"] for span in proxy.spans(key)} == {"llm_call"}
    traces = proxy.as_project(key, "GET", "/v1/traces").json()["traces"]
    assert [trace["spans"] for trace in traces] == SIZES[::-1]
