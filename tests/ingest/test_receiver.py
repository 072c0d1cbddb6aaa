"""The promise of the receiver, against a real journal and the real redactor."""

from __future__ import annotations

import gzip
import json
import logging
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.spans import make_event, make_events
from support.stores import Stores, fill_up, fresh_stores, make_project, noise, on_disk, open_stores

from jamjet_proxy.config import Config, LimitsConfig
from jamjet_proxy.ingest.receiver import Receipt, Receiver
from jamjet_proxy.model.errors import BodyTooLarge, MalformedBody, StorageFull, UnsupportedCoding
from jamjet_proxy.model.method import Method
from jamjet_proxy.model.outcome import Reason
from jamjet_proxy.model.span import Finding
from jamjet_proxy.redact import RedactionTimeout, Redactor, RuleSet
from jamjet_proxy.redact.rules import Rule
from jamjet_proxy.services.redactors import Redactors
from jamjet_proxy.storage.journal import batches_from
from jamjet_proxy.storage.receipts import Receipts, all_receipts

PROJECT = make_project()
SECRET = "hunter2-do-not-store"
GOOD = b'{"trace_id":"tr_1","span_id":"sp_good"}'


@dataclass
class Door:
    """A receiver and what lies behind it."""

    receiver: Receiver
    stores: Stores

    async def send(self, content: object, coding: str = "") -> Receipt:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return await self.receiver.receive(PROJECT, body, coding)

    async def lines(self) -> list[bytes]:
        """Return every stored event as it lies in the journal."""
        rows = await batches_from(self.stores.journal_reader, 1, rows=1_000)
        return [line for row in rows for line in row.events()]

    async def receipts(self) -> Receipts:
        return (await all_receipts(self.stores.journal_reader))[PROJECT.id]


class FailingRedactor:
    """Fails on every event that holds the secret, with a message that holds it too."""

    version = "failing"

    def redact(self, text: str) -> str:
        return text

    def redact_fields(
        self, fields: Mapping[str, msgspec.Raw]
    ) -> tuple[Mapping[str, msgspec.Raw], tuple[Finding, ...]]:
        for value in fields.values():
            if SECRET.encode() in bytes(value):
                raise ValueError(f"cannot redact {bytes(value)!r}")
        return fields, ()


@asynccontextmanager
async def door(
    path: Path, limits: LimitsConfig | None = None, redactor: object = None
) -> AsyncIterator[Door]:
    """Open a receiver on stores in ``path``, with the default rules unless a redactor is given."""
    redactors = Redactors(Config())

    def redactor_for(project: Any) -> Redactor:
        return redactors.of(project) if redactor is None else redactor  # type: ignore[return-value]

    async with open_stores(path) as stores:
        yield Door(Receiver(stores.journal, redactor_for, limits or LimitsConfig()), stores)


async def test_receipt_of_a_plain_batch(tmp_path: Path) -> None:
    """Events of two traces are accepted, and each trace is named once, in the order it came."""
    first, second = make_events(3), make_events(2)
    async with door(tmp_path) as it:
        receipt = await it.send(
            {"project": "x", "events": [*first, *second, first[0] | {"span_id": "sp_new"}]}
        )
    assert receipt == Receipt(6, 0, [], [first[0]["trace_id"], second[0]["trace_id"]])


async def test_repeats_are_accepted_as_duplicates(tmp_path: Path) -> None:
    """A batch sent twice is stored once, and the second answer says so."""
    batch = {"events": make_events(5)}
    async with door(tmp_path) as it:
        await it.send(batch)
        again = await it.send(batch)
        assert (again.accepted, again.duplicates, len(again.trace_ids)) == (5, 5, 1)
        assert len(await it.lines()) == 5


async def test_events_with_mangled_ids_are_never_merged(tmp_path: Path) -> None:
    """Two events whose ids an SDK redacted away are two events, as often as they come."""
    event = make_event(trace_id="[CREDIT_CARD]", span_id="[CREDIT_CARD]")
    async with door(tmp_path) as it:
        receipt = await it.send({"events": [event, event]})
        assert (receipt.accepted, receipt.duplicates) == (2, 0)
        await it.send({"events": [event]})
        assert len({json.loads(line)["span_id"] for line in await it.lines()}) == 3


