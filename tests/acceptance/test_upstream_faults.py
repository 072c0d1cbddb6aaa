"""The upstream fails in every way it can; no client notices, and in the end everything arrived once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from statistics import quantiles

import pytest
from support.ledger import lane_entry, project_entry, settled
from support.proxy import MakeProxy, ProxyProcess, eventually
from support.sender import Sender, sending
from support.spans import make_events
from support.upstream import Upstream

CONFIG = """
destinations:
  cloud:
    type: jamjet
    url: {url}
    upstream_keys: {{a: env:KEY_A, b: env:KEY_B}}
"""
KEYS = {"KEY_A": "jj_upstream_a", "KEY_B": "jj_upstream_b"}
OUTAGE_S = 10.0
RECOVERY_S = 30.0
SLOWEST_S = 1.0


@pytest.fixture
def forwarding(make_proxy: MakeProxy, upstream: Upstream) -> ProxyProcess:
    """A running proxy that forwards to ``upstream``."""
    proxy = make_proxy(CONFIG.format(url=upstream.url))
    proxy.environment.update(KEYS)
    return proxy.start()


@pytest.fixture
def gone() -> Iterator[Upstream]:
    """A second upstream, the one that goes away altogether."""
    running = Upstream()
    yield running
    running.stop()
    assert running.unexpected == []


def test_an_outage_costs_nothing(make_proxy: MakeProxy, upstream: Upstream, gone: Upstream) -> None:
    """Ten seconds of 503 here and of refused connections there: clients get 200 at once, all arrives once."""
    proxy = make_proxy(
        "destinations:\n"
        f"  failing: {{type: jamjet, url: {upstream.url}, upstream_keys: {{default: env:KEY_A}}}}\n"
        f"  gone: {{type: jamjet, url: {gone.url}, upstream_keys: {{default: env:KEY_B}}}}\n"
    )
    proxy.environment.update(KEYS)
    proxy.start()
    senders = [Sender(proxy.url, proxy.create_project(name)["api_key"], pause_s=0.01) for name in ("a", "b")]
    with sending(*senders):
        eventually(lambda: upstream.taken() and gone.taken())
        upstream.status = 503
        gone.stop()
        # The length of the outage is what is tested, so here a clock is awaited.
        threading.Event().wait(OUTAGE_S)
        states = {lane["state"] for lane in proxy.status()["destinations"]}
        mark = len(upstream.taken())
        upstream.status = 200
        gone.start()
    assert states <= {"retrying", "sending"}
    settled(proxy, RECOVERY_S)
    for sender in senders:
        assert sender.surprises == []
    acked = sorted(span_id for sender in senders for span_id in sender.acked)
    assert len(acked) > 1000
    for destination in (upstream, gone):
        assert sorted(event["span_id"] for event in destination.taken()) == acked
    assert mark < len(acked)
    latencies = [latency for sender in senders for latency in sender.latencies_s]
    p99 = quantiles(latencies, n=100)[98]
    print(f"\nack during the outage: p99 {p99 * 1000:.1f} ms, slowest {max(latencies) * 1000:.1f} ms")
    assert p99 < SLOWEST_S


def test_retry_after_is_honoured(forwarding: ProxyProcess, upstream: Upstream) -> None:
    """After a 429 no request comes before the time that the upstream asked for, in seconds or as a date."""
    key = forwarding.create_project("a")["api_key"]
    date = (datetime.now(UTC) + timedelta(seconds=5)).replace(microsecond=0)
    due = time.monotonic() + (date - datetime.now(UTC)).total_seconds()
    upstream.answers.append((429, {"Retry-After": "2"}))
    upstream.answers.append((429, {"Retry-After": format_datetime(date, usegmt=True)}))
    _send(forwarding, key, 3)
    settled(forwarding, RECOVERY_S)
    first, second, third = upstream.received
    assert 2.0 <= second.at - first.at < 4.0
    assert due - 0.05 <= third.at < due + 2.0
    assert len(upstream.taken()) == 3


def test_a_refused_key_stops_one_project_only(forwarding: ProxyProcess, upstream: Upstream) -> None:
    """401 for A pauses A and says so; B goes on; a restart after the key was put right delivers A's spans."""
    keys = {name: forwarding.create_project(name)["api_key"] for name in ("a", "b")}
    upstream.refused_keys.add(KEYS["KEY_A"])
    for key in keys.values():
        _send(forwarding, key, 60)
    eventually(lambda: lane_entry(forwarding, "cloud", "b")["delivered"] == 60)
    eventually(lambda: lane_entry(forwarding, "cloud", "a")["state"] == "paused")
    paused = lane_entry(forwarding, "cloud", "a")
    assert paused["last_error"] == "the upstream key was refused (HTTP 401)"
    assert (paused["pending"], paused["delivered"], paused["dead"]) == (60, 0, 0)
    assert "paused" in forwarding.command("status").stdout
    _send(forwarding, keys["b"], 5)
    eventually(lambda: lane_entry(forwarding, "cloud", "b")["delivered"] == 65)
    assert len([request for request in upstream.received if request.key == KEYS["KEY_A"]]) == 1
    forwarding.stop()
    upstream.refused_keys.clear()
    forwarding.start()
    settled(forwarding)
    assert len(upstream.taken(KEYS["KEY_A"])) == 60


