"""One process per data directory.

The lock is the operating system's, so it ends with its process however that ends. The file says who
holds it and, for a daemon, where it listens, so that commands can go through it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from jamjet_proxy.model.errors import AlreadyRunning

DAEMON = "daemon"
COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the data directory.

    Attributes:
        role: ``daemon``, or ``command`` for one that runs for a moment.
        url: where a daemon listens; "" until it does.
    """

    pid: int
    role: str
    url: str = ""


class DataDirLock:
    """The lock, held. Use ``hold``."""

    def __init__(self, descriptor: int, role: str) -> None:
        self._descriptor = descriptor
        self._role = role
        self.announce("")

    def announce(self, url: str) -> None:
        """Tell commands where this process listens."""
        text = json.dumps(asdict(Holder(os.getpid(), self._role, url))).encode()
        # In one write over the old text, padded, so that a reader never sees a mixture.
        os.pwrite(self._descriptor, text.ljust(512), 0)


@contextmanager
def hold(path: Path, role: str) -> Iterator[DataDirLock]:
    """Hold the lock file ``path`` while the context is open.

    Raises:
        AlreadyRunning: another process holds it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _taken(path) from None
        yield DataDirLock(descriptor, role)
    finally:
        os.close(descriptor)


def holder(path: Path) -> Holder | None:
    """Return who was last known to hold the lock file ``path``, None when it says nothing."""
    try:
        return Holder(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _taken(path: Path) -> AlreadyRunning:
    found = holder(path)
    who = f"process {found.pid} ({found.role})" if found else "another process"
    return AlreadyRunning(
        f"{who} is using the data directory {path.parent}",
        hint="stop it first, or choose another directory with --data-dir",
    )
