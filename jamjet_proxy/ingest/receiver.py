"""The promise: a span is redacted before it is stored, and stored before it is acknowledged."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from jamjet_proxy.config import LimitsConfig
from jamjet_proxy.ingest.envelope import Envelope, open_envelope
from jamjet_proxy.ingest.event import Event, Rejected, check_event
from jamjet_proxy.ingest.inflate import inflate
from jamjet_proxy.model.outcome import Reason
from jamjet_proxy.model.project import Project
from jamjet_proxy.model.span import Span
from jamjet_proxy.redact import EventDropped, RedactionTimeout, Redactor
from jamjet_proxy.storage.journal import Batch, Journal

_log = logging.getLogger(__name__)

# Larger bodies are prepared on a thread, so that they don't hold up everybody else's answer.
_INLINE_BYTES = 256 * 1024
_LARGE_AT_ONCE = 2
_LONGEST_LABEL = 200
_LABELS_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """One event that was not stored: its place in the request, why, and a sentence for people."""

    index: int
    reason: Reason
    error: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the events of one request.

    Attributes:
        accepted: events stored now or known already.
        duplicates: those of them that were known already.
        refusals: one per event that was not stored.
        trace_ids: the traces the stored events belong to, each once.
    """

    accepted: int
    duplicates: int
    refusals: list[Refusal]
    trace_ids: list[str]


@dataclass(slots=True)
class _Prepared:
    label: str = ""
    spans: list[Span] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)


class Receiver:
    """Takes in the spans of SDKs."""

    def __init__(
        self, journal: Journal, redactor_for: Callable[[Project], Redactor], limits: LimitsConfig
    ) -> None:
        self._journal = journal
        self._redactor_for = redactor_for
        self._limits = limits
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)
        self._labels: set[tuple[str, str]] = set()

    async def receive(self, project: Project, body: bytes, coding: str = "") -> Receipt:
        """Redact and store the events in ``body``; on return they are synced to disk.

        Args:
            body: as it came over the wire.
            coding: its Content-Encoding header.

        Raises:
            RequestError: the body can't be read; nothing was stored.
            StorageError: nothing was stored; the same request may be sent again.
        """
        redactor = self._redactor_for(project)
        prepared = await self._prepare(redactor, body, coding)
        self._note_label(project, prepared.label)
        rejected = Counter(refusal.reason for refusal in prepared.refusals)
        appended = await self._journal.append(
            Batch(project.id, _now_ms(), prepared.label, tuple(prepared.spans), rejected, redactor.version)
        )
        return Receipt(
            accepted=appended.accepted + appended.duplicates,
            duplicates=appended.duplicates,
            refusals=prepared.refusals,
            trace_ids=list(dict.fromkeys(span.trace_id for span in prepared.spans)),
        )

    async def _prepare(self, redactor: Redactor, body: bytes, coding: str) -> _Prepared:
        if len(body) <= _INLINE_BYTES and not coding:
            return self._decode_and_redact(redactor, body, coding)
        async with self._large:
            return await asyncio.to_thread(self._decode_and_redact, redactor, body, coding)

    def _decode_and_redact(self, redactor: Redactor, body: bytes, coding: str) -> _Prepared:
        limits = self._limits
        text = inflate(body, coding, max_bytes=limits.body_bytes, max_ratio=limits.inflate_ratio)
        envelope = open_envelope(text)
        prepared = _Prepared(label=_redacted_label(envelope.label, redactor))
        self._sort(envelope, redactor, prepared)
        return prepared

    def _sort(self, envelope: Envelope, redactor: Redactor, prepared: _Prepared) -> None:
        for index, text in enumerate(envelope.events):
            try:
                event = check_event(text, max_depth=self._limits.event_depth)
                prepared.spans.append(_redacted(event, redactor))
            except Rejected as rejected:
                prepared.refusals.append(Refusal(index, rejected.reason, rejected.message))

    def _note_label(self, project: Project, label: str) -> None:
        """Say once that a client calls the project by another name; the key alone decides."""
        if label in ("", project.name) or (project.id, label) in self._labels:
            return
        if len(self._labels) < _LABELS_REMEMBERED:
            self._labels.add((project.id, label))
            _log.info("spans labelled %r belong to project %r, whose key they came with", label, project.name)


def _redacted_label(label: str, redactor: Redactor) -> str:
    try:
        return redactor.redact(label[:_LONGEST_LABEL])
    except EventDropped:
        return ""
    except Exception as error:  # noqa: BLE001 - a label decides nothing, so it is never worth an event
        _log.error("redaction of a label failed with %s; it was left out", type(error).__name__)
        return ""


def _redacted(event: Event, redactor: Redactor) -> Span:
    try:
        fields, findings = redactor.redact_fields(event.fields)
    except EventDropped as dropped:
        message = f"the redaction rule {dropped.rule!r} drops such events"
        raise Rejected(Reason.DROPPED_BY_RULE, message) from None
    except RedactionTimeout:
        _log.error("redaction took too long; the event was refused")
        message = "redaction took too long, so the event was refused"
        raise Rejected(Reason.REDACTION_TIMEOUT, message) from None
    except Exception as error:  # noqa: BLE001 - whatever failed, nothing unredacted may pass
        # The traceback could show payload text; the type is enough to find the fault.
        _log.error("redaction failed with %s; the event was refused", type(error).__name__)
        raise Rejected(Reason.REDACTION_FAILED, "redaction failed, so the event was refused") from None
    # Encoded anew even when nothing changed: a key that came twice is stored once.
    line = msgspec.json.encode(fields)
    if b"\n" in line or b"\r" in line:
        # Only white space between tokens can hold these in valid JSON; one span is one line.
        line = line.replace(b"\n", b" ").replace(b"\r", b" ")
    return Span(event.trace_id, event.span_id, event.status, line, findings, event.surrogate)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
