"""Which of the two engines of redaction runs."""

from __future__ import annotations

from jamjet_proxy.redact import compiled


def redaction_engine() -> str:
    """Return ``compiled``, or ``python`` where the compiled core couldn't be built."""
    return "compiled" if compiled.AVAILABLE else "python"
