"""Which fields of an event redaction never touches, and which names it knows."""

from __future__ import annotations

import re

PROTECTED = frozenset(
    {
        "type",
        "trace_id",
        "span_id",
        "parent_span_id",
        "kind",
        "sequence",
        "timestamp",
        "duration_ms",
        "status",
        "model",
        "input_tokens",
        "output_tokens",
        "cost_usd",
        "originating_trace_id",
        "originating_span_id",
        "session_id",
        "approval_id",
        "prompt_prefix_hash",
        "start_time_ms",
        "end_time_ms",
    }
)
"""Ids, times, counters and closed vocabularies of the top level; single values there pass byte for byte."""

SEARCHED = frozenset(
    {
        "name",
        "agent_name",
        "agent_card_uri",
        "end_user_id",
        "end_user_email",
        "user_id",
        "user_email",
        "user_name",
        "user_attrs",
        "payload",
        "policy_decisions",
        "failure_mode",
        "policy_blocked_tool_calls",
        "budget_check",
        "environment",
        "release_version",
        "originating_agent_name",
        "source",
        "ai_sdk_function_id",
        "ai_sdk_metadata",
        "tags",
        "error",
    }
)
"""Field names of the wire contract whose values are searched; the names themselves hold no PII."""

_ID_ENDINGS = ("traceid", "spanid", "timeunixnano")
_ID = re.compile(r"[0-9A-Fa-f]+")


_NUMBERS = frozenset(
    {
        "sequence",
        "duration_ms",
        "input_tokens",
        "output_tokens",
        "cost_usd",
        "start_time_ms",
        "end_time_ms",
    }
)
_WORDS = frozenset({"type", "kind", "status", "model"})
_NUMBER = re.compile(rb"[-0-9n].*", re.DOTALL)
_WORD = re.compile(rb'null|"(?:[A-Za-z][A-Za-z0-9._:/ -]*)?"')
_TIME = re.compile(rb'null|[0-9].*|"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,+Z-]*"')
_HASH = re.compile(rb'null|"[A-Za-z0-9:_.-]*"')
_ANY_ID = re.compile(rb"[^{\[].*", re.DOTALL)


def _form_of(name: str) -> re.Pattern[bytes]:
    if name in _NUMBERS:
        return _NUMBER
    if name in _WORDS:
        return _WORD
    return {"timestamp": _TIME, "prompt_prefix_hash": _HASH}.get(name, _ANY_ID)


_FORMS = {name: _form_of(name) for name in PROTECTED}


def is_protected(name: str, raw: bytes) -> bool:
    """Tell whether a top-level field passes untouched.

    Anything else than a number, a time or a plain word may be written under their names too, and is searched
    then; ids are whatever a client makes them.

    Args:
        name: of the field.
        raw: its value as JSON text.
    """
    form = _FORMS.get(name)
    return form is not None and form.fullmatch(raw) is not None


def is_kept(key: str, value: str) -> bool:
    """Tell whether a value anywhere in a document is an id or a time of a trace, which is nobody's number."""
    plain = key.replace("_", "").lower()
    return plain.endswith(_ID_ENDINGS) and _ID.fullmatch(value) is not None
