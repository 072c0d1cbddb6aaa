"""Spans reach an upstream JamJet: under each project's own key, in order, in requests that it accepts."""

from __future__ import annotations

import pytest
from support.ledger import lane_entry, settled
from support.proxy import MakeProxy, ProxyProcess, ask, eventually
from support.spans import make_event, make_events
from support.upstream import Upstream

CONFIG = """
destinations:
  cloud:
    type: jamjet
    url: {url}
    upstream_keys: {{a: env:KEY_A, default: env:KEY_REST}}
"""
KEYS = {"KEY_A": "jj_upstream_a", "KEY_REST": "jj_upstream_rest"}


@pytest.fixture
def forwarding(make_proxy: MakeProxy, upstream: Upstream) -> ProxyProcess:
    """A running proxy that forwards to ``upstream``."""
    proxy = make_proxy(CONFIG.format(url=upstream.url))
    proxy.environment.update(KEYS)
    return proxy.start()


def test_each_project_arrives_whole_and_in_order_under_its_own_key(
    forwarding: ProxyProcess, upstream: Upstream
) -> None:
    """No span comes under another project's key, twice, or before one that was stored earlier."""
    keys = {name: forwarding.create_project(name)["api_key"] for name in "abc"}
    sent: dict[str, list[str]] = {name: [] for name in keys}
    for size in (1, 7, 130, 3):
        for name, key in keys.items():
            events = make_events(size, name=f"of {name}")
            answer = forwarding.as_project(key, "POST", "/v1/events/ingest", {"events": events})
            assert answer.status == 200
            sent[name] += [event["span_id"] for event in events]
    settled(forwarding)
    for name in keys:
        upstream_key = KEYS["KEY_A"] if name == "a" else KEYS["KEY_REST"]
        taken = [event for event in upstream.taken(upstream_key) if event["name"] == f"of {name}"]
        assert [event["span_id"] for event in taken] == sent[name]
    assert len(upstream.taken()) == sum(map(len, sent.values()))
    assert {(request.key, request.project) for request in upstream.received} == {
        (KEYS["KEY_A"], "a"),
        (KEYS["KEY_REST"], "b"),
        (KEYS["KEY_REST"], "c"),
    }


def test_requests_are_small_and_the_larger_of_them_gzipped(
    forwarding: ProxyProcess, upstream: Upstream
) -> None:
    """No request has more than 50 events, and bodies above 4 KiB alone are compressed."""
    key = forwarding.create_project("a")["api_key"]
    for size in (1, 2, 500):
        forwarding.as_project(key, "POST", "/v1/events/ingest", {"events": make_events(size)})
        settled(forwarding)
    assert max(len(request.events) for request in upstream.received) == 50
    for request in upstream.received:
        assert ("content-encoding" in request.headers) == (request.body_bytes > 4096)
        assert request.headers["content-type"] == "application/json"
    assert {"content-encoding" in request.headers for request in upstream.received} == {True, False}


def test_an_event_travels_as_it_is_stored(forwarding: ProxyProcess, upstream: Upstream) -> None:
    """The upstream gets the stored event, unknown fields and the way numbers are written included."""
    key = forwarding.create_project("a")["api_key"]
    body = (
        b'{"events": [{"trace_id": "tr_1", "span_id": "sp_1", "kind": "llm_call", "status": "ok",'
        b' "payload": {"exact": 1.0, "big": 12345678901234567890123, "text": "\xe2\x80\xa8"},'
        b' "from_the_future": [null, {"x": 1e3}]}]}'
    )
    headers = {"Authorization": f"Bearer {key}"}
    assert ask(forwarding.url, "POST", "/v1/events/ingest", body, headers).status == 200
    settled(forwarding)
    assert upstream.taken() == forwarding.spans(key)
    (request,) = upstream.received
    (event,) = request.events
    assert repr(event["payload"]["exact"]) == "1.0"
    assert event["payload"]["big"] == 12345678901234567890123
    assert event["from_the_future"] == [None, {"x": 1000.0}]


def test_kinds_the_hosted_api_refuses_travel_as_custom(forwarding: ProxyProcess, upstream: Upstream) -> None:
    """A kind of its own would make the upstream refuse the whole request; the original is in the payload."""
    key = forwarding.create_project("a")["api_key"]
    events = [
        make_event(kind="retrieval", payload={"query": 1}),
        make_event(kind="retrieval", payload=["listed"]),
        make_event(kind="Tool_Call"),
        make_event(kind=""),
        make_event(kind="mcp_tool_call", payload={"tool": "x"}),
        make_event(kind=None),
        make_event(kind=None) | {"kind": None},
        make_event(kind="agent_call"),
    ]
    answer = forwarding.as_project(key, "POST", "/v1/events/ingest", {"events": events})
    assert answer.json()["accepted"] == len(events)
    settled(forwarding)
    shapes = [(event.get("kind"), event.get("payload")) for event in upstream.taken()]
    assert shapes[:5] == [
        ("custom", {"query": 1, "original_kind": "retrieval"}),
        ("custom", {"value": ["listed"], "original_kind": "retrieval"}),
        ("custom", {"original_kind": "Tool_Call"}),
        ("custom", {"original_kind": ""}),
        ("mcp_tool_call", {"tool": "x"}),
    ]
    assert shapes[7] == ("agent_call", None)
    for kind, _ in shapes[5:7]:
        assert kind in (None, "custom")
    assert [span.get("kind") for span in forwarding.spans(key)[:3]] == ["retrieval", "retrieval", "Tool_Call"]


def test_a_project_without_an_upstream_key_waits(make_proxy: MakeProxy, upstream: Upstream) -> None:
    """Its spans are kept, status says which setting is missing, and a restart with the key delivers them."""
    proxy = make_proxy(CONFIG.format(url=upstream.url))
    proxy.environment["KEY_A"] = KEYS["KEY_A"]
    proxy.start()
    keys = {name: proxy.create_project(name)["api_key"] for name in ("a", "other")}
    for key in keys.values():
        proxy.as_project(key, "POST", "/v1/events/ingest", {"events": make_events(3)})
    eventually(lambda: lane_entry(proxy, "cloud", "other")["state"] == "paused")
    waiting = lane_entry(proxy, "cloud", "other")
    assert waiting["pending"] == 3
    assert "KEY_REST" in waiting["last_error"]
    proxy.stop()
    proxy.environment.update(KEYS)
    proxy.start()
    settled(proxy)
    assert len(upstream.taken(KEYS["KEY_REST"])) == 3
    assert len(upstream.taken(KEYS["KEY_A"])) == 3
