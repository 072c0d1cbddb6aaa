"""The composition root: every long-lived object is built here, once, by hand."""

from __future__ import annotations

from jamjet_proxy.services.build import Services, open_services
from jamjet_proxy.services.redactors import check_rules

__all__ = ["Services", "check_rules", "open_services"]
