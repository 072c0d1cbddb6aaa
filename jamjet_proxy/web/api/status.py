"""GET /v1/status: the ledger and every destination, for the operator."""

from __future__ import annotations

import time

from aiohttp import web

from jamjet_proxy import __version__
from jamjet_proxy.model.delivery import LaneStatus
from jamjet_proxy.model.project import Project
from jamjet_proxy.model.times import iso
from jamjet_proxy.services import Services, redaction_engine
from jamjet_proxy.storage.cursors import Balance
from jamjet_proxy.storage.receipts import Receipts
from jamjet_proxy.web.answers import json_answer
from jamjet_proxy.web.auth import require_operator
from jamjet_proxy.web.keys import REFUSALS, SERVICES


async def status(request: web.Request) -> web.Response:
    """Answer what became of every event."""
    require_operator(request)
    services = request.app[SERVICES]
    ledger = await services.ledger()
    return json_answer(
        {
            "version": __version__,
            "data_dir": str(services.data_dir.path),
            "unaccounted": ledger.unaccounted,
            "refused_credentials": request.app[REFUSALS].count,
            "index": {"lag_batches": await services.indexer.lag()},
            "redaction": _redaction(services),
            "projects": [_project(project, receipts) for project, receipts in ledger.projects],
            "destinations": [_lane(lane, balance) for lane, balance in ledger.lanes],
        }
    )


def _redaction(services: Services) -> dict[str, object]:
    redactors = services.redactors
    return {
        "engine": redaction_engine(),
        "rules_version": redactors.base.version,
        "project_rules_versions": {
            project.name: redactors.of(project).version for project in services.projects.all()
        },
    }


def _project(project: Project, receipts: Receipts) -> dict[str, object]:
    return {
        "id": project.id,
        "name": project.name,
        "received": receipts.received,
        "accepted": receipts.accepted,
        "duplicate": receipts.duplicate,
        "rejected": receipts.rejected,
        "unaccounted": receipts.unaccounted,
    }


def _lane(lane: LaneStatus, balance: Balance) -> dict[str, object]:
    oldest = balance.oldest_pending_ms
    return {
        "name": lane.destination,
        "type": lane.type,
        "project": lane.project,
        "state": lane.state,
        "accepted": balance.accepted,
        "delivered": balance.delivered,
        "pending": balance.pending,
        "dead": balance.dead,
        "unaccounted": balance.unaccounted,
        "oldest_pending_s": None if oldest is None else max(0.0, round(time.time() - oldest / 1000, 3)),
        "last_delivered_at": _when(lane.last_delivered_ms),
        "last_error": lane.last_error,
        "last_error_at": _when(lane.last_error_ms),
    }


def _when(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else iso(milliseconds)
