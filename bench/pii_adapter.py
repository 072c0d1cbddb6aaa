"""Redaction for a scorer of labelled texts: spans of a text, a redacted text, a redacted document."""

from jamjet_proxy.redact import Redactor

_redactor = Redactor()
detect, redact, doc = _redactor.detect, _redactor.redact, _redactor.redact_document
