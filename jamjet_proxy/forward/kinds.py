"""Span kinds as the hosted API accepts them.

It refuses a whole request for one kind outside its list, so an unknown kind travels as ``custom``
with the original kept in the payload.
"""

from __future__ import annotations

import msgspec

HOSTED_KINDS = frozenset(
    {
        "llm_call",
        "tool_call",
        "policy_decision",
        "approval",
        "budget_check",
        "error",
        "custom",
        "mcp_tool_call",
        "agent_call",
    }
)
_ORIGINAL = "original_kind"


class _Kind(msgspec.Struct):
    kind: str | None = None


_decode_kind = msgspec.json.Decoder(_Kind).decode
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def normalise_kind(event: bytes) -> bytes:
    """Return ``event`` with a kind the hosted API accepts; the same bytes when it has one."""
    kind = _decode_kind(event).kind
    if kind in HOSTED_KINDS:
        return event
    fields = _decode_fields(event)
    fields["kind"] = msgspec.Raw(b'"custom"')
    if kind is not None:
        fields["payload"] = _with_original(fields.get("payload"), kind)
    return msgspec.json.encode(fields)


def _with_original(payload: msgspec.Raw | None, kind: str) -> msgspec.Raw:
    original = msgspec.json.encode(kind)
    if payload is None or bytes(payload) == b"null":
        members: dict[str, msgspec.Raw] = {}
    elif bytes(payload).startswith(b"{"):
        members = _decode_fields(payload)
    else:
        members = {"value": payload}
    return msgspec.Raw(msgspec.json.encode(members | {_ORIGINAL: msgspec.Raw(original)}))
