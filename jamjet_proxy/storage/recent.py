"""The spans seen lately, so that a batch sent twice is stored and forwarded once.

SDKs send a batch again when the answer to it got lost. The memory is bounded per project: two
generations of spans, the older one forgotten whole. What slips through is settled by the index.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from jamjet_proxy.model.span import Span

_GENERATION = 25_000

PENDING = "pending"


@dataclass(slots=True)
class _Memory:
    current: dict[int, str] = field(default_factory=dict)
    previous: dict[int, str] = field(default_factory=dict)

    def status_of(self, key: int) -> str | None:
        found = self.current.get(key)
        return self.previous.get(key) if found is None else found

    def age(self) -> None:
        if len(self.current) >= _GENERATION:
            self.previous, self.current = self.current, {}


def supersedes(status: str, known: str) -> bool:
    """Whether a span arriving with ``status`` replaces the version known with status ``known``.

    A changed outcome does; the same again doesn't, and nothing goes back to pending.
    """
    return status not in (known, PENDING)


class RecentSpans:
    """What the journal took lately, following its transactions: staged, then kept or taken back.

    Used on the journal's writer thread only.
    """

    def __init__(self) -> None:
        self._memories: dict[str, _Memory] = {}
        self._staged: list[tuple[_Memory, int, str | None]] = []

    def is_repeat(self, project_id: str, span: Span) -> bool:
        """Whether this span is known already; when it isn't, it is from now on."""
        if span.surrogate:
            return False
        memory = self._memories.get(project_id)
        if memory is None:
            memory = self._memories[project_id] = _Memory()
        # Process-local hash: 64 bits over at most 50,000 entries, a clash is rarer than disk rot.
        key = hash((span.trace_id, span.span_id))
        known = memory.status_of(key)
        if known is not None and not supersedes(span.status, known):
            return True
        self._staged.append((memory, key, memory.current.get(key)))
        memory.current[key] = span.status
        return False

    def keep(self) -> None:
        """The transaction committed."""
        for memory in {id(memory): memory for memory, _, _ in self._staged}.values():
            memory.age()
        self._staged.clear()

    def take_back(self) -> None:
        """The transaction was rolled back."""
        for memory, key, before in reversed(self._staged):
            if before is None:
                del memory.current[key]
            else:
                memory.current[key] = before
        self._staged.clear()
