"""GET /metrics: what Prometheus reads equals the ledger."""

from __future__ import annotations

from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families
from support.site import ANYWHERE, Site, open_site
from support.spans import make_event, make_events
from support.stores import make_project
from support.waiting import until

from jamjet_proxy.config import Config, FileDestination
from jamjet_proxy.config.data_dir import DataDir
from jamjet_proxy.runtime import lock
from jamjet_proxy.runtime.server import running

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


async def scrape(site: Site) -> Samples:
    """Return every sample by name and sorted labels."""
    answer = await site.ask("GET", "/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


def events(project: str, outcome: str, reason: str = "") -> tuple[str, tuple[tuple[str, str], ...]]:
    labels = (("outcome", outcome), ("project", project), ("reason", reason))
    return "jamjet_proxy_events_total", labels


async def test_door_counts_equal_the_ledger(tmp_path: Path) -> None:
    """Received, accepted, duplicate and rejected are those of the ledger, for every project."""
    event = make_event()
    async with open_site(tmp_path) as site:
        await site.create('odd "name"\\')
        await site.ingest(event, event, 7, {"trace_id": 5})
        await site.ask("GET", "/v1/status", "jj_wrong")
        found = await scrape(site)
    assert found[events("alpha", "received")] == 4
    assert found[events("alpha", "accepted")] == 1
    assert found[events("alpha", "duplicate")] == 1
    assert found[events("alpha", "rejected", "not_an_object")] == 1
    assert found[events("alpha", "rejected", "invalid_field")] == 1
    assert found[events('odd "name"\\', "received")] == 0
    assert found["jamjet_proxy_unaccounted_events", ()] == 0
    assert found["jamjet_proxy_index_lag_batches", ()] == 0
    assert found["jamjet_proxy_refused_credentials_total", ()] == 1


async def test_deliveries_equal_the_ledger(tmp_path: Path) -> None:
    """Delivered, dead and pending spans are shown for every destination and project."""
    archive = FileDestination(type="file", directory=Path("archive"))
    async with open_site(tmp_path, Config(server=ANYWHERE, destinations={"disk": archive})) as site:
        await site.ingest(*make_events(3))

        async def delivered() -> bool:
            return all(balance.pending == 0 for _, balance in (await site.services.ledger()).lanes)

        await until(delivered)
        found = await scrape(site)
    lane = (("destination", "disk"), ("project", "alpha"))
    for outcome, count in (("delivered", 3), ("dead", 0)):
        labels = tuple(sorted((*lane, ("outcome", outcome))))
        assert found["jamjet_proxy_forwarded_spans_total", labels] == count
    assert found["jamjet_proxy_pending_spans", lane] == 0
    assert found["jamjet_proxy_oldest_pending_seconds", lane] == 0


async def test_no_key_and_no_payload(tmp_path: Path) -> None:
    """What anybody may read holds neither keys nor data."""
    async with open_site(tmp_path) as site:
        await site.ingest(make_event(trace_id="tr_private", name="private"))
        text = (await site.ask("GET", "/metrics")).body.decode()
        assert site.key[3:] not in text
        assert site.token not in text
        assert "private" not in text


def redacted(project: str, kind: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    labels = (("mode", "enforce"), ("project", project), ("type", kind))
    return "jamjet_proxy_redacted_values_total", labels


async def test_redacted_values_are_counted(tmp_path: Path) -> None:
    """Values are counted by project and type, as they were stored: a restart forgets none of them."""
    event = make_event(payload={"to": "ann@example.com, bob@example.org", "call": "+1 202-555-0143"})
    async with open_site(tmp_path) as site:
        await site.ingest(event)
        await site.ingest(event)
        first = await scrape(site)
    restarted = running(Config(server=ANYWHERE), DataDir(tmp_path), lock.DAEMON)
    async with restarted as proxy, aiohttp.ClientSession() as session:
        again = await scrape(Site(proxy.url, proxy.services, session, make_project(), ""))
    assert first[redacted("alpha", "EMAIL")] == again[redacted("alpha", "EMAIL")] == 2
    assert first[redacted("alpha", "PHONE")] == again[redacted("alpha", "PHONE")] == 1


async def test_what_rules_watch_and_refuse_is_counted(tmp_path: Path) -> None:
    """Values that a rule only watches have a mode of their own; events that one refuses have their reason."""
    rules = [
        {"name": "badges", "type": "BADGE", "pattern": r"B-\d{4}", "mode": "shadow"},
        {"name": "top secret", "type": "CLASSIFIED", "pattern": "EYES ONLY", "method": "drop_event"},
    ]
    config = Config.model_validate({"server": {"listen": "127.0.0.1:0"}, "redaction": {"rules": rules}})
    async with open_site(tmp_path, config) as site:
        await site.ingest(make_event(name="B-1234 B-1235"), make_event(name="EYES ONLY"))
        found = await scrape(site)
    watched = (("mode", "shadow"), ("project", "alpha"), ("type", "BADGE"))
    assert found["jamjet_proxy_redacted_values_total", watched] == 2
    assert found[events("alpha", "rejected", "dropped_by_rule")] == 1