async def test_empty_batch(tmp_path: Path) -> None:
    """A batch of nothing is received and leaves no row."""
    async with door(tmp_path) as it:
        assert await it.send({"events": []}) == Receipt(0, 0, [], [])
        assert await it.stores.seqs() == []


async def test_bad_events_keep_the_others(tmp_path: Path) -> None:
    """Each bad event is named by its place and reason, and everything else is stored."""
    events = [
        GOOD,
        b"7",
        b'{"trace_id":"t","span_id":"s","cost_usd":NaN}',
        b'{"trace_id":7,"span_id":"s"}',
        b'{"trace_id":"t","span_id":"deep","a":' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"trace_id":"tr_2","span_id":"sp_\\u00e9","name":"\\ud800"}',
    ]
    async with door(tmp_path) as it:
        receipt = await it.send(b'{"events":[' + b",".join(events) + b"]}")
        assert [(refusal.index, refusal.reason) for refusal in receipt.refusals] == [
            (1, Reason.NOT_AN_OBJECT),
            (2, Reason.INVALID_JSON),
            (3, Reason.INVALID_FIELD),
            (4, Reason.TOO_DEEP),
        ]
        assert receipt.accepted == 2
        assert [json.loads(line)["span_id"] for line in await it.lines()] == ["sp_good", "sp_é"]
        reasons = {"not_an_object": 1, "invalid_json": 1, "invalid_field": 1, "too_deep": 1}
        assert await it.receipts() == Receipts(received=6, accepted=2, rejected=reasons)


async def test_personal_data_never_reaches_the_disk(tmp_path: Path) -> None:
    """What the redactor finds lies in no file; what it replaced is noted beside the span."""
    event = make_event(
        payload={"text": "write to ada.lovelace@example.com"}, end_user_email="bob@example.org"
    )
    async with door(tmp_path) as it:
        await it.send({"project": "ops ada.lovelace@example.com", "events": [event]})
        (row,) = await batches_from(it.stores.journal_reader, 1, rows=1)
        assert {(finding.type, finding.count) for finding in row.findings()[0]} == {("EMAIL", 1)}
        (label,) = await it.stores.journal_reader.fetch("SELECT label FROM batches")
        assert label == ("ops [EMAIL]",)
        (line,) = row.events()
    everything = line + on_disk(tmp_path)
    assert b"ada.lovelace" not in everything
    assert b"bob@" not in everything


