"""GET /metrics: the ledger and the counts of redaction for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from jamjet_proxy import __version__
from jamjet_proxy.observe.ledger import Ledger
from jamjet_proxy.storage.redactions import Tally
from jamjet_proxy.web.keys import REFUSALS, SERVICES

_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


async def metrics(request: web.Request) -> web.Response:
    """Answer every count as it stands in the journal and its index; no value is kept beside them."""
    services = request.app[SERVICES]
    snapshot = _Snapshot(
        await services.ledger(),
        await services.redactions.totals(),
        await services.indexer.lag(),
        request.app[REFUSALS].count,
    )
    registry = CollectorRegistry(auto_describe=False)
    registry.register(snapshot)
    return web.Response(body=generate_latest(registry), headers={"Content-Type": _CONTENT_TYPE})


class _Snapshot(Collector):
    def __init__(
        self, ledger: Ledger, redacted: list[Tally], index_lag: int, refused_credentials: int
    ) -> None:
        self._ledger = ledger
        self._redacted = redacted
        self._index_lag = index_lag
        self._refused_credentials = refused_credentials

    def collect(self) -> Iterable[Metric]:
        """Return every metric family."""
        info = GaugeMetricFamily("jamjet_proxy_build_info", "The running release.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        yield self._events()
        yield self._redactions()
        yield from self._deliveries()
        yield GaugeMetricFamily(
            "jamjet_proxy_unaccounted_events",
            "Events whose outcome nobody noted; 0 or a bug.",
            self._ledger.unaccounted,
        )
        yield GaugeMetricFamily(
            "jamjet_proxy_index_lag_batches",
            "Journal rows the index of traces has yet to read.",
            self._index_lag,
        )
        yield CounterMetricFamily(
            "jamjet_proxy_refused_credentials",
            "Requests whose key or token nobody has.",
            self._refused_credentials,
        )

    def _events(self) -> Metric:
        events = CounterMetricFamily(
            "jamjet_proxy_events",
            "Events by what became of them at the door.",
            labels=["project", "outcome", "reason"],
        )
        for project, receipts in self._ledger.projects:
            events.add_metric([project.name, "received", ""], receipts.received)
            events.add_metric([project.name, "accepted", ""], receipts.accepted)
            events.add_metric([project.name, "duplicate", ""], receipts.duplicate)
            for reason, count in receipts.rejected.items():
                events.add_metric([project.name, "rejected", reason], count)
        return events

    def _redactions(self) -> Metric:
        values = CounterMetricFamily(
            "jamjet_proxy_redacted_values",
            "Values replaced in spans that are indexed; in mode shadow, those a rule would have replaced.",
            labels=["project", "type", "mode"],
        )
        names = {project.id: project.name for project, _ in self._ledger.projects}
        for tally in self._redacted:
            mode = "shadow" if tally.shadow else "enforce"
            values.add_metric([names.get(tally.project_id, tally.project_id), tally.type, mode], tally.count)
        return values

    def _deliveries(self) -> Iterator[Metric]:
        labels = ["destination", "project"]
        sent = CounterMetricFamily(
            "jamjet_proxy_forwarded_spans", "Spans by what became of them there.", labels=[*labels, "outcome"]
        )
        pending = GaugeMetricFamily("jamjet_proxy_pending_spans", "Spans still to be sent.", labels=labels)
        oldest = GaugeMetricFamily(
            "jamjet_proxy_oldest_pending_seconds", "How long the oldest of them has waited.", labels=labels
        )
        for lane, balance in self._ledger.lanes:
            place = [lane.destination, lane.project]
            sent.add_metric([*place, "delivered"], balance.delivered)
            sent.add_metric([*place, "dead"], balance.dead)
            pending.add_metric(place, balance.pending)
            since_ms = balance.oldest_pending_ms
            oldest.add_metric(place, 0.0 if since_ms is None else max(0.0, time.time() - since_ms / 1000))
        yield from (sent, pending, oldest)
