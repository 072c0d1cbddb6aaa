"""One element of ``events``: is it an event at all, and which one?"""

from __future__ import annotations

import re
import uuid

import msgspec

from jamjet_proxy.ingest.envelope import mend_surrogates
from jamjet_proxy.model.outcome import Reason

_LONGEST_ID = 256
# Nearly every id: one look says that there is nothing to look for.
_ORDINARY_ID = re.compile(r"[^\x00-\x1f\x7f\[]{1,256}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# The TypeScript SDK redacts its own ids now and then: [CREDIT_CARD], [REDACTED:phone].
_REDACTION_TOKEN = re.compile(r"\[[A-Z][A-Z_]*(:[A-Za-z_]+)?\]")
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|([\[{])|([\]}])', re.DOTALL)


class _Identity(msgspec.Struct):
    """The fields that say which event this is; null is as good as absent."""

    type: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    kind: str | None = None
    name: str | None = None
    status: str | None = None


_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_identity = msgspec.json.Decoder(_Identity).decode


class Rejected(Exception):
    """The event is refused for ``reason``; the message tells the sender why and holds no payload text."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Event(msgspec.Struct, frozen=True):
    """A checked event, not yet redacted.

    Attributes:
        trace_id, span_id: as sent, or minted here where they were missing or mangled.
        status: as sent; "" when absent.
        fields: every top-level field as valid JSON text.
        surrogate: whether an id was minted here.
    """

    trace_id: str
    span_id: str
    status: str
    fields: dict[str, msgspec.Raw]
    surrogate: bool


def check_event(text: bytes, *, max_depth: int) -> Event:
    """Check one element of ``events``.

    Raises:
        Rejected: it can't be stored; says why.
    """
    fields, identity = _decode(text, max_depth)
    trace_id, minted_trace = _id_or_surrogate("trace_id", "tr", identity.trace_id)
    span_id, minted_span = _id_or_surrogate("span_id", "sp", identity.span_id)
    if minted_trace or minted_span:
        fields = fields | {"trace_id": _json(trace_id), "span_id": _json(span_id)}
    return Event(trace_id, span_id, identity.status or "", fields, minted_trace or minted_span)


def _decode(text: bytes, max_depth: int) -> tuple[dict[str, msgspec.Raw], _Identity]:
    try:
        return _decode_strict(text, max_depth)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return _decode_strict(mend_surrogates(text), max_depth)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Rejected(Reason.INVALID_JSON, "the event is not valid JSON") from None
    except RecursionError:
        # The decoder's own limit depends on how deep the caller stands; event_depth may lie beyond it.
        raise Rejected(Reason.TOO_DEEP, "the event is nested too deep") from None


def _decode_strict(text: bytes, max_depth: int) -> tuple[dict[str, msgspec.Raw], _Identity]:
    if not text.isascii():
        text.decode()  # the decoders don't check the text inside values
    # Counting brackets is cheap and enough for nearly every event.
    if text.count(b"{") + text.count(b"[") > max_depth and _depth(text) > max_depth:
        raise Rejected(Reason.TOO_DEEP, f"the event is nested deeper than {max_depth} levels")
    try:
        fields = _decode_fields(text)
    except msgspec.ValidationError:
        raise Rejected(Reason.NOT_AN_OBJECT, "the event is not a JSON object") from None
    try:
        return fields, _decode_identity(text)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("$.")[2].rstrip("`")
        raise Rejected(Reason.INVALID_FIELD, f"{field}: wrong type, a string is expected") from None


def _depth(text: bytes) -> int:
    depth = deepest = 0
    for match in _BRACKETS.finditer(text):
        if match[1]:
            depth += 1
            deepest = max(deepest, depth)
        elif match[2]:
            depth -= 1
    return deepest


def _id_or_surrogate(field: str, mark: str, value: str | None) -> tuple[str, bool]:
    if value and _ORDINARY_ID.fullmatch(value):
        return value, False
    if not value or _REDACTION_TOKEN.search(value):
        return f"{mark}_surrogate_{uuid.uuid4().hex}", True
    if len(value) > _LONGEST_ID:
        raise Rejected(Reason.INVALID_FIELD, f"{field}: longer than {_LONGEST_ID} characters")
    if _CONTROL.search(value):
        raise Rejected(Reason.INVALID_FIELD, f"{field}: holds control characters")
    return value, False


def _json(text: str) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(text))
