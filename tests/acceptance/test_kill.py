"""The process dies in every way; whatever was acknowledged is there afterwards, once, and nothing else."""

from __future__ import annotations

import random
import signal
import socket
import time
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest
from support.ledger import project_entry, settled
from support.proxy import MakeProxy, ProxyProcess, eventually
from support.sender import Sender, sending
from support.spans import make_events
from support.upstream import Upstream

CONFIG = "destinations: {{cloud: {{type: jamjet, url: '{url}', upstream_keys: {{default: 'env:KEY'}}}}}}"
KILLS = 6
REQUEST = 50


@pytest.fixture
def loaded(make_proxy: MakeProxy, upstream: Upstream) -> tuple[ProxyProcess, list[str], list[Sender]]:
    """A running proxy that forwards, the keys of its two projects, and two senders for each."""
    proxy = make_proxy(CONFIG.format(url=upstream.url))
    proxy.environment["KEY"] = "jj_upstream"
    proxy.start()
    keys = [proxy.create_project(name)["api_key"] for name in ("a", "b")]
    return proxy, keys, [Sender(proxy.url, key) for key in keys * 2]


def test_kill_9_in_a_burst_loses_nothing(
    loaded: tuple[ProxyProcess, list[str], list[Sender]], upstream: Upstream
) -> None:
    """After several kills each acknowledged span is in the index once and upstream too; none is invented."""
    proxy, keys, senders = loaded
    rng = random.Random(9)
    with sending(*senders):
        for _ in range(KILLS):
            _wait_for_acks(senders, rng.randrange(100, 800))
            proxy.kill()
            proxy.start()
        _wait_for_acks(senders, 100)
    _assert_all_there(proxy, keys, senders)

    settled(proxy, 30)
    forwarded = Counter(event["span_id"] for event in upstream.taken())
    assert {span_id for sender in senders for span_id in sender.acked} <= forwarded.keys()
    assert forwarded.keys() <= {span_id for sender in senders for span_id in sender.sent}
    repeats = forwarded.total() - len(forwarded)
    print(f"\n{len(forwarded)} spans over {KILLS} kills; the upstream saw {repeats} of them again")
    # A kill can take the note that a request was answered: one request of one lane at the most.
    assert repeats <= KILLS * len(keys) * REQUEST
    assert sum(project_entry(proxy, name)["accepted"] for name in "ab") == len(forwarded)


def test_sigterm_under_load_is_orderly(
    loaded: tuple[ProxyProcess, list[str], list[Sender]], upstream: Upstream
) -> None:
    """The exit code is 0 while clients go on sending, and what they were told is stored is."""
    proxy, keys, senders = loaded
    with sending(*senders):
        for _ in range(2):
            _wait_for_acks(senders, 300)
            assert proxy.stop() == 0
            proxy.start()
        _wait_for_acks(senders, 100)
    assert "Traceback" not in proxy.log.read_text()
    _assert_all_there(proxy, keys, senders)
    settled(proxy, 30)
    forwarded = Counter(event["span_id"] for event in upstream.taken())
    assert {span_id for sender in senders for span_id in sender.acked} <= forwarded.keys()
    print(f"\nafter 2 stops the upstream saw {forwarded.total() - len(forwarded)} spans again")


def test_sigint_is_orderly_too(proxy: ProxyProcess) -> None:
    """Ctrl-C gives exit code 0 while somebody holds a connection open, and the end doesn't wait for them."""
    address = urlsplit(proxy.url)
    with socket.create_connection((address.hostname or "", address.port or 0)) as idle:
        assert idle.getpeername()[1] == address.port
        started = time.monotonic()
        assert proxy.stop(signal.SIGINT) == 0
        assert time.monotonic() - started < 5
    assert "Traceback" not in proxy.log.read_text()