async def test_failing_redactor_refuses_the_event(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An event whose redaction fails is refused alone; nothing of it is on disk, in the log or the answer."""
    bad = make_event(payload={"password": SECRET})
    with caplog.at_level(logging.DEBUG):
        async with door(tmp_path, redactor=FailingRedactor()) as it:
            receipt = await it.send({"events": [make_event(), bad, make_event()]})
            assert await it.receipts() == Receipts(received=3, accepted=2, rejected={"redaction_failed": 1})
            lines = b"".join(await it.lines())
    (refusal,) = receipt.refusals
    assert (refusal.index, refusal.reason) == (1, Reason.REDACTION_FAILED)
    assert SECRET not in refusal.error
    assert "redaction failed with ValueError" in caplog.text
    assert SECRET not in caplog.text
    assert SECRET.encode() not in lines + on_disk(tmp_path)


async def test_each_refusal_of_redaction_has_its_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An event that a rule drops, and one that takes too long, are refused and counted by their reason."""
    rule = Rule("project x", "X", "(?i)project x", method=Method.DROP_EVENT)
    real = Redactor(RuleSet(rules=(rule,)))

    class Slow(FailingRedactor):
        def redact(self, text: str) -> str:
            return real.redact(text)

        def redact_fields(
            self, fields: Mapping[str, msgspec.Raw]
        ) -> tuple[Mapping[str, msgspec.Raw], tuple[Finding, ...]]:
            if SECRET.encode() in bytes(fields["payload"]):
                raise RedactionTimeout(2)
            return real.redact_fields(dict(fields))

    events = [make_event(payload=text) for text in ("a", "Project X", SECRET, "b")]
    async with door(tmp_path, redactor=Slow()) as it:
        receipt = await it.send({"project": "Project X", "events": events})
        assert await it.receipts() == Receipts(
            received=4, accepted=2, rejected={"dropped_by_rule": 1, "redaction_timeout": 1}
        )
        (label,) = await it.stores.journal_reader.fetch("SELECT label FROM batches")
        lines = b"".join(await it.lines())
    assert label == ("",)
    dropped, late = receipt.refusals
    assert (dropped.index, dropped.reason) == (1, Reason.DROPPED_BY_RULE)
    assert dropped.error == "the redaction rule 'project x' drops such events"
    assert (late.index, late.reason) == (2, Reason.REDACTION_TIMEOUT)
    for text in (SECRET, "Project X"):
        assert text not in caplog.text + late.error + dropped.error
        assert text.encode() not in lines + on_disk(tmp_path)


async def test_failing_redaction_of_the_label_costs_no_event(tmp_path: Path) -> None:
    """A label that can't be redacted is left out, and nothing of it reaches the disk."""

    class Broken(FailingRedactor):
        def redact(self, text: str) -> str:
            raise ValueError("broken")

    async with door(tmp_path, redactor=Broken()) as it:
        receipt = await it.send({"project": SECRET, "events": [make_event()]})
        assert receipt.accepted == 1
    assert SECRET.encode() not in on_disk(tmp_path)


@pytest.mark.parametrize("number", ["1.0", "1e5", "-0", "0.10", "123456789012345678901234567890", "1e400"])
async def test_numbers_are_stored_as_they_came(tmp_path: Path, number: str) -> None:
    """A number's characters reach the disk unchanged, beside redacted text too."""
    payload = f'{{"n":{number},"text":"call 212-555-0187"}}'
    body = f'{{"events":[{{"trace_id":"t","span_id":"s","payload":{payload},"cost_usd":{number}}}]}}'
    async with door(tmp_path) as it:
        await it.send(body.encode())
        (line,) = await it.lines()
    assert f'"n":{number},'.encode() in line
    assert f'"cost_usd":{number}'.encode() in line
    assert b"555" not in line


async def test_pretty_printed_events_are_one_line(tmp_path: Path) -> None:
    """Line breaks between tokens are no line breaks in the journal, and the text stays the same JSON."""
    events = [make_event(payload={"a": [1, {"b": "x\ny\r\u2028z"}]}) for _ in range(3)]
    body = json.dumps({"events": events}, indent=4).replace("\n", "\r\n").encode()
    async with door(tmp_path) as it:
        assert (await it.send(body)).accepted == 3
        lines = await it.lines()
    assert [json.loads(line) for line in lines] == events
    assert not any(b"\n" in line or b"\r" in line for line in lines)


async def test_duplicate_keys_are_stored_once(tmp_path: Path) -> None:
    """A key that came twice is in the stored text once, with the value that was looked at."""
    body = b'{"events":[{"trace_id":"t","span_id":"s","name":"a@example.com","name":"last"}]}'
    async with door(tmp_path) as it:
        await it.send(body)
        (line,) = await it.lines()
    assert line.count(b'"name"') == 1
    assert json.loads(line)["name"] == "last"
    assert b"a@example.com" not in line


async def test_unknown_fields_are_kept(tmp_path: Path) -> None:
    """What no SDK sends today is stored for tomorrow."""
    event = make_event(brand_new={"nested": [None, True, 1.5]}, type="metric", kind="anything")
    async with door(tmp_path) as it:
        await it.send({"events": [event]})
        (line,) = await it.lines()
    assert json.loads(line) == event


async def test_large_bodies_take_the_thread_with_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body beyond 256 KiB is prepared off the event loop, and so is every compressed one."""
    threads: list[bool] = []
    real = Receiver._decode_and_redact

    def watched(self: Receiver, *arguments: Any) -> Any:
        threads.append(threading.current_thread() is threading.main_thread())
        return real(self, *arguments)

    monkeypatch.setattr(Receiver, "_decode_and_redact", watched)
    small = {"events": [make_event(payload="a@example.com"), 7]}
    large = {"events": [make_event(payload="a@example.com " + noise(200_000)), 7]}
    async with door(tmp_path) as it:
        for content in (small, large):
            receipt = await it.send(content)
            assert (receipt.accepted, [r.index for r in receipt.refusals]) == (1, [1])
        compressed = gzip.compress(json.dumps({"events": [make_event(), 7]}).encode())
        assert (await it.send(compressed, "gzip")).accepted == 1
        assert b"example.com" not in b"".join(await it.lines())
    assert threads == [True, False, False]


async def test_ten_thousand_events_in_one_body(tmp_path: Path) -> None:
    """The largest batch an SDK sends is accepted whole."""
    async with door(tmp_path) as it:
        receipt = await it.send({"events": make_events(10_000)})
        assert (receipt.accepted, receipt.duplicates, receipt.refusals) == (10_000, 0, [])


async def test_limits_apply(tmp_path: Path) -> None:
    """The configured size and depth are the ones that count."""
    async with door(tmp_path, LimitsConfig(body_bytes=1_024, event_depth=2)) as it:
        with pytest.raises(BodyTooLarge):
            await it.send({"events": [make_event(name="x" * 2_000)]})
        with pytest.raises(BodyTooLarge):
            await it.send(
                gzip.compress(json.dumps({"events": [make_event(name="x" * 2_000)]}).encode()), "gzip"
            )
        receipt = await it.send({"events": [make_event(payload=[[1]])]})
        assert [refusal.reason for refusal in receipt.refusals] == [Reason.TOO_DEEP]


@pytest.mark.parametrize(
    ("body", "coding", "error"),
    [
        (b"{", "", MalformedBody),
        (b"{}", "gzip", MalformedBody),
        (gzip.compress(b'{"events":[]}')[:-4], "gzip", MalformedBody),
        (b"{}", "br", UnsupportedCoding),
    ],
)
async def test_unreadable_bodies_store_nothing(
    tmp_path: Path, body: bytes, coding: str, error: type[Exception]
) -> None:
    """A body that can't be read is the caller's fault and leaves no trace in the ledger."""
    async with door(tmp_path) as it:
        with pytest.raises(error):
            await it.send(body, coding)
        assert await all_receipts(it.stores.journal_reader) == {}


async def test_full_disk_acknowledges_nothing(tmp_path: Path) -> None:
    """When the journal can't grow, the caller is told and may send the very same body again."""
    async with door(tmp_path) as it:
        await it.stores.journal.writer.run(fill_up)
        with pytest.raises(StorageFull):
            await it.send({"events": [make_event(payload=noise(50_000))]})
        assert await all_receipts(it.stores.journal_reader) == {}


async def test_foreign_label_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """That a client calls the project by another name is logged once, redacted and not for its own name."""
    with caplog.at_level(logging.INFO):
        async with door(tmp_path) as it:
            for label in ("default", "default", PROJECT.name, "", "a@example.com"):
                await it.send({"project": label, "events": []})
    said = [record.getMessage() for record in caplog.records if record.name.endswith("receiver")]
    assert len(said) == 2
    assert "'default' belong to project 'alpha'" in said[0]
    assert "a@example.com" not in said[1]


ELEMENTS = st.one_of(
    st.sampled_from([b"7", b"{}", b'{"trace_id":NaN}', b'{"span_id":5}', b"[" * 300 + b"]" * 300]),
    st.integers(0, 6).map(lambda n: f'{{"trace_id":"t","span_id":"s{n}"}}'.encode()),
)


@given(st.lists(st.lists(ELEMENTS, max_size=8), max_size=5))
@settings(max_examples=40, deadline=None, derandomize=True)
async def test_every_event_has_exactly_one_fate(bodies: list[list[bytes]]) -> None:
    """Over any bodies, each event is stored, a duplicate or refused, and the ledger agrees."""
    async with fresh_stores() as stores:
        redactors = Redactors(Config())
        it = Door(Receiver(stores.journal, redactors.of, LimitsConfig()), stores)
        accepted = duplicates = refused = 0
        for events in bodies:
            receipt = await it.send(b'{"events":[' + b",".join(events) + b"]}")
            assert receipt.accepted + len(receipt.refusals) == len(events)
            accepted += receipt.accepted
            duplicates += receipt.duplicates
            refused += len(receipt.refusals)
        ledger = (await all_receipts(stores.journal_reader)).get(PROJECT.id, Receipts())
        assert ledger.received == sum(map(len, bodies))
        assert (ledger.accepted + ledger.duplicate, ledger.duplicate) == (accepted, duplicates)
        assert (sum(ledger.rejected.values()), ledger.unaccounted) == (refused, 0)
        assert len(await it.lines()) == ledger.accepted
