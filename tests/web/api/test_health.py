"""GET /healthz and /readyz."""

from __future__ import annotations

from pathlib import Path

from support.site import open_site
from support.stores import accept, refuse


async def test_alive_and_ready(tmp_path: Path) -> None:
    """A healthy proxy says so to anybody."""
    async with open_site(tmp_path) as site:
        assert (await site.ask("GET", "/healthz")).json() == {"alive": True}
        assert (await site.ask("GET", "/readyz")).json() == {"ready": True}


async def test_not_ready_while_the_journal_refuses_writes(tmp_path: Path) -> None:
    """Readiness is tried with a real write: it is lost with the journal and comes back with it."""
    async with open_site(tmp_path) as site:
        await site.on_journal(refuse("identity"))
        answer = await site.ask("GET", "/readyz")
        assert (answer.status, answer.code) == (503, "storage_unavailable")
        assert (await site.ask("GET", "/healthz")).status == 200
        await site.on_journal(accept)
        assert (await site.ask("GET", "/readyz")).status == 200
