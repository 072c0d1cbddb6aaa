"""The OpenAPI document: it names every route, and generated requests find nothing it doesn't say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from support.proxy import ProxyProcess
from support.site import open_site
from support.spans import make_event, make_events

from jamjet_proxy.model.delivery import LaneState
from jamjet_proxy.model.outcome import Reason
from jamjet_proxy.web.app import ROUTES

DOCUMENT: dict[str, Any] = yaml.safe_load((files("jamjet_proxy.web") / "openapi.yaml").read_text("utf-8"))
OPERATIONS = [(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item]
# Requests that the document allows, and requests that it doesn't wherever there is something to get wrong.
CASES = [
    (method, path, mode)
    for method, path in OPERATIONS
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or "security" not in DOCUMENT["paths"][path][method.lower()]
]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


async def test_served_document_is_the_packaged_one(tmp_path: Path) -> None:
    """What is served is what was checked, as JSON."""
    async with open_site(tmp_path) as site:
        assert (await site.ask("GET", "/openapi.json")).json() == DOCUMENT


def test_document_and_routes_name_the_same() -> None:
    """Every route is described, and nothing is described that isn't there."""
    routes = {(method, re.sub(r"\{(\w+):[^}]*\}", r"{\1}", path)) for method, path, _ in ROUTES}
    assert set(OPERATIONS) == routes


def test_enumerations_are_complete() -> None:
    """Reasons and states that the program knows are the ones that the document names."""
    schemas = DOCUMENT["components"]["schemas"]
    reasons = schemas["Receipt"]["properties"]["errors"]["items"]["properties"]["reason"]["enum"]
    assert set(reasons) == set(Reason)
    states = schemas["Status"]["properties"]["destinations"]["items"]["properties"]["state"]["enum"]
    assert set(states) == set(LaneState)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ProxyProcess, str]]:
    """A running proxy with some spans, and its project's key."""
    directory = tmp_path_factory.mktemp("openapi")
    config = directory / "config.yaml"
    config.write_text("destinations: {disk: {type: file, directory: archive}}")
    proxy = ProxyProcess(directory / "data", config).start()
    key = proxy.create_project("alpha")["api_key"]
    events = [make_event(trace_id="0"), *make_events(3)]
    assert proxy.as_project(key, "POST", "/v1/events/ingest", {"events": events}).status == 200
    yield proxy, key
    proxy.close()


@pytest.mark.parametrize("who", ["project", "operator", "nobody"])
@pytest.mark.parametrize(("method", "path", "mode"), CASES, ids=str)
def test_generated_requests(
    served: tuple[ProxyProcess, str], method: str, path: str, who: str, mode: GenerationMode
) -> None:
    """Whatever is sent, the answer is never a 500 and always one that the document describes."""
    proxy, key = served
    credential = {"project": key, "operator": proxy.operator_token, "nobody": "jj_nobody"}[who]
    schema = schemathesis.openapi.from_dict(DOCUMENT)

    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    @settings(
        max_examples=10 if who == "nobody" else 25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def run(case: schemathesis.Case[Any]) -> None:
        response = case.call(base_url=proxy.url, headers={"Authorization": f"Bearer {credential}"})
        case.validate_response(response, checks=CHECKS)

    run()


def test_generated_requests_left_the_ledger_balanced(served: tuple[ProxyProcess, str]) -> None:
    """After all that nothing is unaccounted."""
    proxy, _ = served
    assert proxy.status()["unaccounted"] == 0
