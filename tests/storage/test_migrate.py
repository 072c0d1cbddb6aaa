"""Databases are made by migrations alone, and end up as the snapshots in ``schemas/`` say."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.stores import new_database, schema_of

from jamjet_proxy.model.errors import StartError, StorageError
from jamjet_proxy.storage import migrate as module
from jamjet_proxy.storage.migrate import migrate, migrations

DATABASES = ("registry", "journal", "index")
SCHEMAS = Path(__file__).with_name("schemas")
BROKEN = "CREATE TABLE half (n INTEGER);\nINSERT INTO half VALUES (1);\nINSERT INTO nowhere VALUES (1);"


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def tables_of(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def add_migrations(monkeypatch: pytest.MonkeyPatch, *added: tuple[int, str]) -> None:
    real = module.migrations
    monkeypatch.setattr(module, "migrations", lambda database: [*real(database), *added])


@pytest.mark.parametrize("database", DATABASES)
def test_migrations_give_the_expected_schema(tmp_path: Path, database: str) -> None:
    """Running every migration gives exactly the tables and indexes of the snapshot, and its number."""
    path = new_database(tmp_path, database)
    with closing(sqlite3.connect(path)) as connection:
        found = f"-- user_version {version_of(path)}\n\n{schema_of(connection)}"
    assert found == (SCHEMAS / f"{database}.sql").read_text("utf-8")


@pytest.mark.parametrize("database", DATABASES)
def test_snapshot_is_sound_sql(database: str) -> None:
    """The snapshot itself can be executed and describes what it creates."""
    text = (SCHEMAS / f"{database}.sql").read_text("utf-8")
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(
            "\n".join(line for line in text.splitlines() if "sqlite_sequence" not in line)
        )
        assert schema_of(connection) == text.partition("\n\n")[2]


@pytest.mark.parametrize("database", DATABASES)
def test_numbered_without_gaps(database: str) -> None:
    """Migrations count from 1 without leaving a number out."""
    numbers = [number for number, _ in migrations(database)]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("database", DATABASES)
def test_migrating_again_changes_nothing(tmp_path: Path, database: str) -> None:
    """A second start finds everything done, data included."""
    path = new_database(tmp_path, database)
    before = _content(path)
    migrate(path, database)
    assert _content(path) == before


def _content(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


@pytest.mark.parametrize("database", DATABASES)
def test_database_is_for_its_owner_only(tmp_path: Path, database: str) -> None:
    """Nobody else on the machine may read stored spans."""
    assert new_database(tmp_path, database).stat().st_mode & 0o777 == 0o600


def test_newer_schema_is_refused(tmp_path: Path) -> None:
    """A file written by a newer release is left alone, with a hint what to do."""
    path = new_database(tmp_path, "journal")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StartError, match="written by a newer release") as caught:
        migrate(path, "journal")
    assert "install that release again" in caught.value.hint
    assert version_of(path) == 99


def test_failure_in_the_middle_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that fails half way is undone whole: neither its tables nor its number remain."""
    path = new_database(tmp_path, "journal")
    before = version_of(path)
    add_migrations(monkeypatch, (before + 1, BROKEN))
    with pytest.raises(StorageError):
        migrate(path, "journal")
    assert version_of(path) == before
    assert "half" not in tables_of(path)


def test_repaired_migration_goes_on_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed migration the next start applies that one, and only that one."""
    path = new_database(tmp_path, "journal")
    number = version_of(path) + 1
    with monkeypatch.context() as broken:
        add_migrations(broken, (number, BROKEN))
        with pytest.raises(StorageError):
            migrate(path, "journal")
    add_migrations(monkeypatch, (number, "CREATE TABLE whole (n INTEGER);"))
    migrate(path, "journal")
    assert version_of(path) == number
    assert "whole" in tables_of(path)


def test_a_new_database_stops_at_the_migration_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ran before the broken migration is kept, what comes behind it isn't tried."""
    last = migrations("registry")[-1][0]
    add_migrations(monkeypatch, (last + 1, BROKEN), (last + 2, "CREATE TABLE never (n INTEGER);"))
    path = tmp_path / "registry.db"
    with pytest.raises(StorageError):
        migrate(path, "registry")
    assert version_of(path) == last
    assert "projects" in tables_of(path)
    assert "never" not in tables_of(path)
