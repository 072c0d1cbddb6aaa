"""One process per data directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jamjet_proxy.model.errors import AlreadyRunning
from jamjet_proxy.runtime import lock
from jamjet_proxy.runtime.lock import Holder


def test_second_holder_is_refused_and_told_who(tmp_path: Path) -> None:
    """Whoever comes second learns which process is there and in what role."""
    path = tmp_path / "proxy.lock"
    with (
        lock.hold(path, lock.DAEMON),
        pytest.raises(AlreadyRunning, match=rf"process {os.getpid()} \(daemon\)") as caught,
        lock.hold(path, lock.COMMAND),
    ):
        pass
    assert str(tmp_path) in caught.value.message
    assert caught.value.hint


def test_lock_ends_with_its_context(tmp_path: Path) -> None:
    """Released is released, after an error too."""
    path = tmp_path / "proxy.lock"
    with pytest.raises(LookupError), lock.hold(path, lock.DAEMON):
        raise LookupError
    with lock.hold(path, lock.COMMAND):
        assert lock.holder(path) == Holder(os.getpid(), "command", "")


def test_announced_url_is_seen(tmp_path: Path) -> None:
    """A daemon says where it listens; a shorter text leaves nothing of a longer one."""
    path = tmp_path / "proxy.lock"
    with lock.hold(path, lock.DAEMON) as held:
        held.announce("http://a-rather-long-name.internal:7717")
        held.announce("http://[::1]:1")
        assert lock.holder(path) == Holder(os.getpid(), "daemon", "http://[::1]:1")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "7", '{"pid":1}', '{"pid":1,"role":"x","url":"","more":1}']
)
def test_unreadable_lock_file_says_nothing(tmp_path: Path, content: str) -> None:
    """A lock file of another release, or half a one, isn't believed, and doesn't hinder."""
    path = tmp_path / "proxy.lock"
    path.write_text(content)
    assert lock.holder(path) is None
    with lock.hold(path, lock.DAEMON):
        found = lock.holder(path)
    assert found is not None
    assert found.role == "daemon"


def test_no_lock_file_has_no_holder(tmp_path: Path) -> None:
    """Where nobody ever was, nobody is."""
    assert lock.holder(tmp_path / "proxy.lock") is None


def test_nameless_holder(tmp_path: Path) -> None:
    """When the lock is held and the file says nothing, the message still makes sense."""
    path = tmp_path / "proxy.lock"
    with lock.hold(path, lock.DAEMON):
        path.write_text("")
        with pytest.raises(AlreadyRunning, match="another process"), lock.hold(path, lock.COMMAND):
            pass


def test_for_the_owner_only(tmp_path: Path) -> None:
    """Nobody else can read it, or hold it."""
    with lock.hold(tmp_path / "proxy.lock", lock.DAEMON):
        assert (tmp_path / "proxy.lock").stat().st_mode & 0o777 == 0o600
