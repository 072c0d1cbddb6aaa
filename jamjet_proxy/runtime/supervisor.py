"""Named loops that run as long as the process does.

A loop that fails, or quietly returns, is started again after a pause that grows while it keeps
failing. Only transitions are logged: the first failure and the recovery.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

Loop = Callable[[], Awaitable[None]]

_log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 10.0
_HEALTHY_AFTER_S = 30.0


@asynccontextmanager
async def supervised(loops: Mapping[str, Loop]) -> AsyncIterator[None]:
    """Keep ``loops`` running while the context is open, and end them with it."""
    # Not a TaskGroup: it would wrap what the body raises, and callers match on that.
    tasks = [asyncio.create_task(_keep(name, loop), name=name) for name, loop in loops.items()]  # noqa: TID251
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep(name: str, loop: Loop) -> None:
    clock = asyncio.get_running_loop().time
    pause_s = _FIRST_PAUSE_S
    while True:
        started = clock()
        try:
            await loop()
            reason = "returned"
        except Exception as error:  # noqa: BLE001 - a loop that dies would be missed by nobody
            frames = "".join(traceback.format_tb(error.__traceback__))
            reason = f"failed with {type(error).__name__}\n{frames}"
        if clock() - started > _HEALTHY_AFTER_S:
            pause_s = _FIRST_PAUSE_S
        if pause_s == _FIRST_PAUSE_S:
            _log.error("%s %s; it is started again", name, reason)
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
