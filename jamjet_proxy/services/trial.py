"""Redaction on trial: what rules do to a text or a document that is neither stored nor logged."""

from __future__ import annotations

from jamjet_proxy.model.errors import InvalidRequest
from jamjet_proxy.model.span import Finding
from jamjet_proxy.redact import RedactionTimeout, Redactor

Answer = dict[str, object]


def try_text(redactor: Redactor, text: str) -> Answer:
    """Return ``redacted``, ``spans`` (offsets in characters of ``text``), ``rules_version``, ``dropped``.

    Raises:
        InvalidRequest: redaction takes longer than an event may.
    """
    try:
        explained = redactor.explain(text)
    except RedactionTimeout:
        raise _too_slow("text") from None
    spans = [
        {
            "start": span.start,
            "end": span.end,
            "type": span.type,
            "rule": span.rule,
            "method": span.method,
            "replacement": span.replacement,
            "shadow": span.shadow,
        }
        for span in explained.spans
    ]
    return {
        "redacted": explained.redacted,
        "spans": spans,
        "rules_version": redactor.version,
        "dropped": explained.dropped,
    }


def try_document(redactor: Redactor, document: object) -> Answer:
    """Return the same for a JSON object or array, with ``findings`` by path instead of spans.

    Raises:
        InvalidRequest: redaction takes longer than an event may, or the document is nested too deep for it.
    """
    try:
        redacted, findings, dropped = redactor.explain_document(document)
    except RedactionTimeout:
        raise _too_slow("document") from None
    except (ValueError, RecursionError):
        raise InvalidRequest("the document is nested too deep", field="document") from None
    return {
        "redacted": redacted,
        "findings": [_finding(finding) for finding in findings],
        "rules_version": redactor.version,
        "dropped": dropped,
    }


def _too_slow(field: str) -> InvalidRequest:
    return InvalidRequest(
        f"redaction of this {field} takes longer than redaction.time_limit_ms, so its event would be refused",
        field=field,
    )


def _finding(finding: Finding) -> Answer:
    return {
        "path": finding.path,
        "type": finding.type,
        "rule": finding.rule,
        "count": finding.count,
        "shadow": finding.shadow,
    }
