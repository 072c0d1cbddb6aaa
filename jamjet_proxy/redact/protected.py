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


def is_protected(name: str, first: int) -> bool:
    """Tell whether a top-level field passes untouched.

    Args:
        name: of the field.
        first: the first byte of its value as JSON: an object or array is searched under any name.
    """
    return name in PROTECTED and first not in b"{["


def is_kept(key: str, value: str) -> bool:
    """Tell whether a value anywhere in a document is an id or a time of a trace, which is nobody's number."""
    plain = key.replace("_", "").lower()
    return plain.endswith(_ID_ENDINGS) and _ID.fullmatch(value) is not None
