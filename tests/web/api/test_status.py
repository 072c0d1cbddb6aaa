"""GET /v1/status."""

from __future__ import annotations

from pathlib import Path

from support.site import ANYWHERE, open_site
from support.spans import make_events
from support.waiting import until

from jamjet_proxy import __version__
from jamjet_proxy.config import Config, Destination, FileDestination, JamjetDestination


async def test_ledger_and_destinations(tmp_path: Path) -> None:
    """The operator sees what became of every event, and how each destination is doing."""
    destinations: dict[str, Destination] = {
        "disk": FileDestination(type="file", directory=Path("archive")),
        "cloud": JamjetDestination(type="jamjet", url="http://127.0.0.1:9"),
    }
    async with open_site(tmp_path, Config(server=ANYWHERE, destinations=destinations)) as site:
        await site.ingest(*make_events(3), 7)

        async def settled() -> bool:
            lanes = (await site.services.ledger()).lanes
            return {lane.state.value for lane, _ in lanes} == {"idle", "paused"}

        await until(settled)
        status = (await site.as_operator("GET", "/v1/status")).json()
    assert status["version"] == __version__
    assert status["data_dir"] == str(tmp_path)
    redaction = status["redaction"]
    assert redaction["engine"] in ("compiled", "python")
    assert set(redaction["project_rules_versions"]) == {"alpha"}
    assert redaction["project_rules_versions"]["alpha"] == redaction["rules_version"]
    assert (status["unaccounted"], status["index"]) == (0, {"lag_batches": 0})
    (project,) = status["projects"]
    counts = {
        "received": 4,
        "accepted": 3,
        "duplicate": 0,
        "rejected": {"not_an_object": 1},
        "unaccounted": 0,
    }
    assert {name: project[name] for name in counts} == counts
    lanes = {lane["name"]: lane for lane in status["destinations"]}
    disk, cloud = lanes["disk"], lanes["cloud"]
    assert (disk["state"], disk["delivered"], disk["pending"], disk["last_error"]) == ("idle", 3, 0, None)
    assert disk["last_delivered_at"].endswith("Z")
    assert disk["oldest_pending_s"] is None
    assert (cloud["state"], cloud["delivered"], cloud["pending"]) == ("paused", 0, 3)
    assert "no upstream key for project 'alpha'" in cloud["last_error"]
    assert cloud["oldest_pending_s"] >= 0


async def test_rules_versions_of_projects(tmp_path: Path) -> None:
    """A project with rules of its own has a version of its own."""
    config = Config.model_validate(
        {"server": {"listen": "127.0.0.1:0"}, "projects": {"alpha": {"redaction": {"format": "<{type}>"}}}}
    )
    async with open_site(tmp_path, config) as site:
        await site.create("beta")
        redaction = (await site.as_operator("GET", "/v1/status")).json()["redaction"]
    versions = redaction["project_rules_versions"]
    assert versions["beta"] == redaction["rules_version"] != versions["alpha"]
