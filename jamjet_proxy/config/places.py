"""The schema as a map: which names and kinds of value belong at a path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from jamjet_proxy.config.findings import KeyPath
from jamjet_proxy.config.schema import Config, Section

Place = tuple[Any, ...]
"""The types that a value may have at one path; empty where the schema knows nothing."""

ROOT: Place = (Config,)


def step(place: Place, part: str | int) -> Place:
    """Return the place below ``place`` under a key's name or a list's position."""
    return tuple(kind for parent in place for kind in _below(parent, part))


def field_names(place: Place) -> list[str]:
    """Return the keys that sections at ``place`` have, each once."""
    return list(dict.fromkeys(name for kind in place if _is_section(kind) for name in kind.model_fields))


def holds_free_names(place: Place) -> bool:
    """Return whether the operator chooses the keys there, as for destinations and projects."""
    return any(_is_map(kind) for kind in place)


def takes_text(place: Place) -> bool:
    """Return whether text may be written there."""
    return any(_is_text(kind) for kind in place)


def takes_only_text(place: Place) -> bool:
    """Return whether nothing but text may be written there."""
    return bool(place) and all(_is_text(kind) for kind in place)


def tags(place: Place) -> list[str]:
    """Return the values of ``type`` that choose between the sections at ``place``."""
    return [tag for kind in place for tag in _tag(kind)]


def follow(location: Sequence[str | int]) -> tuple[KeyPath, Place]:
    """Return path and place of a location as pydantic tells it.

    Pydantic names the chosen member of a union in the location; the path is without it, as in the file.
    """
    path: KeyPath = ()
    place = ROOT
    for part in location:
        chosen = tuple(kind for kind in place if part in _tag(kind)) if len(place) > 1 else ()
        if chosen:
            place = chosen
        else:
            path, place = (*path, part), step(place, part)
    return path, place


def _below(kind: Any, part: str | int) -> Place:
    if _is_section(kind):
        field = kind.model_fields.get(part)
        return () if field is None else _members(field.annotation)
    if _is_map(kind):
        return _members(get_args(kind)[1])
    if get_origin(kind) is tuple and isinstance(part, int):
        return _members(get_args(kind)[0])
    return ()


def _members(annotation: Any) -> Place:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _members(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        return tuple(member for choice in get_args(annotation) for member in _members(choice))
    return () if annotation is NoneType else (annotation,)


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Section)


def _is_map(kind: Any) -> bool:
    return bool(get_origin(kind) == Mapping)


def _is_text(kind: Any) -> bool:
    return get_origin(kind) is Literal or (isinstance(kind, type) and issubclass(kind, str | Path | Enum))


def _tag(kind: Any) -> tuple[str, ...]:
    if not _is_section(kind) or "type" not in kind.model_fields:
        return ()
    annotation = kind.model_fields["type"].annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()
