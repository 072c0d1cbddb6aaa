"""The writer's promises: grouped, durable, isolated from failures, closed in order."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support.stores import fill_up, make_room, on_disk
from support.waiting import until

from jamjet_proxy.model.errors import StorageError, StorageFull
from jamjet_proxy.storage.database import Job, Reader, Writer, connect


class Groups:
    """Counts commits and rollbacks, and can hold the writer's thread while jobs queue up."""

    def __init__(self) -> None:
        self.commits = 0
        self.rollbacks = 0
        self.held = threading.Event()
        self.gate = threading.Event()

    def on_commit(self) -> None:
        self.commits += 1

    def on_rollback(self) -> None:
        self.rollbacks += 1

    def wait(self, connection: sqlite3.Connection) -> None:
        """As a job: hold the thread until the gate opens."""
        self.held.set()
        assert self.gate.wait(10)


def put(value: int) -> Job:
    """Return a job that stores ``value`` and returns it."""

    def job(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO numbers VALUES (?)", (value,))
        return value

    return job


def fail(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO numbers VALUES (-1)")
    raise ValueError("no luck")


def stored(path: Path) -> list[int]:
    """Return what a process that opens the file now would find."""
    connection = sqlite3.connect(path)
    try:
        return [row[0] for row in connection.execute("SELECT n FROM numbers ORDER BY n")]
    finally:
        connection.close()


@asynccontextmanager
async def writing(path: Path, groups: Groups | None = None) -> AsyncIterator[Writer]:
    """Open a writer on a new file with a table of numbers."""
    groups = groups or Groups()
    writer = Writer(path, on_commit=groups.on_commit, on_rollback=groups.on_rollback)
    await writer.run(
        lambda connection: connection.execute("CREATE TABLE IF NOT EXISTS numbers (n INTEGER PRIMARY KEY)")
    )
    try:
        yield writer
    finally:
        groups.gate.set()
        await writer.close()


async def queued(writer: Writer, groups: Groups, *jobs: Job) -> list[object]:
    """Queue ``jobs`` behind a held thread, let go, and return their results or errors."""
    async with asyncio.TaskGroup() as tasks:
        holding = tasks.create_task(writer.run(groups.wait))
        await asyncio.to_thread(groups.held.wait)
        everything = asyncio.gather(*map(writer.run, jobs), return_exceptions=True)
        await asyncio.sleep(0)
        groups.gate.set()
        await holding
        return list(await everything)


async def test_what_waits_is_committed_together(tmp_path: Path) -> None:
    """Three hundred jobs that queue up behind one commit share the next one."""
    groups = Groups()
    async with writing(tmp_path / "a.db", groups) as writer:
        before = groups.commits
        results = await queued(writer, groups, *(put(n) for n in range(300)))
        # One for the job that held the thread, one for everything behind it.
        assert groups.commits - before == 2
        assert results == list(range(300))
        assert stored(tmp_path / "a.db") == list(range(300))


async def test_many_callers_need_few_commits(tmp_path: Path) -> None:
    """Without any holding, concurrent callers still share commits: fewer of them than callers."""
    groups = Groups()
    async with writing(tmp_path / "a.db", groups) as writer:
        await asyncio.gather(*(writer.run(put(n)) for n in range(500)))
        assert groups.commits < 250


async def test_a_group_is_bounded(tmp_path: Path) -> None:
    """A flood is committed in several groups, so that nobody waits for all of it."""
    groups = Groups()
    async with writing(tmp_path / "a.db", groups) as writer:
        before = groups.commits
        await queued(writer, groups, *(put(n) for n in range(1_100)))
        assert groups.commits - before == 4


async def test_a_failing_job_spares_its_neighbours(tmp_path: Path) -> None:
    """A job that fails gets its own error, leaves nothing behind, and the others of its group are stored."""
    groups = Groups()
    async with writing(tmp_path / "a.db", groups) as writer:
        first, failed, second = await queued(writer, groups, put(1), fail, put(2))
        assert (first, second) == (1, 2)
        assert isinstance(failed, ValueError)
        assert stored(tmp_path / "a.db") == [1, 2]
        assert groups.rollbacks == 2  # of the group, and of the job by itself


async def test_a_driver_error_is_translated(tmp_path: Path) -> None:
    """A fault of SQLite reaches the caller as a StorageError that names the file and no data."""
    async with writing(tmp_path / "a.db") as writer:
        with pytest.raises(StorageError, match=r"^a\.db did not take the write \(SQLITE_ERROR\)$"):
            await writer.run(lambda connection: connection.execute("INSERT INTO nowhere VALUES ('secret')"))


async def test_a_cancelled_caller_leaves_no_open_transaction(tmp_path: Path) -> None:
    """The job of a caller who gave up is committed all the same, and the writer goes on."""
    groups = Groups()
    async with writing(tmp_path / "a.db", groups) as writer, asyncio.TaskGroup() as tasks:
        holding = tasks.create_task(writer.run(groups.wait))
        await asyncio.to_thread(groups.held.wait)
        impatient = tasks.create_task(writer.run(put(7)))
        await asyncio.sleep(0)
        impatient.cancel()
        groups.gate.set()
        await holding
        assert not await writer.run(lambda connection: connection.total_changes < 0)
        assert impatient.cancelled()
        assert stored(tmp_path / "a.db") == [7]


async def test_what_is_queued_at_closing_is_still_done(tmp_path: Path) -> None:
    """Closing finishes the queue first."""
    groups = Groups()
    async with writing(tmp_path / "a.db", groups) as writer, asyncio.TaskGroup() as tasks:
        holding = tasks.create_task(writer.run(groups.wait))
        late = tasks.create_task(writer.run(put(1)))
        await asyncio.sleep(0)
        closing = tasks.create_task(writer.close())
        await asyncio.sleep(0)
        groups.gate.set()
        await asyncio.gather(holding, closing)
        assert await late == 1
    assert stored(tmp_path / "a.db") == [1]


async def test_closed_writer_refuses(tmp_path: Path) -> None:
    """After closing, which may be done twice, a write is a StorageError and not a hang."""
    async with writing(tmp_path / "a.db") as writer:
        await writer.close()
        await writer.close()
        with pytest.raises(StorageError, match=r"a\.db is closed"):
            await writer.run(put(1))


async def test_closing_leaves_one_file(tmp_path: Path) -> None:
    """A clean end checkpoints, so that nothing is left in the write-ahead log."""
    async with writing(tmp_path / "a.db") as writer:
        await writer.run(put(1))
        assert (tmp_path / "a.db-wal").stat().st_size > 0
    assert not (tmp_path / "a.db-wal").exists()


async def test_an_idle_writer_checkpoints(tmp_path: Path) -> None:
    """A second after the last commit its pages have moved from the log into the file."""
    async with writing(tmp_path / "a.db") as writer:
        await writer.run(put(4_711))
        await until(lambda: _moved(tmp_path / "a.db"))


def _moved(path: Path) -> bool:
    """Whether the table of numbers has reached the database file itself."""
    return b"CREATE TABLE numbers" in path.read_bytes()


async def test_durability_is_really_set(tmp_path: Path) -> None:
    """The writing connection syncs every commit and logs ahead, under the settings that were asked for."""
    async with writing(tmp_path / "a.db") as writer:
        settings = ("synchronous", "journal_mode", "foreign_keys", "busy_timeout", "wal_autocheckpoint")
        found = await writer.run(
            lambda connection: [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in settings]
        )
    assert found == [2, "wal", 1, 5000, 0]


def test_a_file_that_cannot_be_durable_is_refused() -> None:
    """Where SQLite can't log ahead, as in memory, nothing is opened."""
    with pytest.raises(StorageError, match="can't be kept durable"):
        connect(Path(":memory:"))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """Something else under the name of a database is a StorageError."""
    path = tmp_path / "a.db"
    path.write_bytes(b"not a database, " * 1_000)
    with pytest.raises(StorageError, match="SQLITE_NOTADB"):
        connect(path)


async def test_full_disk_is_told_apart_and_passes(tmp_path: Path) -> None:
    """A full disk is a StorageFull with a hint, stores nothing, and is over as soon as there is room."""
    async with writing(tmp_path / "a.db") as writer:
        await writer.run(lambda connection: connection.execute("CREATE TABLE blobs (b BLOB)"))
        await writer.run(fill_up)

        def grow(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO blobs VALUES (zeroblob(100000))")

        with pytest.raises(StorageFull, match=r"^no room left for a\.db$") as caught:
            await writer.run(grow)
        assert caught.value.hint == f"free disk space under {tmp_path}"
        await writer.run(make_room)
        await writer.run(grow)
        assert await writer.run(lambda c: c.execute("SELECT count(*) FROM blobs").fetchone()) == (1,)


async def test_full_disk_hits_only_who_needs_room(tmp_path: Path) -> None:
    """A job that doesn't fit leaves the small ones of its group alone."""
    groups = Groups()
    async with writing(tmp_path / "a.db", groups) as writer:
        await writer.run(fill_up)

        def grow(connection: sqlite3.Connection) -> None:
            connection.execute("CREATE TABLE more (b BLOB)")

        small, large = await queued(writer, groups, put(1), grow)
        assert small == 1
        assert isinstance(large, StorageFull)
        assert stored(tmp_path / "a.db") == [1]


async def test_reader_cannot_write(tmp_path: Path) -> None:
    """A reading connection refuses to change anything, twice over."""
    async with writing(tmp_path / "a.db"):
        reader = await Reader.open(tmp_path / "a.db")
        with pytest.raises(StorageError, match="SQLITE_READONLY"):
            await reader.fetch("INSERT INTO numbers VALUES (1)")
        await reader.fetch("PRAGMA query_only = OFF")
        with pytest.raises(StorageError, match="SQLITE_READONLY"):
            await reader.fetch("INSERT INTO numbers VALUES (1)")
        await reader.close()
        await reader.close()


async def test_reader_sees_every_commit(tmp_path: Path) -> None:
    """What was acknowledged is there for the next read."""
    async with writing(tmp_path / "a.db") as writer:
        reader = await Reader.open(tmp_path / "a.db")
        for n in range(20):
            await writer.run(put(n))
            assert await reader.fetch("SELECT max(n) FROM numbers") == [(n,)]
        await reader.close()


async def test_reader_of_a_missing_file_is_a_storage_error(tmp_path: Path) -> None:
    """A reader never creates a file."""
    with pytest.raises(StorageError, match="SQLITE_CANTOPEN"):
        await Reader.open(tmp_path / "missing.db")
    assert on_disk(tmp_path) == b""
    # The thread of the failed connection outlives the failure by a moment.
    await until(lambda: not any("_connection_worker" in thread.name for thread in threading.enumerate()))
