"""GET /metrics: what Prometheus reads equals the ledger."""

from __future__ import annotations

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from support.site import ANYWHERE, Site, open_site
from support.spans import make_event, make_events
from support.waiting import until

from jamjet_proxy.config import Config, FileDestination

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
