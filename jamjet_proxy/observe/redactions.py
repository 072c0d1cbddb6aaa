"""The audit of redaction: what was found where, in pages and as counts over time."""

from __future__ import annotations

from dataclasses import dataclass

from jamjet_proxy.observe.pages import Whole, decode_cursor, encode_cursor
from jamjet_proxy.storage import redactions
from jamjet_proxy.storage.database import Reader
from jamjet_proxy.storage.redactions import MINUTE_MS, Bucket, Redaction, Tally, Wanted

_MOST_BUCKETS = 240


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some entries, the newest first; ``next_cursor`` is None on the last page."""

    entries: list[Redaction]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts by type over buckets of ``width_ms``; a bucket in which nothing was found is left out."""

    width_ms: int
    buckets: list[Bucket]


class RedactionAudit:
    """Answers what redaction did, as far as the journal is indexed."""

    def __init__(self, index_reader: Reader) -> None:
        self._index = index_reader

    async def page(self, wanted: Wanted, limit: int, cursor: str | None = None) -> AuditPage:
        """Return up to ``limit`` entries that are ``wanted``.

        Raises:
            InvalidRequest: the cursor is not one of ours.
        """
        behind = decode_cursor(cursor, tuple[Whole, Whole, Whole]) if cursor else None
        found = await redactions.page(self._index, wanted, limit + 1, behind)
        page = found[:limit]
        return AuditPage(page, encode_cursor(page[-1].place) if len(found) > limit else None)

    async def summary(self, since_ms: int, until_ms: int, project_id: str | None = None) -> Summary:
        """Return counts from the minute of ``since_ms`` on, before ``until_ms``, in about 240 buckets."""
        minutes = max(1, -(-(until_ms - since_ms) // (MINUTE_MS * _MOST_BUCKETS)))
        width_ms = minutes * MINUTE_MS
        since_ms -= since_ms % MINUTE_MS
        found = await redactions.buckets(self._index, since_ms, until_ms, width_ms, project_id)
        return Summary(width_ms, found)

    async def totals(self) -> list[Tally]:
        """Return how many values were ever redacted, by project and type."""
        return await redactions.totals(self._index)
