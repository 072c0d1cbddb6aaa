"""The published Python SDK, unmodified, against the installed program."""

from __future__ import annotations

from typing import Any

import pytest
from support.fake_openai import ANSWER, INPUT_TOKENS, OUTPUT_TOKENS, fake_openai
from support.proxy import MakeProxy, ProxyProcess, eventually
from support.relay import relay_to
from support.sdk import finish_script, run_script, start_script

FROM_4O_MINI = INPUT_TOKENS * 0.15e-6 + OUTPUT_TOKENS * 0.6e-6


def test_traced_calls_arrive_with_all_that_the_agent_said(proxy: ProxyProcess) -> None:
    """Two calls in a user context are two spans of the key's project within two seconds."""
    mine = proxy.create_project("research")["api_key"]
    other = proxy.create_project("anything")["api_key"]
    script = start_script("traced", proxy.url, mine)
    try:
        assert script.stdout is not None
        assert script.stdout.readline() == "done\n"
        spans = eventually(lambda: _at_least(2, proxy.spans(mine)), within_s=2)
    finally:
        finish_script(script)
    assert [(span["name"], span["status"]) for span in spans] == [("look_up", "ok"), ("divide", "error")]
    assert len({span["trace_id"] for span in spans}) == 1
    assert len({span["span_id"] for span in spans}) == 2
    for number, span in enumerate(spans, 1):
        said = {
            "type": "span",
            "kind": "custom",
            "sequence": number,
            "agent_name": "research-bot",
            "session_id": "conv_42",
            "end_user_id": "cust_7",
            "end_user_email": "[EMAIL]",
            "environment": "staging",
            "release_version": "2.1.0",
            "payload": {"tags": ["beta", "eu-west"]},
        }
        assert span == span | said
        assert span["trace_id"].startswith("tr_")
        assert span["span_id"].startswith("sp_")
    assert proxy.spans(other) == []


def test_a_trace_lists_what_its_calls_were(proxy: ProxyProcess) -> None:
    """The trace of a script is found by its project's key, with its spans and errors counted."""
    key = proxy.create_project("research")["api_key"]
    finish_script(start_script("traced", proxy.url, key))
    (trace,) = eventually(lambda: proxy.as_project(key, "GET", "/v1/traces").json()["traces"])
    assert (trace["spans"], trace["errors"], trace["agent_name"]) == (2, 1, "research-bot")
    shown = proxy.as_project(key, "GET", f"/v1/traces/{trace['trace_id']}").json()
    assert shown["spans"] == proxy.spans(key)


def test_a_script_that_ends_at_once_still_delivers(proxy: ProxyProcess) -> None:
    """The span that the SDK sends while the interpreter exits is stored."""
    key = proxy.create_project("short")["api_key"]
    run_script("once", proxy.url, key)
    (span,) = eventually(lambda: proxy.spans(key))
    assert (span["name"], span["status"]) == ("greet", "ok")


@pytest.mark.parametrize("label", ["default", "my app/x"])
def test_the_key_decides_whatever_an_agent_calls_its_project(proxy: ProxyProcess, label: str) -> None:
    """Two agents that name the same project get their rules and see nothing of each other's spans."""
    keys = [proxy.create_project(name)["api_key"] for name in ("one", "two")]
    with relay_to(proxy.url) as relay:
        scripts = [start_script("served", relay.url, key, JAMJET_TEST_PROJECT=label) for key in keys]
        for script in scripts:
            finish_script(script)
    policies = f"/v1/projects/{label.replace(' ', '%20')}/policies"
    seen = sorted((seen.path, seen.status) for seen in relay.exchanges)
    assert seen == [("/v1/events/ingest", 200)] * 2 + [(policies, 200)] * 2
    eventually(lambda: all(proxy.spans(key) for key in keys))
    one, two = (proxy.spans(key) for key in keys)
    assert len(one) == len(two) == 1
    assert one[0]["span_id"] != two[0]["span_id"]
    foreign = proxy.as_project(keys[1], "GET", f"/v1/traces/{one[0]['trace_id']}")
    assert foreign.status == 404


def test_a_call_of_a_language_model_arrives_with_tokens_and_cost(proxy: ProxyProcess) -> None:
    """A chat through the patched OpenAI client is an llm_call span, counted in its trace."""
    key = proxy.create_project("chat")["api_key"]
    asked: list[dict[str, Any]] = []
    with fake_openai(asked) as url:
        assert run_script("language_model", proxy.url, key, FAKE_OPENAI_URL=url) == f"{ANSWER}\n"
    assert [request["model"] for request in asked] == ["gpt-4o-mini"]
    (span,) = eventually(lambda: proxy.spans(key))
    assert (span["kind"], span["name"], span["model"]) == ("llm_call", "openai.gpt-4o-mini", "gpt-4o-mini")
    assert (span["input_tokens"], span["output_tokens"]) == (INPUT_TOKENS, OUTPUT_TOKENS)
    assert span["cost_usd"] == pytest.approx(FROM_4O_MINI)
    (trace,) = proxy.as_project(key, "GET", "/v1/traces").json()["traces"]
    assert (trace["llm_calls"], trace["input_tokens"]) == (1, INPUT_TOKENS)
    assert trace["cost_usd"] == pytest.approx(FROM_4O_MINI)


def test_a_lost_answer_makes_no_second_span(proxy: ProxyProcess) -> None:
    """When the answer to a stored batch gets lost, the SDK's repeat is counted and not stored."""
    key = proxy.create_project("flaky")["api_key"]
    with relay_to(proxy.url) as relay:
        relay.lose = 1
        script = start_script("flushing", relay.url, key)
        try:
            eventually(lambda: _project(proxy, "flaky")["duplicate"])
        finally:
            finish_script(script)
    ingests = [seen for seen in relay.exchanges if seen.method == "POST"]
    assert [(seen.status, seen.lost) for seen in ingests[:2]] == [(200, True), (200, False)]
    assert sorted(span["sequence"] for span in proxy.spans(key)) == [1, 2, 3, 4, 5, 6, 7]
    counted = _project(proxy, "flaky")
    assert counted["accepted"] == 7
    assert counted["received"] == 7 + counted["duplicate"]
    assert counted["rejected"] == {}
    assert counted["unaccounted"] == 0


def test_configuring_a_second_project_takes_unsent_spans_along(make_proxy: MakeProxy) -> None:
    """What the SDK still held for project A lands in B, as it came with B's key; the log tells the labels."""
    proxy = make_proxy().start()
    first = proxy.create_project("A")["api_key"]
    second = proxy.create_project("B")["api_key"]
    run_script("reconfigured", proxy.url, first, SECOND_KEY=second)
    (span,) = eventually(lambda: proxy.spans(second))
    assert span["name"] == "greet"
    assert proxy.spans(first) == []
    assert "spans labelled 'second' belong to project 'B'" in proxy.log.read_text()


def _at_least(count: int, spans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return spans if len(spans) >= count else []


def _project(proxy: ProxyProcess, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(p for p in proxy.status()["projects"] if p["name"] == name)
    return found
