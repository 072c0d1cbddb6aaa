"""The composition root."""

from __future__ import annotations

from pathlib import Path

from support.stores import make_project

from jamjet_proxy.config import Config
from jamjet_proxy.config.data_dir import DataDir
from jamjet_proxy.services import open_services


async def test_destinations_are_those_of_the_configuration(tmp_path: Path) -> None:
    """Each configured destination has a lane for each project it serves, under its name and type."""
    config = Config.model_validate(
        {
            "destinations": {
                "disk": {"type": "file", "directory": "archive"},
                "cloud": {"type": "jamjet", "url": "http://127.0.0.1:9", "projects": ["beta"]},
            }
        }
    )
    data_dir = DataDir(tmp_path)
    async with open_services(config, data_dir) as services:
        for name in ("alpha", "beta"):
            await services.projects.create(name)
        lanes = {(lane.destination, lane.type, lane.project) for lane in services.forwarder.statuses()}
    assert lanes == {("disk", "file", "alpha"), ("disk", "file", "beta"), ("cloud", "jamjet", "beta")}


async def test_opening_again_keeps_everything(tmp_path: Path) -> None:
    """The token and the projects are the same at the next start."""
    async with open_services(Config(), DataDir(tmp_path)) as services:
        token, created = services.operator_token, await services.projects.create("alpha")
    async with open_services(Config(), DataDir(tmp_path)) as services:
        assert services.operator_token == token
        assert services.projects.authenticate(created.api_key) == created.project
        assert services.projects.named(make_project("beta").name) is None


async def test_without_destinations_the_ledger_has_no_lanes(tmp_path: Path) -> None:
    """By default the proxy is simply local."""
    async with open_services(Config(), DataDir(tmp_path)) as services:
        await services.projects.create("alpha")
        ledger = await services.ledger()
        assert (len(ledger.projects), ledger.lanes, ledger.unaccounted) == (1, [], 0)
        await services.check_accepting()
