"""What became of an event. Every event received ends as exactly one of these."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why an event was rejected at the door; the value is its name on the wire and in the ledger."""

    NOT_AN_OBJECT = "not_an_object"
    """The element of ``events`` is not a JSON object."""
    INVALID_JSON = "invalid_json"
    """The element is not valid JSON (NaN, Infinity, a bad escape)."""
    INVALID_FIELD = "invalid_field"
    """A field that identifies the event has the wrong type, is too long or holds control characters."""
    TOO_DEEP = "too_deep"
    """The element is nested deeper than the limit."""
    REDACTION_FAILED = "redaction_failed"
    """The redactor failed, so the event was refused rather than stored unredacted."""
    REDACTION_TIMEOUT = "redaction_timeout"
    """Redaction took longer than it may, so the event was refused rather than stored unredacted."""
    DROPPED_BY_RULE = "dropped_by_rule"
    """A redaction rule says that events with such a value are not to be stored."""
