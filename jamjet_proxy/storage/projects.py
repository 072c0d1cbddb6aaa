"""Projects and the fingerprints of their keys, in ``registry.db``."""

from __future__ import annotations

import sqlite3

from jamjet_proxy.model.errors import Conflict
from jamjet_proxy.model.project import Project
from jamjet_proxy.storage.database import Reader

_SELECT = """
SELECT p.id, p.name, k.prefix, p.tier, p.created_ms, k.fingerprint
FROM projects p JOIN project_keys k ON k.project_id = p.id
ORDER BY p.created_ms, p.name
"""


def insert(connection: sqlite3.Connection, project: Project, fingerprint: bytes) -> None:
    """Store a project with the fingerprint of its one key.

    Raises:
        Conflict: the name is taken.
    """
    try:
        connection.execute(
            "INSERT INTO projects (id, name, tier, created_ms) VALUES (?, ?, ?, ?)",
            (project.id, project.name, project.tier, project.created_ms),
        )
    except sqlite3.IntegrityError as error:
        raise Conflict("a project with this name exists", field="name", hint="choose another name") from error
    connection.execute(
        "INSERT INTO project_keys (fingerprint, project_id, prefix, created_ms) VALUES (?, ?, ?, ?)",
        (fingerprint, project.id, project.key_prefix, project.created_ms),
    )


async def load_all(reader: Reader) -> list[tuple[Project, bytes]]:
    """Return every project with its key's fingerprint, oldest first."""
    return [(Project(*row[:5]), row[5]) for row in await reader.fetch(_SELECT)]
