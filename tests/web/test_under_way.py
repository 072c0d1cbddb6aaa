"""Requests that a stop waits for."""

from __future__ import annotations

import asyncio

import pytest

from jamjet_proxy.web.under_way import UnderWay


async def test_nothing_to_wait_for() -> None:
    """Without requests a stop goes on at once."""
    async with asyncio.timeout(1):
        await UnderWay().finished()


async def test_the_last_one_counts() -> None:
    """Only when every request has ended, well or not, is there nothing left to wait for."""
    it = UnderWay()
    async with asyncio.TaskGroup() as group:
        with it.one():
            with pytest.raises(LookupError), it.one():
                raise LookupError
            waiting = group.create_task(it.finished())
            await asyncio.sleep(0)
            assert not waiting.done()
        await waiting
