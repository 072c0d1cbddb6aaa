"""What became of spans that were sent somewhere, and how a destination is doing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Delivered:
    """The destination has them; ``bookmark`` is its own note to find again next time."""

    bookmark: str | None = None


@dataclass(frozen=True, slots=True)
class RetryLater:
    """The destination can't take them now; ``after_s`` is what it asked to wait, if it did."""

    error: str
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The destination will never take this content."""

    reason: str


@dataclass(frozen=True, slots=True)
class Paused:
    """The destination refuses this project's credential; somebody has to act."""

    error: str


Fate = Delivered | RetryLater | Refused | Paused


class LaneState(StrEnum):
    """What a lane (one project on its way to one destination) is doing."""

    STOPPED = "stopped"
    """Nobody is sending: the daemon doesn't run."""
    IDLE = "idle"
    """Everything is delivered."""
    SENDING = "sending"
    """Spans are under way."""
    RETRYING = "retrying"
    """The last attempt failed; the next one is scheduled."""
    PAUSED = "paused"
    """The destination refuses the credential."""


@dataclass(slots=True)
class LaneStatus:
    """How one project is doing on its way to one destination.

    Attributes:
        last_error: what went wrong last, in words; None when nothing has since the last success.
        last_error_ms, last_delivered_ms: Unix ms, None for never.
    """

    destination: str
    type: str
    project_id: str
    project: str
    state: LaneState = LaneState.STOPPED
    last_error: str | None = None
    last_error_ms: int | None = None
    last_delivered_ms: int | None = None
