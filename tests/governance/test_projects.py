"""The registry of projects: created once, recognised without the disk, its keys nowhere."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from support.stores import new_database, on_disk

from jamjet_proxy.crypto import project_keys
from jamjet_proxy.crypto.project_keys import Fingerprinter
from jamjet_proxy.governance.projects import Projects
from jamjet_proxy.model.errors import Conflict, InvalidRequest, StorageError
from jamjet_proxy.storage.database import Reader, Writer


@asynccontextmanager
async def registry(path: Path, root_secret: str = "a" * 64) -> AsyncIterator[Projects]:
    """Open the registry in ``path``."""
    file = new_database(path, "registry")
    writer, reader = Writer(file), await Reader.open(file)
    try:
        yield await Projects.open(writer, reader, Fingerprinter(root_secret))
    finally:
        await reader.close()
        await writer.close()


async def test_created_project_works_at_once(tmp_path: Path) -> None:
    """A new project is listed, found by name and recognised by its key without a restart."""
    async with registry(tmp_path) as projects:
        project, key = await projects.create("my app", "team")
        assert re.fullmatch(r"jj_[0-9a-f]{32}", key)
        assert str(UUID(project.id)) == project.id
        assert (project.name, project.tier, project.key_prefix) == ("my app", "team", key[:11])
        assert projects.authenticate(key) == project
        assert projects.named("my app") == project
        assert projects.all() == [project]


async def test_projects_survive_a_restart(tmp_path: Path) -> None:
    """After a restart every key still belongs to its project, in the order of creation."""
    async with registry(tmp_path) as projects:
        created = [await projects.create(f"p{n}") for n in range(3)]
    async with registry(tmp_path) as projects:
        assert projects.all() == [project for project, _ in created]
        assert [projects.authenticate(key) for _, key in created] == projects.all()


async def test_another_installation_recognises_nothing(tmp_path: Path) -> None:
    """A copied registry is worth nothing without the secret that lies beside it."""
    async with registry(tmp_path) as projects:
        _, key = await projects.create("p")
    async with registry(tmp_path, root_secret="b" * 64) as projects:
        assert projects.authenticate(key) is None


async def test_the_key_lies_in_no_file(tmp_path: Path) -> None:
    """Neither the key nor its random part is in the registry."""
    async with registry(tmp_path) as projects:
        _, key = await projects.create("p")
    stored = on_disk(tmp_path)
    assert key.encode() not in stored
    assert key[11:].encode() not in stored
    assert bytes.fromhex(key[3:]) not in stored


@pytest.mark.parametrize(
    "change", [str.upper, lambda k: k[:-1], lambda k: k + "0", lambda k: k[3:], lambda k: ""]
)
async def test_almost_the_key_is_nobody(tmp_path: Path, change: object) -> None:
    """A key in another case, cut, or longer belongs to nobody."""
    async with registry(tmp_path) as projects:
        _, key = await projects.create("p")
        assert projects.authenticate(change(key)) is None  # type: ignore[operator]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "name must not be empty"),
        ("   ", "name must not be empty"),
        ("n" * 101, "name must have at most 100 characters"),
        ("a\nb", "name must not hold control characters"),
        ("a\x1b[31m", "name must not hold control characters"),
        ("a\u202eb", "name must not hold control characters"),
        ("jj_0123456789abcdef0123456789abcdef", "name must not hold a project key"),
        ("my jj_0123 app", "name must not hold a project key"),
    ],
)
async def test_unusable_names(tmp_path: Path, name: str, message: str) -> None:
    """A name that is empty, too long, harmful on a terminal or a pasted key is refused without echoing it."""
    async with registry(tmp_path) as projects:
        with pytest.raises(InvalidRequest) as caught:
            await projects.create(name)
        assert (caught.value.message, caught.value.field) == (message, "name")
        assert projects.all() == []


@pytest.mark.parametrize("tier", ["", "t" * 33, "a\tb"])
async def test_unusable_tiers(tmp_path: Path, tier: str) -> None:
    """The tier is checked like the name."""
    async with registry(tmp_path) as projects:
        with pytest.raises(InvalidRequest) as caught:
            await projects.create("p", tier)
        assert caught.value.field == "tier"


async def test_names_are_trimmed(tmp_path: Path) -> None:
    """Blanks around a name don't make it another name."""
    async with registry(tmp_path) as projects:
        await projects.create("  my app ")
        assert projects.named("my app") is not None
        with pytest.raises(Conflict):
            await projects.create("my app")


async def test_of_several_at_once_one_gets_the_name(tmp_path: Path) -> None:
    """Of ten requests for the same name at the same time one succeeds, and the others learn why not."""
    async with registry(tmp_path) as projects:
        results = await asyncio.gather(*(projects.create("p") for _ in range(10)), return_exceptions=True)
        assert [type(result) for result in results].count(Conflict) == 9
        assert len(projects.all()) == 1


async def test_many_at_once_all_work(tmp_path: Path) -> None:
    """Projects created at the same time are all recognised afterwards."""
    async with registry(tmp_path) as projects:
        created = await asyncio.gather(*(projects.create(f"p{n}") for n in range(30)))
        assert all(projects.authenticate(key) == project for project, key in created)


async def test_listeners_hear_of_a_new_project(tmp_path: Path) -> None:
    """Whoever subscribed is told when there is a new project, and not when there isn't."""
    async with registry(tmp_path) as projects:
        changed = projects.subscribe()
        assert not changed.is_set()
        await projects.create("p")
        assert changed.is_set()
        changed.clear()
        with pytest.raises(Conflict):
            await projects.create("p")
        assert not changed.is_set()


async def test_without_a_store_nothing_is_created(tmp_path: Path) -> None:
    """A project that can't be stored isn't handed out."""
    file = new_database(tmp_path, "registry")
    writer, reader = Writer(file), await Reader.open(file)
    projects = await Projects.open(writer, reader, Fingerprinter("a" * 64))
    await writer.close()
    with pytest.raises(StorageError):
        await projects.create("p")
    assert projects.all() == []
    await reader.close()


async def test_prefix_alone_is_no_key(tmp_path: Path) -> None:
    """What lists and logs show of a key opens nothing."""
    async with registry(tmp_path) as projects:
        _, key = await projects.create("p")
        assert projects.authenticate(project_keys.prefix(key)) is None
