"""The composition root: every long-lived object is built here, once, by hand."""

from __future__ import annotations

from jamjet_proxy.services.build import Services, open_services
from jamjet_proxy.services.engine import redaction_engine
from jamjet_proxy.services.redactors import Redactors, check_rules

__all__ = ["Redactors", "Services", "check_rules", "open_services", "redaction_engine"]
