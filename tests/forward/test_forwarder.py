"""All lanes together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from support.stores import Stores, make_batch, make_project, make_span, open_stores
from support.waiting import until

from jamjet_proxy.forward.forwarder import Forwarder
from jamjet_proxy.model.delivery import Delivered, Fate, LaneState, Paused
from jamjet_proxy.model.project import Project

ALPHA, BETA = make_project("alpha", "p1"), make_project("beta", "p2")


class Counting:
    """Takes everything, of all projects but those it refuses to serve."""

    type = "file"
    batch_events = 10

    def __init__(self, name: str, serves: tuple[str, ...], pauses: tuple[str, ...] = ()) -> None:
        self.name = name
        self.closed = 0
        self.taken: dict[str, int] = {}
        self._serves = serves
        self._pauses = pauses

    def serves(self, project: Project) -> bool:
        return project.name in self._serves

    async def send(self, project: Project, events: list[bytes], bookmark: str | None) -> Fate:
        if project.name in self._pauses:
            return Paused("HTTP 401")
        self.taken[project.name] = self.taken.get(project.name, 0) + len(events)
        return Delivered()

    async def close(self) -> None:
        self.closed += 1


@asynccontextmanager
async def forwarding(
    stores: Stores, projects: list[Project], changed: asyncio.Event, *destinations: Counting
) -> AsyncIterator[Forwarder]:
    forwarder = Forwarder(destinations, stores.journal, stores.journal_reader, lambda: projects, changed)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(forwarder.run())
        yield forwarder
        task.cancel()
    await forwarder.close()


async def test_a_lane_for_every_project_a_destination_serves(tmp_path: Path) -> None:
    """Each destination gets the spans of its projects and no others."""
    both, one = Counting("both", ("alpha", "beta")), Counting("one", ("beta",))
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(make_span(), project_id="p1"))
        await stores.journal.append(make_batch(make_span(), make_span(), project_id="p2"))
        async with forwarding(stores, [ALPHA, BETA], asyncio.Event(), both, one) as forwarder:
            await until(lambda: (both.taken, one.taken) == ({"alpha": 1, "beta": 2}, {"beta": 2}))
            lanes = {(lane.destination, lane.project) for lane in forwarder.statuses()}
    assert lanes == {("both", "alpha"), ("both", "beta"), ("one", "beta")}
    assert (both.closed, one.closed) == (1, 1)


async def test_new_project_gets_its_lane(tmp_path: Path) -> None:
    """A project created while the forwarder runs is forwarded without a restart."""
    projects, changed = [ALPHA], asyncio.Event()
    destination = Counting("both", ("alpha", "beta"))
    async with open_stores(tmp_path) as stores:
        await stores.journal.append(make_batch(make_span(), project_id="p2"))
        async with forwarding(stores, projects, changed, destination):
            projects.append(BETA)
            changed.set()
            await until(lambda: destination.taken == {"beta": 1})


async def test_one_project_does_not_hold_up_another(tmp_path: Path) -> None:
    """A project whose key is refused is paused alone."""
    destination = Counting("both", ("alpha", "beta"), pauses=("alpha",))
    async with open_stores(tmp_path) as stores:
        for project in ("p1", "p2"):
            await stores.journal.append(make_batch(make_span(), project_id=project))
        async with forwarding(stores, [ALPHA, BETA], asyncio.Event(), destination) as forwarder:
            await until(lambda: destination.taken == {"beta": 1})
            await until(
                lambda: (
                    {lane.project: lane.state for lane in forwarder.statuses()}
                    == {"alpha": LaneState.PAUSED, "beta": LaneState.IDLE}
                )
            )


async def test_statuses_before_it_runs(tmp_path: Path) -> None:
    """Where no daemon runs, every lane is shown as stopped."""
    async with open_stores(tmp_path) as stores:
        forwarder = Forwarder(
            [Counting("both", ("alpha",))],
            stores.journal,
            stores.journal_reader,
            lambda: [ALPHA, BETA],
            asyncio.Event(),
        )
        (lane,) = forwarder.statuses()
    assert (lane.destination, lane.project, lane.state) == ("both", "alpha", LaneState.STOPPED)


async def test_running_again_starts_over(tmp_path: Path) -> None:
    """A forwarder that was ended and started again has working lanes."""
    destination = Counting("both", ("alpha",))
    async with open_stores(tmp_path) as stores:
        for number in (1, 2):
            await stores.journal.append(make_batch(make_span(), project_id="p1"))
            async with forwarding(stores, [ALPHA], asyncio.Event(), destination):
                await until(lambda number=number: destination.taken.get("alpha") == number)  # type: ignore[misc]
                await asyncio.sleep(0)
