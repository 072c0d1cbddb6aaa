"""Personal data sent by the published SDK is nowhere to be found afterwards, and nothing else is missing."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import zstandard
from support.proxy import MakeProxy, ProxyProcess, ask, eventually
from support.sdk import run_script
from support.upstream import Upstream

PERSONAL = {
    "EMAIL": ["ann.lee+crm@mail.example.co.uk"],
    "CREDIT_CARD": ["4111 1111 1111 1111", "5500-0000-0000-0004", "378282246310005", "6011000990139424"],
    "US_SSN": ["536-22-8726"],
    "PHONE": ["(415) 555-2671", "+1-212-555-0187", "+44 20 7946 0958"],
    "IP": ["203.0.113.77", "2001:db8:85a3::8a2e:370:7334"],
    "IBAN": ["DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19"],
}
HARMLESS = [
    "order 482913075",
    "San Francisco 94103-1234",
    "12345678-1234-4234-8234-123456789012",
    "1763860093910244",
    "v1.2.3.4",
    "shipment 1234567890123456",
    "at 2026-11-23T01:28:13.910244Z",
]
VALUES = [value for values in PERSONAL.values() for value in values]
CONFIG = """
destinations:
  cloud: {{type: jamjet, url: "{url}", upstream_keys: {{default: "env:UPSTREAM_KEY"}}}}
  archive: {{type: file, directory: ./archive}}
"""


@pytest.fixture
def sent(make_proxy: MakeProxy, upstream: Upstream) -> tuple[ProxyProcess, str]:
    """A proxy to which the SDK sent every value, also as the name of its project; and the project's key."""
    proxy = make_proxy(CONFIG.format(url=upstream.url))
    proxy.environment["UPSTREAM_KEY"] = "jj_upstream"
    key = proxy.start().create_project("clinic")["api_key"]
    texts = [*VALUES, *HARMLESS]
    said = {"project": f"for {VALUES[0]}", "email": VALUES[0], "texts": texts}
    run_script("personal", proxy.url, key, json.dumps(said))
    eventually(lambda: len(proxy.spans(key)) == len(texts) and len(upstream.taken()) == len(texts))
    eventually(lambda: sum(map(len, map(Path.read_bytes, proxy.data_dir.glob("archive/*")))))
    return proxy, key


def test_no_value_is_left_in_a_file_an_answer_or_upstream(
    sent: tuple[ProxyProcess, str], upstream: Upstream
) -> None:
    """No file (WAL, archive and log among them), no answer and no upstream request holds a value."""
    proxy, key = sent
    trace_id = proxy.spans(key)[0]["trace_id"]
    answers = [
        proxy.as_project(key, "GET", "/v1/traces"),
        proxy.as_project(key, "GET", f"/v1/traces/{trace_id}?limit=500"),
        proxy.as_project(key, "GET", "/v1/spans?limit=500"),
        proxy.as_operator("GET", "/v1/spans?limit=500"),
        proxy.as_operator("GET", "/v1/status"),
        ask(proxy.url, "GET", "/metrics"),
    ]
    for answer in answers:
        assert answer.status == 200
        _assert_clean(answer.body)
    _assert_clean(json.dumps([(request.project, request.events) for request in upstream.received]).encode())
    assert (proxy.data_dir / "journal.db-wal").stat().st_size > 0
    _assert_clean(proxy.on_disk())
    proxy.stop()
    _assert_clean(proxy.on_disk())
    _assert_clean(_journal_text(proxy))


def test_values_become_tokens_and_the_rest_stays(sent: tuple[ProxyProcess, str]) -> None:
    """Where a value stood is its type; ids, order numbers, ZIP+4, UUIDs, times and versions are unchanged."""
    proxy, key = sent
    tokens = [f"[{kind}]" for kind, values in PERSONAL.items() for _ in values]
    spans = proxy.spans(key)
    for text, span in zip([*tokens, *HARMLESS], spans, strict=True):
        assert span["payload"]["tags"] == [text, "plain"]
        assert span["name"] == f"handle {text}"
        assert span["agent_name"] == f"bot for {text}"
        assert span["end_user_id"] == f"user {text}"
        assert span["end_user_email"] == "[EMAIL]"
        assert span["session_id"] == "conv_42"
    for field, mark in (("trace_id", "tr_"), ("span_id", "sp_")):
        assert all(re.fullmatch(f"{mark}[0-9a-f]{{32}}", span[field]) for span in spans)
    assert len({span["span_id"] for span in spans}) == len(spans)


def _journal_text(proxy: ProxyProcess) -> bytes:
    """Return the journal's rows as they were before compression."""
    with closing(sqlite3.connect(proxy.data_dir / "journal.db")) as connection:
        rows = connection.execute("SELECT body FROM batches").fetchall()
    text = b"\n".join(zstandard.ZstdDecompressor().decompress(body) for (body,) in rows)
    assert HARMLESS[0].encode() in text
    return text


def _assert_clean(content: bytes) -> None:
    for value in VALUES:
        digits = "".join(character for character in value if character.isalnum())
        for form in {value, digits, json.dumps(value)[1:-1]}:
            assert form.encode() not in content, f"{form!r} was found"
