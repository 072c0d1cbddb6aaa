"""The HTTP interface on one screen."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from jamjet_proxy.services import Services
from jamjet_proxy.web.api import (
    health,
    ingest,
    metrics,
    openapi,
    policies,
    projects,
    redaction_test,
    redactions,
    spans,
    status,
    traces,
)
from jamjet_proxy.web.body import BodyReader
from jamjet_proxy.web.hosts import HostList
from jamjet_proxy.web.keys import BODIES, HOSTS, REFUSALS, SERVICES, UNDER_WAY
from jamjet_proxy.web.middlewares import answer_faults, check_host, count_request
from jamjet_proxy.web.refusals import Refusals
from jamjet_proxy.web.under_way import UnderWay

# SDKs put a free-form project name into the path, slashes included.
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/v1/events/ingest", ingest.ingest),
    ("GET", "/v1/projects", projects.list_projects),
    ("POST", "/v1/projects", projects.create_project),
    ("GET", "/v1/projects/{project:.+}/policies", policies.tool_rules),
    ("GET", "/v1/projects/{project:.+}/readiness", policies.readiness),
    ("GET", "/v1/policies", policies.policies_of_kind),
    ("GET", "/v1/traces", traces.list_traces),
    ("GET", "/v1/traces/{trace_id:.+}", traces.show_trace),
    ("GET", "/v1/spans", spans.list_spans),
    ("GET", "/v1/redaction/audit", redactions.audit),
    ("GET", "/v1/redaction/summary", redactions.summary),
    ("POST", "/v1/redaction/test", redaction_test.test),
    ("GET", "/v1/status", status.status),
    ("GET", "/healthz", health.alive),
    ("GET", "/readyz", health.ready),
    ("GET", "/metrics", metrics.metrics),
    ("GET", "/openapi.json", openapi.openapi),
)


def make_app(services: Services) -> web.Application:
    """Return the application that answers for ``services``."""
    server = services.config.server
    app = web.Application(middlewares=[count_request, answer_faults, check_host])
    app[SERVICES] = services
    app[BODIES] = BodyReader(services.config.limits)
    app[HOSTS] = HostList([*server.allowed_hosts, server.address[0]])
    app[REFUSALS] = Refusals()
    app[UNDER_WAY] = UnderWay()
    for method, path, handler in ROUTES:
        app.router.add_route(method, path, handler)
        # A base URL that ends in a slash makes clients ask for //v1/...
        app.router.add_route(method, "/{slashes:/+}" + path[1:], handler)
    return app
