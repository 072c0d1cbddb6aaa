"""Files that hold one secret."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from jamjet_proxy.crypto.secret_file import read_or_create
from jamjet_proxy.model.errors import StartError


def test_created_for_the_owner_only(tmp_path: Path) -> None:
    """A new secret file has mode 0600, and nothing is left beside it."""
    path = tmp_path / "secret"
    read_or_create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_second_read_gives_the_same(tmp_path: Path) -> None:
    """A secret never changes once it exists."""
    path = tmp_path / "secret"
    first = read_or_create(path)
    assert len(first) == 64
    assert read_or_create(path) == first
    assert read_or_create(path, make="another") == first


def test_given_secret_is_kept(tmp_path: Path) -> None:
    """The caller may say what the secret is."""
    assert read_or_create(tmp_path / "secret", make="jjop_x") == "jjop_x"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_readable_by_others_is_refused(tmp_path: Path, mode: int) -> None:
    """A secret that others may read or write isn't used, and the hint says how to mend it."""
    path = tmp_path / "secret"
    read_or_create(path)
    path.chmod(mode)
    with pytest.raises(StartError, match="can be read by other users") as caught:
        read_or_create(path)
    assert caught.value.hint == f"run: chmod 600 {path}"


@pytest.mark.parametrize("content", ["", "\n", "  \n"])
def test_empty_is_refused(tmp_path: Path, content: str) -> None:
    """An empty file, as a full disk leaves it, is no secret."""
    path = tmp_path / "secret"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(StartError, match="is empty"):
        read_or_create(path)


def test_not_text_is_refused_without_showing_it(tmp_path: Path) -> None:
    """What lies in the file never gets into the message."""
    path = tmp_path / "secret"
    path.write_bytes(b"top\xffsecret")
    path.chmod(0o600)
    with pytest.raises(StartError) as caught:
        read_or_create(path)
    assert "top" not in caught.value.message


def test_missing_directory_is_a_start_error(tmp_path: Path) -> None:
    """A file that can't be made is a fault the operator is told about."""
    with pytest.raises(StartError, match="cannot use the secret file"):
        read_or_create(tmp_path / "missing" / "secret")


def test_leftovers_of_a_crash_do_not_hinder(tmp_path: Path) -> None:
    """A draft that a killed process left behind, in a container under our own number, is in nobody's way."""
    (tmp_path / f"secret.{os.getpid()}").write_text("half")
    assert len(read_or_create(tmp_path / "secret")) == 64


def test_the_first_of_two_secrets_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second with a secret of its own takes over the one that is there."""
    first = read_or_create(tmp_path / "secret")
    monkeypatch.setattr(Path, "exists", lambda path: False)
    assert read_or_create(tmp_path / "secret", make="late") == first


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    """Several processes that create the secret at once all end up with the same one."""
    path = tmp_path / "secret"
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        secrets = set(pool.map(read_or_create, [path] * 16))
    assert secrets == {path.read_text().strip()}
