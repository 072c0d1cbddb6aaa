"""Finds personal data in events and makes it unreadable, before anything touches disk."""

from __future__ import annotations

from jamjet_proxy.redact.explain import Explained, Explanation
from jamjet_proxy.redact.faults import EventDropped, RedactionTimeout
from jamjet_proxy.redact.redactor import Redactor
from jamjet_proxy.redact.rules import RuleSet

__all__ = ["EventDropped", "Explained", "Explanation", "RedactionTimeout", "Redactor", "RuleSet"]
