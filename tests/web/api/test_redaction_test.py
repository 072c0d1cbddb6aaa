"""POST /v1/redaction/test."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from support.site import Answer, Site, open_site
from support.spans import make_event
from support.stores import on_disk

from jamjet_proxy.config import Config
from jamjet_proxy.config.data_dir import DataDir
from jamjet_proxy.redact import RedactionTimeout, Redactor
from jamjet_proxy.services import open_services

ANN, CALL = "ann@example.com", "+1 202-555-0143"


async def ask(site: Site, content: object) -> Answer:
    """Try ``content`` as the operator."""
    return await site.as_operator("POST", "/v1/redaction/test", content=content)


async def test_text(tmp_path: Path) -> None:
    """A text comes back redacted, with what was found where, in characters."""
    text = f"\U0001f600 write to {ANN}"
    async with open_site(tmp_path) as site:
        answer = (await ask(site, {"text": text})).json()
    (span,) = answer["spans"]
    assert answer["redacted"] == "\U0001f600 write to [EMAIL]"
    assert text[span["start"] : span["end"]] == ANN
    assert {name: span[name] for name in ("type", "rule", "method", "replacement", "shadow")} == {
        "type": "EMAIL",
        "rule": "email",
        "method": "replace",
        "replacement": "[EMAIL]",
        "shadow": False,
    }
    assert answer["dropped"] is False
    assert len(answer["rules_version"]) == 12


async def test_document(tmp_path: Path) -> None:
    """A document comes back with its shape, and findings by path."""
    document = {"to": [ANN], "n": 123456789012345678901234567890, "x": 1.5, "none": None}
    async with open_site(tmp_path) as site:
        answer = (await ask(site, {"document": document})).json()
        nothing = (await ask(site, {"document": []})).json()
    assert answer["redacted"] == document | {"to": ["[EMAIL]"]}
    (finding,) = answer["findings"]
    assert finding["path"].endswith("to[0]")
    assert (finding["type"], finding["rule"], finding["count"], finding["shadow"]) == (
        "EMAIL",
        "email",
        1,
        False,
    )
    assert (nothing["redacted"], nothing["findings"]) == ([], [])


async def test_rules_of_a_project(tmp_path: Path) -> None:
    """The rules are those of the project that is named, else the base."""
    config = Config.model_validate(
        {"server": {"listen": "127.0.0.1:0"}, "projects": {"alpha": {"redaction": {"format": "<{type}>"}}}}
    )
    async with open_site(tmp_path, config) as site:
        await site.create("beta")
        redacted = [
            (await ask(site, {"text": ANN, "project": name})).json()["redacted"]
            for name in ("alpha", "beta", None)
        ]
        unknown = await ask(site, {"text": ANN, "project": "nobody"})
    assert redacted == ["<EMAIL>", "[EMAIL]", "[EMAIL]"]
    assert (unknown.status, unknown.code, unknown.json()["field"]) == (404, "not_found", "project")


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({}, "text"),
        ({"text": "a", "document": {}}, "text"),
        ({"text": 5}, "text"),
        ({"document": "a"}, "document"),
        ({"document": 5}, "document"),
        ({"text": "a", "project": 5}, "project"),
        ({"text": "a", "ann@example.com": 1}, None),
        ([], None),
        (7, None),
    ],
)
async def test_bad_bodies(tmp_path: Path, content: object, field: str | None) -> None:
    """A field that is missing or wrong is named, and nothing of the body is repeated."""
    async with open_site(tmp_path) as site:
        answer = await ask(site, content)
    assert (answer.status, answer.code, answer.json().get("field")) == (400, "invalid_request", field)
    assert b"ann@" not in answer.body


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed_body"),
        (b'{"text": "', 400, "malformed_body"),
        (b'{"text": "\xff"}', 400, "malformed_body"),
        (b'{"text": "\\ud800"}', 400, "malformed_body"),
        (b'{"document": [NaN]}', 400, "malformed_body"),
        (b'{"document": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", 400, "malformed_body"),
        (b'{"text": "' + b"a" * (256 * 1024) + b'"}', 413, "body_too_large"),
    ],
    ids=["empty", "cut", "not utf-8", "half a character", "NaN", "deep", "large"],
)
async def test_unreadable_bodies(tmp_path: Path, body: bytes, status: int, code: str) -> None:
    """What is no JSON, or too much of it, has its documented answer."""
    async with open_site(tmp_path) as site:
        answer = await site.as_operator("POST", "/v1/redaction/test", body=body)
    assert (answer.status, answer.code) == (status, code)


async def test_largest_body(tmp_path: Path) -> None:
    """A body of just 256 KiB is answered."""
    room = 256 * 1024 - len(json.dumps({"text": ANN + " "}))
    async with open_site(tmp_path) as site:
        answer = await ask(site, {"text": f"{ANN} {'a' * room}"})
    assert answer.json()["redacted"].startswith("[EMAIL] aaa")


async def test_nothing_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What was tried is in no file, in no log and in no count."""
    with caplog.at_level(logging.DEBUG):
        async with open_site(tmp_path) as site:
            await ask(site, {"text": f"unheard {ANN}"})
            await ask(site, {"document": {"unheard": CALL}})
            assert await site.services.redactions.totals() == []
    assert b"unheard" not in on_disk(tmp_path)
    assert "unheard" not in caplog.text