def test_a_key_that_no_header_can_hold_stops_one_project_only(
    make_proxy: MakeProxy, upstream: Upstream
) -> None:
    """A secret with a line break in it is A's trouble, told in status; B's spans go out once, as ever."""
    proxy = make_proxy(CONFIG.format(url=upstream.url))
    proxy.environment.update(KEYS | {"KEY_A": "jj_upstream\na"})
    proxy.start()
    keys = {name: proxy.create_project(name)["api_key"] for name in ("a", "b")}
    for key in keys.values():
        _send(proxy, key, 60)
    eventually(lambda: lane_entry(proxy, "cloud", "b")["delivered"] == 60)
    assert len(upstream.taken()) == 60
    eventually(lambda: lane_entry(proxy, "cloud", "a")["last_error"])
    assert lane_entry(proxy, "cloud", "a")["pending"] == 60
    assert b"upstream\na" not in proxy.on_disk()


def test_poison_blocks_nothing(forwarding: ProxyProcess, upstream: Upstream) -> None:
    """Events that the upstream refuses for good are counted dead; the others arrive once and in order."""
    key = forwarding.create_project("a")["api_key"]
    batches = [make_events(size) for size in (120, 1, 40)]
    sent = [event["span_id"] for batch in batches for event in batch]
    poison = {sent[0], sent[57], sent[58]}
    upstream.poison = poison
    for batch in batches:
        forwarding.as_project(key, "POST", "/v1/events/ingest", {"events": batch})
    (lane,) = settled(forwarding)
    assert [event["span_id"] for event in upstream.taken()] == [i for i in sent if i not in poison]
    assert (lane["dead"], lane["delivered"], lane["state"]) == (3, len(sent) - 3, "idle")
    assert len(forwarding.spans(key)) == len(sent), "what is dead upstream is still here"


def test_an_answer_that_breaks_off_is_still_an_acknowledgement(
    forwarding: ProxyProcess, upstream: Upstream
) -> None:
    """A 2xx whose body never ends has been said; sending those spans again would make duplicates."""
    key = forwarding.create_project("a")["api_key"]
    upstream.broken_bodies = 2
    sent = _send(forwarding, key, 120)
    settled(forwarding)
    assert [event["span_id"] for event in upstream.taken()] == sent


def test_repeats_by_a_client_are_forwarded_once(forwarding: ProxyProcess, upstream: Upstream) -> None:
    """A batch that came twice is stored, counted and sent on as one."""
    key = forwarding.create_project("a")["api_key"]
    batch = {"events": make_events(30)}
    answers = [forwarding.as_project(key, "POST", "/v1/events/ingest", batch).json() for _ in range(3)]
    assert [answer["duplicates"] for answer in answers] == [0, 30, 30]
    (lane,) = settled(forwarding)
    assert Counter(event["span_id"] for event in upstream.taken()).most_common(1)[0][1] == 1
    assert lane["delivered"] == project_entry(forwarding, "a")["accepted"] == 30


def _send(proxy: ProxyProcess, key: str, count: int) -> list[str]:
    events = make_events(count)
    answer = proxy.as_project(key, "POST", "/v1/events/ingest", {"events": events})
    assert answer.status == 200
    return [event["span_id"] for event in events]
