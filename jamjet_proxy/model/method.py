"""What can be done with a value that was found, under the names people write in settings."""

from __future__ import annotations

from difflib import get_close_matches
from enum import StrEnum


class Method(StrEnum):
    """A way to make a value unreadable; the value of the member is its name in settings."""

    REPLACE = "replace"
    """A token takes its place."""
    REMOVE = "remove"
    """Nothing takes its place."""
    MASK = "mask"
    """Every letter and digit becomes ``*``."""
    PARTIAL = "partial"
    """A small part stays, the rest becomes ``*``."""
    HASH = "hash"
    """A token with a keyed hash takes its place: equal values stay recognisable as equal."""
    DROP_EVENT = "drop_event"
    """The event it stands in is refused."""


def parse_method(name: str) -> Method:
    """Return the method called ``name``, whatever its case.

    Raises:
        ValueError: no method has that name; the message suggests the nearest one.
    """
    known = [method.value for method in Method]
    plain = name.strip().lower().replace("-", "_")
    if plain in known:
        return Method(plain)
    near = get_close_matches(plain, known, n=1, cutoff=0.5)
    suggestion = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"unknown method {name!r}{suggestion} (known: {', '.join(known)})")
