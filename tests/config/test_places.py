"""The schema as a map."""

from __future__ import annotations

from pathlib import Path

from jamjet_proxy.config import FileDestination, JamjetDestination
from jamjet_proxy.config.places import ROOT, field_names, follow, step, tags, takes_only_text, takes_text


def test_names_of_union_members_leave_the_path() -> None:
    """The tag that pydantic puts into a location goes, a destination of the same name stays."""
    path, place = follow(("destinations", "file", "file", "directory"))
    assert path == ("destinations", "file", "directory")
    assert place == (Path,)


def test_destinations_are_told_apart_by_their_type() -> None:
    """Below a destination's name stand both kinds, each with its tag."""
    place = step(step(ROOT, "destinations"), "any")
    assert place == (JamjetDestination, FileDestination)
    assert tags(place) == ["jamjet", "file"]


def test_selection_of_projects_is_text_or_a_list() -> None:
    """A place with two forms takes text among others."""
    place = step((FileDestination,), "projects")
    assert takes_text(place)
    assert not takes_only_text(place)
    assert tags(place) == []


def test_nothing_is_known_beside_the_schema() -> None:
    """An unknown key leads to a place that knows no names and no kinds."""
    place = step(ROOT, "unknown")
    assert place == ()
    assert field_names(place) == []
    assert not takes_only_text(place)
