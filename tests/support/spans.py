"""Events as SDKs send them."""

from __future__ import annotations

import uuid
from typing import Any


def make_event(**fields: Any) -> dict[str, Any]:
    """Return an event with ids of its own; ``fields`` replace or add, None leaves a field out."""
    event = {
        "type": "span",
        "trace_id": f"tr_{uuid.uuid4().hex}",
        "span_id": f"sp_{uuid.uuid4().hex}",
        "kind": "custom",
        "name": "lookup",
        "sequence": 1,
        "timestamp": "2026-11-23T01:28:13.910244+00:00",
        "status": "ok",
        "duration_ms": 3,
        "agent_name": "research-bot",
    } | fields
    return {name: value for name, value in event.items() if value is not None}


def make_events(count: int, **fields: Any) -> list[dict[str, Any]]:
    """Return ``count`` events of one trace."""
    trace_id = f"tr_{uuid.uuid4().hex}"
    return [make_event(trace_id=trace_id, sequence=n, **fields) for n in range(1, count + 1)]
