"""The example configuration says everything, and says it right."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from jamjet_proxy.config import (
    Config,
    FileDestination,
    JamjetDestination,
    RedactionRule,
    ServerConfig,
    load,
)
from jamjet_proxy.config.document import Value, read_yaml
from jamjet_proxy.config.places import ROOT, Place, field_names, holds_free_names, step, tags

_EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


@pytest.fixture
def uncommented(tmp_path: Path) -> Path:
    """The example with its example blocks in force."""
    path = tmp_path / "config.yaml"
    path.write_text(re.sub(r"^#: ", "", _EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    return path


def test_example_is_the_defaults() -> None:
    """As it stands, the example changes nothing."""
    assert load(_EXAMPLE, {}) == Config()


def test_example_shows_every_key(uncommented: Path) -> None:
    """With its example blocks, the example contains every key of the schema in every kind of section."""
    value = read_yaml(uncommented.read_text(), "example").value
    assert _keys_of_schema(ROOT) - _keys_in_use(ROOT, value) == set()


def test_search_for_missing_keys_finds_them() -> None:
    """The comparison that the test above relies on sees gaps at every depth."""
    value: Value = {"server": {"listen": "x"}, "destinations": {"a": {"type": "file", "projects": "*"}}}
    missing = _keys_of_schema(ROOT) - _keys_in_use(ROOT, value)
    assert (Config, "destinations") not in missing
    assert (FileDestination, "projects") not in missing
    assert {
        (ServerConfig, "allowed_hosts"),
        (JamjetDestination, "projects"),
        (RedactionRule, "keys"),
    } <= missing


def test_examples_load_and_show_defaults(uncommented: Path) -> None:
    """With its example blocks in force the file loads; optional keys of destinations show their defaults."""
    config = load(uncommented, {})
    assert {destination.type for destination in config.destinations.values()} == {"jamjet", "file"}
    for destination in config.destinations.values():
        assert _defaults(destination).items() <= dict(destination).items()


def test_every_key_has_a_comment_above_it() -> None:
    """No key stands without a sentence that explains it."""
    lines = [line.removeprefix("#: ") for line in _EXAMPLE.read_text(encoding="utf-8").splitlines()]
    keys = [number for number, line in enumerate(lines) if re.match(r" *(- )?[\w-]+:( |$)", line)]
    bare = [lines[number] for number in keys if not lines[number - 1].strip().startswith("# ")]
    assert len(keys) > 30
    assert bare == []


def _defaults(section: BaseModel) -> dict[str, Any]:
    fields = type(section).model_fields.items()
    return {name: field.default for name, field in fields if field.default is not PydanticUndefined}


def _keys_of_schema(place: Place) -> set[tuple[type, str]]:
    """Return every (section, key) that can be written at or below ``place``."""
    found: set[tuple[type, str]] = set()
    for kind in place:
        for name in field_names((kind,)):
            found |= {(kind, name)} | _keys_of_schema(step((kind,), name))
        found |= _keys_of_schema(step((kind,), 0))
        if holds_free_names((kind,)):
            found |= _keys_of_schema(step((kind,), "any"))
    return found


def _keys_in_use(place: Place, value: Value) -> set[tuple[type, str]]:
    """Return every (section, key) that ``value``, which stands at ``place``, makes use of."""
    found: set[tuple[type, str]] = set()
    if isinstance(value, list):
        for item in value:
            found |= _keys_in_use(step(place, 0), item)
    elif isinstance(value, dict):
        for name, below in value.items():
            found |= _keys_in_use(step(place, name), below)
            found |= {(kind, name) for kind in _chosen(place, value) if name in field_names((kind,))}
    return found


def _chosen(place: Place, value: dict[str, Value]) -> Place:
    return tuple(kind for kind in place if len(place) == 1 or value.get("type") in tags((kind,)))
