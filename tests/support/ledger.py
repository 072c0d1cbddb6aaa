"""What ``status`` says about the whole, and about single projects and destinations."""

from __future__ import annotations

from typing import Any

from support.proxy import ProxyProcess, eventually

Entry = dict[str, Any]


def project_entry(proxy: ProxyProcess, name: str) -> Entry:
    """Return what became of one project's events at the door."""
    found: Entry = next(entry for entry in proxy.status()["projects"] if entry["name"] == name)
    return found


def lane_entry(proxy: ProxyProcess, destination: str, project: str) -> Entry:
    """Return how one destination is doing with one project."""
    lanes = proxy.status()["destinations"]
    found: Entry = next(lane for lane in lanes if (lane["name"], lane["project"]) == (destination, project))
    return found


def settled(proxy: ProxyProcess, within_s: float = 10.0) -> list[Entry]:
    """Wait until all is sent and indexed; return every destination's entry, after a look at the sums."""
    status = eventually(lambda: _at_rest(proxy.status()), within_s)
    assert status["unaccounted"] == 0
    for project in status["projects"]:
        rejected = sum(project["rejected"].values())
        assert project["received"] == project["accepted"] + project["duplicate"] + rejected
    lanes: list[Entry] = status["destinations"]
    for lane in lanes:
        assert lane["accepted"] == lane["delivered"] + lane["dead"], lane
    return lanes


def _at_rest(status: Entry) -> Entry | None:
    pending = sum(lane["pending"] for lane in status["destinations"])
    return None if pending or status["index"]["lag_batches"] else status