def test_a_second_process_on_the_same_data_is_refused(proxy: ProxyProcess) -> None:
    """It says who holds the directory and ends with 1; the first one goes on."""
    key = proxy.create_project("a")["api_key"]
    second = proxy.command("serve", "--listen", "127.0.0.1:0", check=False)
    assert second.returncode == 1
    assert f"process {proxy.pid} (daemon) is using the data directory {proxy.data_dir}" in second.stderr
    assert "--data-dir" in second.stderr
    assert "Traceback" not in second.stderr
    answer = proxy.as_project(key, "POST", "/v1/events/ingest", {"events": make_events(1)})
    assert answer.status == 200


def test_a_lost_index_is_built_anew(proxy: ProxyProcess) -> None:
    """With index.db deleted while stopped, the same traces and spans are there after the start."""
    key = proxy.create_project("a")["api_key"]
    for _ in range(3):
        batch = make_events(20, cost_usd=0.001, input_tokens=3)
        for events in (batch, batch[:5], [batch[0] | {"status": "error"}]):
            proxy.as_project(key, "POST", "/v1/events/ingest", {"events": events})
    before = _traces_with_spans(proxy, key)
    assert sum(trace["errors"] for trace, _ in before.values()) == 3
    assert proxy.stop() == 0
    for file in proxy.data_dir.glob("index.db*"):
        file.unlink()
    proxy.start()
    assert _traces_with_spans(proxy, key) == before


def test_a_repeat_across_a_restart_is_a_repeat(proxy: ProxyProcess) -> None:
    """A batch that is sent again after a kill is counted as duplicate and not stored."""
    key = proxy.create_project("a")["api_key"]
    batch = {"events": make_events(40)}
    assert proxy.as_project(key, "POST", "/v1/events/ingest", batch).json()["duplicates"] == 0
    proxy.kill()
    proxy.start()
    again = proxy.as_project(key, "POST", "/v1/events/ingest", batch).json()
    assert (again["accepted"], again["duplicates"]) == (40, 40)
    entry = project_entry(proxy, "a")
    assert (entry["received"], entry["accepted"], entry["duplicate"]) == (80, 40, 40)
    eventually(lambda: len(proxy.spans(key)) == 40)


def _wait_for_acks(senders: list[Sender], more: int) -> None:
    mark = sum(len(sender.acked) for sender in senders) + more
    eventually(lambda: sum(len(sender.acked) for sender in senders) >= mark, 30)


def _assert_all_there(proxy: ProxyProcess, keys: list[str], senders: list[Sender]) -> None:
    """Compare what clients know with the index, by the list of spans and by the traces."""
    _await_index(proxy)
    for key, mine in zip(keys, (senders[0::2], senders[1::2]), strict=True):
        assert [answer for sender in mine for answer in sender.surprises] == []
        stored = [span["span_id"] for span in proxy.spans(key)]
        assert len(stored) == len(set(stored))
        assert {span_id for sender in mine for span_id in sender.acked} <= set(stored)
        assert set(stored) <= {span_id for sender in mine for span_id in sender.sent}
        traces = _traces(proxy, key)
        assert sum(trace["spans"] for trace in traces.values()) == len(stored)


def _await_index(proxy: ProxyProcess) -> None:
    eventually(lambda: proxy.status()["index"]["lag_batches"] == 0)


def _traces(proxy: ProxyProcess, key: str) -> dict[str, Any]:
    """Return every trace of the key's project by its id."""
    found: dict[str, Any] = {}
    path: str | None = "/v1/traces?limit=500"
    while path:
        page = proxy.as_project(key, "GET", path).json()
        found |= {trace["trace_id"]: trace for trace in page["traces"]}
        path = f"/v1/traces?limit=500&cursor={page['next_cursor']}" if page["next_cursor"] else None
    return found


def _traces_with_spans(proxy: ProxyProcess, key: str) -> dict[str, Any]:
    """Return every trace by its id, with its events, once all that was stored is indexed."""
    _await_index(proxy)
    return {
        trace_id: (trace, proxy.as_project(key, "GET", f"/v1/traces/{trace_id}").json()["spans"])
        for trace_id, trace in _traces(proxy, key).items()
    }
