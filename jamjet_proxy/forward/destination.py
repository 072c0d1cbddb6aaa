"""The port every destination implements."""

from __future__ import annotations

from typing import Protocol

from jamjet_proxy.model.delivery import Fate
from jamjet_proxy.model.project import Project


class Destination(Protocol):
    """Somewhere spans are sent to.

    Attributes:
        name: as in the configuration; cursors and the ledger use it.
        type: as in the configuration.
        batch_events: most spans in one ``send``.
    """

    name: str
    type: str
    batch_events: int

    def serves(self, project: Project) -> bool:
        """Whether spans of this project go there."""
        ...

    async def send(self, project: Project, events: list[bytes], bookmark: str | None) -> Fate:
        """Try once to deliver ``events`` (JSON objects) and say what became of them; never raises for that.

        Args:
            bookmark: what the last ``Delivered`` of this project noted, or None.
        """
        ...

    async def close(self) -> None:
        """Release what the destination holds. Safe to call twice."""
        ...


def selects(projects: str | tuple[str, ...], project: Project) -> bool:
    """Whether a destination's ``projects`` setting ("*" or names) includes ``project``."""
    return projects == "*" or project.name in projects
