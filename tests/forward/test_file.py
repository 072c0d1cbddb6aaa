"""The file archive: every span once, whatever came between."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stores import make_project

from jamjet_proxy.config import FileDestination
from jamjet_proxy.forward.file import FileArchive
from jamjet_proxy.model.delivery import Delivered, RetryLater

PROJECT = make_project("my app/prod")


def archive(
    path: Path, rotate_bytes: int = 1 << 20, directory: str = "archive", journal_id: str = "0123456789abcdef"
) -> FileArchive:
    config = FileDestination(type="file", directory=Path(directory), rotate_bytes=rotate_bytes)
    return FileArchive("disk", config, path, journal_id)


def events(*numbers: int) -> list[bytes]:
    return [f'{{"n":{n}}}'.encode() for n in numbers]


async def delivered(it: FileArchive, sent: list[bytes], bookmark: str | None = None) -> str:
    """Send and return the bookmark that was noted."""
    fate = await it.send(PROJECT, sent, bookmark)
    assert isinstance(fate, Delivered)
    assert fate.bookmark is not None
    return fate.bookmark


def files(path: Path) -> list[Path]:
    return sorted((path / "archive").iterdir())


def numbers(path: Path) -> list[int]:
    """Return what the files hold, in their order."""
    return [json.loads(line)["n"] for file in files(path) for line in file.read_text().splitlines()]


async def test_one_line_per_span(tmp_path: Path) -> None:
    """Spans are appended as lines of JSON, under a name that is safe whatever the project is called."""
    it = archive(tmp_path)
    bookmark = await delivered(it, events(1, 2))
    await delivered(it, events(3), bookmark)
    assert [file.name for file in files(tmp_path)] == ["my_app_prod-11111111-01234567-disk-000001.ndjson"]
    assert numbers(tmp_path) == [1, 2, 3]
    await it.close()


async def test_for_the_owner_only(tmp_path: Path) -> None:
    """Nobody else on the machine may read the archive."""
    await delivered(archive(tmp_path), events(1))
    assert files(tmp_path)[0].stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "archive").stat().st_mode & 0o777 == 0o700


async def test_tail_that_was_never_noted_is_cut(tmp_path: Path) -> None:
    """Lines written before a crash that lost their bookmark are replaced, not repeated."""
    it = archive(tmp_path)
    bookmark = await delivered(it, events(1))
    await delivered(it, events(2, 3), bookmark)
    with files(tmp_path)[0].open("ab") as file:
        file.write(b'{"n":')
    await delivered(it, events(2, 3), bookmark)
    assert numbers(tmp_path) == [1, 2, 3]


async def test_rotation(tmp_path: Path) -> None:
    """A file that has reached its size isn't written any more; the next one is begun."""
    it = archive(tmp_path, rotate_bytes=1_024)
    bookmark = None
    for start in range(0, 400, 40):
        bookmark = await delivered(it, events(*range(start, start + 40)), bookmark)
    assert len(files(tmp_path)) > 2
    assert all(1_024 <= file.stat().st_size < 2_048 for file in files(tmp_path)[:-1])
    assert numbers(tmp_path) == list(range(400))


@pytest.mark.parametrize("how", ["removed", "emptied"])
async def test_carried_away_file(tmp_path: Path, how: str) -> None:
    """When the operator takes the file away or empties it, a new one is begun and nothing padded."""
    it = archive(tmp_path)
    bookmark = await delivered(it, events(1, 2))
    if how == "removed":
        files(tmp_path)[0].unlink()
    else:
        files(tmp_path)[0].write_bytes(b"")
    await delivered(it, events(3), bookmark)
    assert numbers(tmp_path) == [3]
    assert files(tmp_path)[-1].name.endswith("-000002.ndjson")


async def test_another_journals_archive_is_left_alone(tmp_path: Path) -> None:
    """When the journal was replaced, what the former one archived isn't overwritten."""
    await delivered(archive(tmp_path), events(1))
    await delivered(archive(tmp_path, journal_id="fedcba98"), events(2))
    assert numbers(tmp_path) == [1, 2]
    assert len(files(tmp_path)) == 2


async def test_unwritable_directory_is_tried_again(tmp_path: Path) -> None:
    """A directory that can't be used is a reason to wait, named without any span."""
    (tmp_path / "archive").write_text("in the way")
    fate = await archive(tmp_path).send(PROJECT, events(1), None)
    assert fate == RetryLater(f"cannot write to {tmp_path / 'archive'}: File exists")


async def test_absolute_directory(tmp_path: Path) -> None:
    """An absolute path is used as it is."""
    elsewhere = tmp_path / "elsewhere"
    await delivered(archive(tmp_path / "data", directory=str(elsewhere)), events(1))
    assert len(list(elsewhere.iterdir())) == 1


@given(st.lists(st.tuples(st.integers(1, 30), st.sampled_from(["noted", "lost"])), max_size=25))
@settings(max_examples=40, deadline=None, derandomize=True)
async def test_every_span_once_whatever_was_lost(steps: list[tuple[int, str]]) -> None:
    """Over any mixture of noted and lost writes and rotations, the files hold every span once, in order."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory)
        it = archive(path, rotate_bytes=1_024)
        bookmark = await delivered(it, events(0))
        done = 1
        for count, what in steps:
            noted = await delivered(it, events(*range(done, done + count)), bookmark)
            if what == "noted":
                bookmark, done = noted, done + count
        await delivered(it, events(done), bookmark)
        assert numbers(path) == list(range(done + 1))
