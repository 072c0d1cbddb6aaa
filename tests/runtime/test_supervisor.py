"""Supervised loops: none dies unseen, and all end with their context."""

from __future__ import annotations

import asyncio
import logging

import pytest
from support.waiting import until

from jamjet_proxy.runtime import supervisor
from jamjet_proxy.runtime.supervisor import supervised


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are short."""
    monkeypatch.setattr(supervisor, "_FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(supervisor, "_LONGEST_PAUSE_S", 0.004)


class Loop:
    """A loop that does one thing per start, then runs until it is ended."""

    def __init__(self, *starts: Exception | None) -> None:
        self.script = list(starts)
        self.started = 0
        self.ended = False

    async def run(self) -> None:
        self.started += 1
        if self.script:
            step = self.script.pop(0)
            if step is not None:
                raise step
            return
        try:
            await asyncio.Event().wait()
        finally:
            self.ended = True


async def test_failing_loop_is_started_again(caplog: pytest.LogCaptureFixture) -> None:
    """A loop that fails runs again, and the log has the kind of error and its place but no message."""
    loop = Loop(ValueError("payload text"), ValueError("payload text"))
    with caplog.at_level(logging.ERROR):
        async with supervised({"indexer": loop.run}):
            await until(lambda: loop.started == 3)
    assert "indexer failed with ValueError" in caplog.text
    assert "payload text" not in caplog.text
    assert loop.ended


async def test_only_the_first_failure_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A loop that keeps failing doesn't fill the log."""
    loop = Loop(*[LookupError()] * 6)
    with caplog.at_level(logging.ERROR):
        async with supervised({"indexer": loop.run}):
            await until(lambda: loop.started == 7)
    assert len(caplog.records) == 1


async def test_returning_is_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    """A loop that quietly returns is started again and named."""
    loop = Loop(None)
    with caplog.at_level(logging.ERROR):
        async with supervised({"forwarder": loop.run}):
            await until(lambda: loop.started == 2)
    assert "forwarder returned; it is started again" in caplog.text


async def test_one_loop_does_not_disturb_another() -> None:
    """While one loop fails and fails, the other runs on from its first start."""
    failing, steady = Loop(*[ValueError()] * 5), Loop()
    async with supervised({"failing": failing.run, "steady": steady.run}):
        await until(lambda: failing.started == 6)
        assert steady.started == 1
    assert steady.ended


async def test_loops_end_when_the_body_fails() -> None:
    """An error of the body ends the loops and comes out as it is, for callers that match on it."""
    loop = Loop()

    async def failing() -> None:
        async with supervised({"loop": loop.run}):
            await until(lambda: loop.started == 1)
            raise LookupError("body")

    with pytest.raises(LookupError, match=r"^body$"):
        await failing()
    assert loop.ended


async def test_cancelling_ends_everything() -> None:
    """When the whole is cancelled the loops end too, even one that is pausing after a failure."""
    loop, pausing = Loop(), Loop(*[ValueError()] * 1_000_000)

    async def whole() -> None:
        async with supervised({"loop": loop.run, "pausing": pausing.run}):
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(whole())
        await until(lambda: loop.started == 1 and pausing.started > 2)
        task.cancel()
    assert loop.ended
    assert task.cancelled()


async def test_health_resets_the_pause(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A loop that had run well for long is a new story when it fails: logged, and started again soon."""
    monkeypatch.setattr(supervisor, "_HEALTHY_AFTER_S", -1.0)
    loop = Loop(*[ValueError()] * 3)
    with caplog.at_level(logging.ERROR):
        async with supervised({"loop": loop.run}):
            await until(lambda: loop.started == 4)
    assert len(caplog.records) == 3