RULES = {
    "rules": [
        {"name": "badges", "type": "BADGE", "pattern": r"B-\d{4}", "mode": "shadow"},
        {"name": "top secret", "type": "CLASSIFIED", "pattern": "EYES ONLY", "method": "drop_event"},
    ]
}


def with_rules() -> Config:
    """Return a configuration with a rule that watches and a rule that refuses."""
    return Config.model_validate({"server": {"listen": "127.0.0.1:0"}, "redaction": RULES})


async def test_rule_that_watches(tmp_path: Path) -> None:
    """What a shadow rule sees is shown and left as it is."""
    async with open_site(tmp_path, with_rules()) as site:
        text = (await ask(site, {"text": "badge B-1234"})).json()
        document = (await ask(site, {"document": {"badge": "B-1234"}})).json()
    (span,) = text["spans"]
    assert (text["redacted"], span["rule"], span["shadow"]) == ("badge B-1234", "badges", True)
    (finding,) = document["findings"]
    assert (document["redacted"], finding["type"], finding["shadow"]) == ({"badge": "B-1234"}, "BADGE", True)


async def test_rule_that_refuses(tmp_path: Path) -> None:
    """What would be refused says so, and comes back with nothing."""
    async with open_site(tmp_path, with_rules()) as site:
        text = (await ask(site, {"text": "for EYES ONLY"})).json()
        document = (await ask(site, {"document": ["for EYES ONLY"]})).json()
    assert (text["dropped"], text["redacted"]) == (True, "")
    assert (document["dropped"], document["redacted"]) == (True, None)


@pytest.mark.parametrize(("member", "value"), [("text", "slow"), ("document", ["slow"])])
async def test_redaction_that_takes_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, member: str, value: object
) -> None:
    """A trial that exceeds the time an event may take is refused by the name of what was tried."""

    def too_slow(redactor: Redactor, tried: object) -> None:
        raise RedactionTimeout(2.0)

    monkeypatch.setattr(Redactor, "explain", too_slow)
    monkeypatch.setattr(Redactor, "explain_document", too_slow)
    async with open_site(tmp_path) as site:
        answer = await ask(site, {member: value})
    assert (answer.status, answer.code, answer.json()["field"]) == (400, "invalid_request", member)
    assert "redaction.time_limit_ms" in answer.json()["detail"]


async def test_fault_of_the_redactor_shows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """When redaction itself fails, neither the answer nor the log repeats the text."""

    def broken(redactor: Redactor, text: str) -> None:
        raise ValueError(text)

    monkeypatch.setattr(Redactor, "explain", broken)
    async with open_site(tmp_path) as site:
        answer = await ask(site, {"text": f"unheard {ANN}"})
    assert (answer.status, answer.code) == (500, "internal_error")
    assert "unheard" not in answer.body.decode() + caplog.text


async def test_hashes_are_those_of_stored_spans(tmp_path: Path) -> None:
    """A hash in a trial equals the one in a stored span, also after a restart: one can be looked up by it."""
    config = Config.model_validate(
        {"server": {"listen": "127.0.0.1:0"}, "redaction": {"methods": {"email": "hash"}}}
    )
    async with open_site(tmp_path / "a", config) as site:
        await site.ingest(make_event(name=ANN))
        first = (await ask(site, {"text": ANN})).json()["redacted"]
        (span,) = (await site.as_project("GET", "/v1/spans")).json()["spans"]
    async with open_services(config, DataDir(tmp_path / "a")) as services:
        again = services.redactors.base.redact(ANN)
    async with open_site(tmp_path / "b", config) as site:
        elsewhere = (await ask(site, {"text": ANN})).json()["redacted"]
    assert first == again == span["event"]["name"]
    assert first != elsewhere
    assert ANN not in first
