"""A project's key is shown once and then exists nowhere but with its owner."""

from __future__ import annotations

import json
from pathlib import Path

from support.proxy import Answer, ProxyProcess, ask, eventually
from support.sdk import run_script
from support.spans import make_event

KEYED_ROUTES = [
    ("POST", "/v1/events/ingest"),
    ("GET", "/v1/projects/default/policies"),
    ("GET", "/v1/projects/my%20app/x/readiness"),
    ("GET", "/v1/policies?kind=cache_inject&active=true"),
    ("GET", "/v1/projects"),
    ("POST", "/v1/projects"),
    ("GET", "/v1/traces"),
    ("GET", "/v1/traces/tr_1"),
    ("GET", "/v1/spans"),
    ("GET", "/v1/status"),
]
WRONG = [
    None,
    "Bearer jj_0123456789abcdef0123456789abcdef",
    "Bearer jj_",
    "Bearer jj_" + "0" * 7000,
    "Basic amo6amo=",
    "Bearer ",
    "Bearer jj_\xe9\xff",
    b"Bearer \xff\xfe\x80",
]


def test_a_key_is_shown_when_it_is_created_and_never_again(proxy: ProxyProcess) -> None:
    """Creating prints the key in one place; listings show eleven characters of it."""
    created = json.loads(proxy.command("projects", "create", "shop", "--json").stdout)
    key = created["api_key"]
    assert len(key) == len("jj_") + 32
    assert created["key_prefix"] == key[:11]
    listed = proxy.command("projects", "list", "--json").stdout
    assert json.loads(listed) == [{name: created[name] for name in created if name != "api_key"}]
    assert key not in listed + proxy.command("projects", "list").stdout
    plain = proxy.command("projects", "create", "plain").stdout
    assert plain.count("jj_") == 1


def test_a_used_key_is_found_nowhere(proxy: ProxyProcess) -> None:
    """No file, log line, process list, metric, status or error holds the key after it was used everywhere."""
    key = proxy.create_project("shop")["api_key"]
    said = [_send(proxy, f"Bearer {key}", method, path) for method, path in KEYED_ROUTES]
    run_script("once", proxy.url, key)
    eventually(lambda: proxy.spans(key))
    mistakes = [  # none of them repeats the key, even where it was sent as something else
        proxy.as_project(key, "POST", "/v1/events/ingest", {"events": key}),
        proxy.as_project(key, "GET", f"/v1/traces/{key}x"),
        proxy.as_project(key, "GET", "/v1/traces?limit=no"),
        proxy.as_project(f"{key}0", "GET", "/v1/traces"),
        proxy.as_operator("GET", "/v1/status"),
        proxy.as_operator("GET", "/v1/projects"),
        ask(proxy.url, "GET", "/metrics"),
    ]
    for answer in [*said, *mistakes]:
        _assert_keyless(answer.body, key)
    process = Path(f"/proc/{proxy.pid}")
    for source in (process / "cmdline", process / "environ"):
        _assert_keyless(source.read_bytes(), key)
    _assert_keyless(proxy.on_disk(), key)
    assert proxy.stop() == 0
    _assert_keyless(proxy.on_disk(), key)


def test_a_wrong_key_gets_401_on_every_route(proxy: ProxyProcess) -> None:
    """Whatever stands in the header, a route that needs a key answers 401 with a problem document."""
    for credential in WRONG:
        for method, path in KEYED_ROUTES:
            answer = _send(proxy, credential, method, path)
            assert answer.status == 401, f"{method} {path} with {credential!r}"
            assert answer.headers["content-type"] == "application/problem+json"
            problem = answer.json()
            assert problem["code"] == "unauthorized"
            assert isinstance(problem["error"], str)


def test_a_project_can_not_do_what_the_operator_does(proxy: ProxyProcess) -> None:
    """A project's key creates nothing, sees no status and lists itself alone."""
    key = proxy.create_project("shop")["api_key"]
    proxy.create_project("other")
    assert proxy.as_project(key, "POST", "/v1/projects", {"name": "mine"}).status == 403
    assert proxy.as_project(key, "GET", "/v1/status").status == 403
    listed = proxy.as_project(key, "GET", "/v1/projects").json()["projects"]
    assert [project["name"] for project in listed] == ["shop"]


def test_an_agent_with_a_wrong_key_goes_on_and_the_operator_hears_of_it(proxy: ProxyProcess) -> None:
    """The SDK drops its spans silently, so log and status tell what the agent can't."""
    wrong = "jj_" + "5eed" * 8
    assert run_script("unwelcome", proxy.url, wrong) == f"{sum(range(120))}\n"
    assert proxy.status()["refused_credentials"] >= 3
    assert "refused credentials: " in proxy.command("status").stdout
    warnings = [line for line in proxy.log.read_text().splitlines() if "WARNING" in line]
    assert len(warnings) == 1, "each key is told once"
    assert wrong[:11] in warnings[0]
    _assert_keyless(proxy.on_disk(), wrong)


def test_a_new_project_works_at_the_next_request(proxy: ProxyProcess) -> None:
    """A key is good the moment it was shown, and before that it isn't."""
    for number in range(5):
        key = proxy.as_operator("POST", "/v1/projects", {"name": f"p{number}"}).json()["api_key"]
        answer = proxy.as_project(key, "POST", "/v1/events/ingest", {"events": [make_event()]})
        assert (answer.status, answer.json()["accepted"]) == (200, 1)


def _send(proxy: ProxyProcess, credential: str | bytes | None, method: str, path: str) -> Answer:
    headers = {"Content-Type": "application/json"}
    if credential is not None:
        headers["Authorization"] = credential  # type: ignore[assignment]  # http.client takes bytes as well
    return ask(proxy.url, method, path, b'{"events": []}' if method == "POST" else None, headers)


def _assert_keyless(content: bytes, key: str) -> None:
    secret = key.removeprefix("jj_")
    for form in (key.encode(), secret.encode(), bytes.fromhex(secret)):
        assert form not in content, "the key was found"
