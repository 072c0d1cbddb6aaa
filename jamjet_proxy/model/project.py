"""The data boundary: every span belongs to exactly one project."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Project:
    """A project as everyone may see it; its key is never part of it.

    Attributes:
        id: UUID, lower case with dashes.
        name: unique among projects, at most 100 characters.
        key_prefix: the first characters of the key, enough to recognise it.
        tier: name of the plan, ``local`` unless told otherwise.
        created_ms: Unix time in milliseconds.
    """

    id: str
    name: str
    key_prefix: str
    tier: str
    created_ms: int
