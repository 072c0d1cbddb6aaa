"""Projects in the registry."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from support.stores import make_project, new_database

from jamjet_proxy.model.errors import Conflict, StorageError
from jamjet_proxy.storage import projects
from jamjet_proxy.storage.database import Reader, Writer


async def test_stored_projects_come_back_oldest_first(tmp_path: Path) -> None:
    """Every project is loaded with its fingerprint, in the order of creation."""
    path = new_database(tmp_path, "registry")
    writer, reader = Writer(path), await Reader.open(path)
    younger, older = make_project("b", "id-b"), replace(make_project("a", "id-a"), created_ms=1)
    await writer.run(lambda connection: projects.insert(connection, younger, b"fb"))
    await writer.run(lambda connection: projects.insert(connection, older, b"fa"))
    assert await projects.load_all(reader) == [(older, b"fa"), (younger, b"fb")]
    await reader.close()
    await writer.close()


async def test_taken_name_is_a_conflict_that_leaves_no_key(tmp_path: Path) -> None:
    """A second project of the same name is refused whole."""
    path = new_database(tmp_path, "registry")
    writer, reader = Writer(path), await Reader.open(path)
    first, second = make_project("a", "id-1"), make_project("a", "id-2")
    await writer.run(lambda connection: projects.insert(connection, first, b"f1"))
    with pytest.raises(Conflict):
        await writer.run(lambda connection: projects.insert(connection, second, b"f2"))
    assert await projects.load_all(reader) == [(first, b"f1")]
    await reader.close()
    await writer.close()


async def test_a_key_belongs_to_an_existing_project(tmp_path: Path) -> None:
    """Two projects never share a key, and the second one isn't stored without one."""
    path = new_database(tmp_path, "registry")
    writer, reader = Writer(path), await Reader.open(path)
    await writer.run(lambda connection: projects.insert(connection, make_project("a", "id-1"), b"f"))
    with pytest.raises(StorageError, match="SQLITE_CONSTRAINT"):
        await writer.run(lambda connection: projects.insert(connection, make_project("b", "id-2"), b"f"))
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM projects").fetchall() == [("a",)]
    connection.close()
    await reader.close()
    await writer.close()
