"""Real stores in real files, opened for the length of a test."""

from __future__ import annotations

import json
import secrets
import sqlite3
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jamjet_proxy.model.outcome import Reason
from jamjet_proxy.model.project import Project
from jamjet_proxy.model.span import Finding, Span
from jamjet_proxy.observe.indexer import Indexer
from jamjet_proxy.storage.database import Reader, Writer
from jamjet_proxy.storage.journal import Batch, Journal
from jamjet_proxy.storage.migrate import migrate

RECEIVED_MS = 1_763_860_000_000


def make_project(name: str = "alpha", project_id: str = "11111111-aaaa") -> Project:
    """Return a project."""
    return Project(project_id, name, "jj_00000000", "local", RECEIVED_MS)


def make_span(
    span_id: str | None = None,
    trace_id: str = "tr_1",
    status: str = "ok",
    *,
    findings: tuple[Finding, ...] = (),
    surrogate: bool = False,
    **fields: Any,
) -> Span:
    """Return a span as the receiver hands it to the journal, with an id of its own unless one is given."""
    span_id = span_id or f"sp_{uuid.uuid4().hex}"
    event = {"trace_id": trace_id, "span_id": span_id, "status": status} | fields
    return Span(trace_id, span_id, status, json.dumps(event).encode(), findings, surrogate)


def make_batch(
    *spans: Span,
    project_id: str = "p1",
    received_ms: int = RECEIVED_MS,
    rejected: Mapping[Reason, int] | None = None,
) -> Batch:
    """Return a batch of ``spans``."""
    return Batch(project_id, received_ms, "", spans, rejected or {}, "rules-1")


@dataclass
class Stores:
    """A journal and an index of it, with all that reads and writes them."""

    directory: Path
    journal: Journal
    journal_reader: Reader
    index_writer: Writer
    index_reader: Reader
    indexer: Indexer

    async def seqs(self) -> list[int]:
        """Return the numbers of all journal rows."""
        return [row[0] for row in await self.journal_reader.fetch("SELECT seq FROM batches ORDER BY seq")]


def new_database(directory: Path, database: str) -> Path:
    """Return the path of a migrated database in ``directory``."""
    path = directory / f"{database}.db"
    migrate(path, database)
    return path


@asynccontextmanager
async def open_stores(directory: Path) -> AsyncIterator[Stores]:
    """Open (or create) the journal and the index in ``directory``."""
    journal_path, index_path = new_database(directory, "journal"), new_database(directory, "index")
    journal = Journal(journal_path)
    index_writer = Writer(index_path)
    journal_reader, index_reader = await Reader.open(journal_path), await Reader.open(index_path)
    indexer = Indexer(journal, journal_reader, index_writer, index_reader)
    try:
        yield Stores(directory, journal, journal_reader, index_writer, index_reader, indexer)
    finally:
        await journal_reader.close()
        await index_reader.close()
        await journal.close()
        await index_writer.close()


@asynccontextmanager
async def fresh_stores() -> AsyncIterator[Stores]:
    """Open stores in a directory of their own, for properties that need many."""
    with tempfile.TemporaryDirectory() as directory:
        async with open_stores(Path(directory)) as stores:
            yield stores


def fill_up(connection: sqlite3.Connection) -> None:
    """As a job of a writer: let its database grow no further, as on a full disk."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()


def make_room(connection: sqlite3.Connection) -> None:
    """As a job of a writer: undo ``fill_up``."""
    connection.execute("PRAGMA max_page_count = 1000000").fetchone()


def refuse(table: str) -> Callable[[sqlite3.Connection], object]:
    """Return a job that makes every later change of ``table`` fail."""

    def job(connection: sqlite3.Connection) -> None:
        for change in ("INSERT", "UPDATE"):
            connection.execute(
                f"CREATE TRIGGER refuse_{change} BEFORE {change} ON {table}"
                " BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )

    return job


def accept(connection: sqlite3.Connection) -> None:
    """As a job: undo ``refuse``."""
    for change in ("INSERT", "UPDATE"):
        connection.execute(f"DROP TRIGGER refuse_{change}")


def damage(journal: Path, seq: int) -> None:
    """Spoil one stored row, as a failing disk would."""
    with closing(sqlite3.connect(journal)) as connection:
        connection.execute("UPDATE batches SET body = zeroblob(length(body)) WHERE seq = ?", (seq,))
        connection.commit()


def noise(size: int) -> str:
    """Return text that can't be compressed to much less than ``size`` bytes."""
    return secrets.token_hex(size)


def on_disk(directory: Path) -> bytes:
    """Return every byte of every file in ``directory``."""
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())


def remove(directory: Path, pattern: str) -> None:
    """Delete the files that match, such as ``index.db*``."""
    for path in directory.glob(pattern):
        path.unlink()


def dump(path: Path, tables: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of ``tables``, sorted."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
            for table in tables
        }


def schema_of(connection: sqlite3.Connection) -> str:
    """Return what ``sqlite_master`` says, in one text that doesn't depend on the order of creation."""
    rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name")
    return ";\n\n".join(row[0] for row in rows) + ";\n"
