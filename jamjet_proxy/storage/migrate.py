"""Numbered, forward-only migrations: ``migrations/<database>/NNNN_<what>.sql``.

``PRAGMA user_version`` holds the number of the last one applied; each file and its number commit
together, so that a crash in between repeats the file rather than half of it.
"""

from __future__ import annotations

import sqlite3
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from jamjet_proxy.model.errors import StartError
from jamjet_proxy.storage.database import as_storage_error, connect


def migrations(database: str) -> list[tuple[int, str]]:
    """Return (number, SQL) of every migration of ``database`` (registry, journal or index), in order."""
    folder: Traversable = files("jamjet_proxy.storage") / "migrations" / database
    found = [
        (int(file.name[:4]), file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    ]
    return sorted(found)


def migrate(path: Path, database: str) -> None:
    """Create ``path`` if it is missing and bring it to the newest schema.

    Raises:
        StartError: a newer release wrote the file.
        StorageError: the file can't be written.
    """
    connection = connect(path)
    path.chmod(0o600)
    try:
        _apply(connection, path, migrations(database))
    except sqlite3.Error as error:
        raise as_storage_error(error, path) from error
    finally:
        connection.close()


def _apply(connection: sqlite3.Connection, path: Path, steps: list[tuple[int, str]]) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    newest = steps[-1][0]
    if version > newest:
        raise StartError(
            f"{path} was written by a newer release (schema {version}, this release knows {newest})",
            hint="install that release again, or use another data directory",
        )
    for number, sql in steps:
        if number > version:
            connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};\nCOMMIT;")
