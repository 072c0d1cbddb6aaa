"""All lanes: one per destination and project, added as projects appear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from jamjet_proxy.forward.destination import Destination
from jamjet_proxy.forward.lane import Lane
from jamjet_proxy.model.delivery import LaneStatus
from jamjet_proxy.model.project import Project
from jamjet_proxy.storage.database import Reader
from jamjet_proxy.storage.journal import Journal

_SENDS_AT_ONCE = 8


class Forwarder:
    """Runs a lane for every project that a destination serves.

    Args:
        projects: returns every project there is now.
        changed: set whenever ``projects`` would answer something new.
    """

    def __init__(
        self,
        destinations: Sequence[Destination],
        journal: Journal,
        reader: Reader,
        projects: Callable[[], list[Project]],
        changed: asyncio.Event,
    ) -> None:
        self._destinations = destinations
        self._journal = journal
        self._reader = reader
        self._projects = projects
        self._changed = changed
        self._lanes: dict[tuple[str, str], Lane] = {}

    async def run(self) -> None:
        """Deliver until cancelled."""
        self._lanes.clear()
        at_once = {d.name: asyncio.Semaphore(_SENDS_AT_ONCE) for d in self._destinations}
        async with asyncio.TaskGroup() as group:
            while True:
                self._changed.clear()
                for lane in self._missing_lanes(at_once):
                    group.create_task(
                        lane.run(), name=f"lane {lane.status.destination} {lane.status.project}"
                    )
                await self._changed.wait()

    def statuses(self) -> list[LaneStatus]:
        """Return how every lane is doing, those included that wait for ``run``."""
        return [
            self._status(destination, project)
            for destination in self._destinations
            for project in self._projects()
            if destination.serves(project)
        ]

    async def close(self) -> None:
        """Release what the destinations hold. Safe to call twice."""
        for destination in self._destinations:
            await destination.close()

    def _status(self, destination: Destination, project: Project) -> LaneStatus:
        lane = self._lanes.get((destination.name, project.id))
        if lane is not None:
            return lane.status
        return LaneStatus(destination.name, destination.type, project.id, project.name)

    def _missing_lanes(self, at_once: dict[str, asyncio.Semaphore]) -> list[Lane]:
        missing = []
        for destination in self._destinations:
            for project in self._projects():
                key = (destination.name, project.id)
                if key not in self._lanes and destination.serves(project):
                    lane = Lane(destination, project, self._journal, self._reader, at_once[destination.name])
                    self._lanes[key] = lane
                    missing.append(lane)
        return missing
