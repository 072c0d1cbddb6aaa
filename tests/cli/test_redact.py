"""The redact commands: what was done, and what would be."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from support.proxy import ProxyProcess
from support.site import open_site
from support.spans import make_event

from jamjet_proxy.cli.main import main

ANN, BOB, CALL = "ann@example.com", "bob@example.org", "+1 202-555-0143"
NOT_UTF8 = b"caf\xe9 " + ANN.encode()


class Terminal(io.StringIO):
    """Standard output that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """Run a command on a terminal and return what it shows."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    assert main(list(arguments)) == 0
    return terminal.getvalue()


def store(path: Path, *events: object) -> None:
    """Store ``events`` in a data directory with the project alpha."""

    async def run() -> None:
        async with open_site(path) as site:
            await site.ingest(*events)

    asyncio.run(run())


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command and return what it prints."""
    capsys.readouterr()
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def audit(capsys: pytest.CaptureFixture[str], path: Path, *arguments: str) -> Any:
    return json.loads(output(capsys, "redact", "audit", "--json", *arguments, "--data-dir", str(path)))


@pytest.fixture
def said(tmp_path: Path) -> Path:
    """A file to be redacted."""
    path = tmp_path / "said.txt"
    path.write_text(f"Ask {ANN}\nor {BOB}, \x1b[2J {CALL}\n")
    return path


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a command would keep its data; nothing may appear there."""
    path = tmp_path / "data"
    monkeypatch.setenv("JAMJET_PROXY_DATA_DIR", str(path))
    return path


def test_audit_is_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """People see when, what, where and why, newest first, and never a value."""
    store(tmp_path, make_event(trace_id="tr_1", name=f"{ANN} {BOB}"), make_event(payload={"call": CALL}))
    text = output(capsys, "redact", "audit", "--data-dir", str(tmp_path))
    title, phone, email = text.splitlines()
    assert title.split() == ["TIME", "PROJECT", "TYPE", "COUNT", "PATH", "RULE", "MODE", "TRACE", "RULES"]
    assert phone.split()[1:7] == ["alpha", "PHONE", "1", "payload.call", "phone", "enforce"]
    assert email.split()[1:8] == ["alpha", "EMAIL", "2", "name", "email", "enforce", "tr_1"]
    assert not any(value in text for value in (ANN, BOB, "555"))


def test_audit_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Programs get an array with everything, narrowed as it was asked for, over as many pages as it takes."""
    store(tmp_path, *[make_event(name=f"{ANN}", payload={"call": CALL}) for _ in range(300)])
    assert len(audit(capsys, tmp_path, "--limit", "600")) == 600
    assert len(audit(capsys, tmp_path)) == 50
    calls = audit(capsys, tmp_path, "--type", "phone_number", "--project", "alpha", "--limit", "1000")
    assert len(calls) == 300
    assert {call["path"] for call in calls} == {"payload.call"}
    assert set(calls[0]) == {
        *("time", "project", "trace_id", "span_id", "path"),
        *("type", "rule", "count", "shadow", "rules_version"),
    }


def test_audit_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty audit is said in words, and is an empty array."""
    assert "Nothing was redacted yet" in output(capsys, "redact", "audit", "--data-dir", str(tmp_path))
    assert audit(capsys, tmp_path) == []


def test_audit_through_a_daemon(proxy: ProxyProcess) -> None:
    """With a daemon running the audit comes from it."""
    key = proxy.create_project("alpha")["api_key"]
    proxy.as_project(key, "POST", "/v1/events/ingest", {"events": [make_event(name=ANN)]})
    proxy.command("redact", "audit")
    (entry,) = json.loads(proxy.command("redact", "audit", "--json").stdout)
    assert (entry["project"], entry["type"]) == ("alpha", "EMAIL")


def test_text_before_and_after(said: Path, nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """People see the text before and after, with counts; nothing steers the terminal, nothing is kept."""
    text = output(capsys, "redact", "test", str(said))
    before, after, found = text.split("\n\n")
    assert before == f"before:\nAsk {ANN}\nor {BOB}, \ufffd[2J {CALL}"
    assert after == "after:\nAsk [EMAIL]\nor [EMAIL], \ufffd[2J [PHONE]"
    assert [line.split() for line in found.splitlines()] == [
        ["TYPE", "RULE", "METHOD", "MODE", "COUNT"],
        ["EMAIL", "email", "replace", "enforce", "2"],
        ["PHONE", "phone", "replace", "enforce", "1"],
    ]
    assert not nowhere.exists()


def test_text_for_programs(said: Path, nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Programs get the redacted text and spans whose offsets count characters of the input."""
    answer = json.loads(output(capsys, "redact", "test", str(said), "--json"))
    text = said.read_text()
    assert [text[span["start"] : span["end"]] for span in answer["spans"]] == [ANN, BOB, CALL]
    assert answer["redacted"] == "Ask [EMAIL]\nor [EMAIL], \x1b[2J [PHONE]\n"
    assert (answer["dropped"], len(answer["rules_version"])) == (False, 12)
    assert not nowhere.exists()


def test_document_before_and_after(tmp_path: Path, nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A JSON object or array is redacted as a document: by path, still JSON."""
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"to": [ANN], "n": 1}))
    before, after, found = output(capsys, "redact", "test", str(path)).split("\n\n")
    assert json.loads(before.removeprefix("before:")) == {"to": [ANN], "n": 1}
    assert json.loads(after.removeprefix("after:")) == {"to": ["[EMAIL]"], "n": 1}
    assert found.splitlines()[1].split()[0] == "EMAIL"
    answer = json.loads(output(capsys, "redact", "test", str(path), "--json"))
    assert answer["redacted"] == {"to": ["[EMAIL]"], "n": 1}
    assert [(f["type"], f["count"]) for f in answer["findings"]] == [("EMAIL", 1)]
    assert not nowhere.exists()


@pytest.mark.parametrize(
    "text", ["[see ann@example.com]", "{", "[NaN]", "[" * 100_000, '"ann@example.com"', ""]
)
def test_what_is_no_document_is_text(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anything that isn't a JSON object or array is redacted as text."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    answer = json.loads(output(capsys, "redact", "test", "--json"))
    assert answer["redacted"] == text.replace(ANN, "[EMAIL]")


def test_nothing_found(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Text without personal data is said to be that."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"good morning")))
    assert output(capsys, "redact", "test", "-").endswith("Nothing was found.\n")


def test_rules_of_a_project(tmp_path: Path, said: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The rules are those of the project that is named; one without its own has the base rules."""
    config = tmp_path / "config.yaml"
    config.write_text('projects: {alpha: {redaction: {format: "<{type}>"}}}')
    options = ["redact", "test", str(said), "--json", "--config", str(config)]
    redacted = [
        json.loads(output(capsys, *options, *more))["redacted"].split()[1]
        for more in ([], ["--project", "alpha"], ["--project", "beta"])
    ]
    assert redacted == ["[EMAIL]", "<EMAIL>", "[EMAIL]"]


def test_rules_that_watch_and_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a rule only watches stays in the text and in the table; what one refuses leaves nothing."""
    config = tmp_path / "config.yaml"
    config.write_text(
        "redaction:\n  rules:\n"
        "    - {name: hosts, type: HOST, pattern: '@example', mode: shadow}\n"
        "    - {name: badges, type: BADGE, pattern: 'B-[0-9]{4}', mode: shadow}\n"
        "    - {name: top secret, type: CLASSIFIED, pattern: EYES ONLY, method: drop_event}\n"
    )
    for text, expected in ((f"B-1234 {ANN}", "B-1234 [EMAIL]"), ("EYES ONLY", "(nothing: ")):
        for shape in (text, json.dumps([text])):
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(shape.encode())))
            _, after, found = output(capsys, "redact", "test", "--config", str(config)).split("\n\n")
            assert expected in after
            modes = {line.split()[0]: "shadow" in line for line in found.splitlines()[1:]}
            assert modes.items() <= {"HOST": True, "BADGE": True, "EMAIL": False, "CLASSIFIED": False}.items()
            assert ("BADGE" in modes) == (text != "EYES ONLY")


def test_colours_on_a_terminal(said: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal each type has a colour; NO_COLOR switches that off."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = on_terminal(monkeypatch, "redact", "test", str(said))
    assert coloured.count(f"\x1b[1;31m{ANN}\x1b[0m") == 1
    assert coloured.count("\x1b[1;31m[EMAIL]\x1b[0m") == 2
    assert coloured.count("\x1b[1;32m[PHONE]\x1b[0m") == 1
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in on_terminal(monkeypatch, "redact", "test", str(said))


def test_changed_lines_of_a_document_are_coloured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the lines of a document that differ stand out."""
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"to": ANN, "n": 1}))
    monkeypatch.delenv("NO_COLOR", raising=False)
    lines = on_terminal(monkeypatch, "redact", "test", str(path)).splitlines()
    assert [line for line in lines if "\x1b" in line] == [
        f'\x1b[1;33m  "to": "{ANN}",\x1b[0m',
        '\x1b[1;33m  "to": "[EMAIL]",\x1b[0m',
    ]


def test_input_that_is_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bytes that aren't UTF-8 are refused with their place, and nothing of them is shown."""
    path = tmp_path / "latin1.txt"
    path.write_bytes(NOT_UTF8)
    assert main(["redact", "test", str(path)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "the input is not UTF-8 text (byte 3)" in shown.err
    assert ANN not in shown.err


def test_test_writes_nothing_where_a_daemon_runs(proxy: ProxyProcess, said: Path) -> None:
    """Trying text needs no daemon, asks none and leaves its data directory alone."""
    before = _written(proxy)
    assert "[EMAIL]" in proxy.command("redact", "test", str(said)).stdout
    assert _written(proxy) == before


def _written(proxy: ProxyProcess) -> dict[Path, int]:
    """Return when each file was last written, but for the index, which the daemon tidies by itself."""
    files = (path for path in proxy.data_dir.rglob("*") if not path.name.startswith("index.db"))
    return {path: path.stat().st_mtime_ns for path in files}
