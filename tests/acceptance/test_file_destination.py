"""The file destination: every stored event is one line, once, in files of bounded size, whatever happens."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from support.ledger import settled
from support.proxy import MakeProxy, ProxyProcess, eventually
from support.sender import Sender, sending
from support.spans import make_events

CONFIG = """
destinations:
  archive: {type: file, directory: ./archive, rotate_bytes: 4096}
"""
KILLS = 3


@pytest.fixture
def archiving(make_proxy: MakeProxy) -> ProxyProcess:
    """A running proxy that writes small files."""
    return make_proxy(CONFIG).start()


def test_every_event_is_one_line_in_order(archiving: ProxyProcess) -> None:
    """The lines of a project's files, in the order of their names, are its stored events."""
    keys = {name: archiving.create_project(name)["api_key"] for name in ("a", "b/c d")}
    for size in (1, 3, 600, 40):
        for key in keys.values():
            _send(archiving, key, make_events(size, payload={"text": "two\nlines\u2028and more"}))
    settled(archiving)
    for mark, name in (("a-", "a"), ("b_c_d-", "b/c d")):
        assert _lines(archiving, mark) == archiving.spans(keys[name])
    assert len(_lines(archiving, "")) == 2 * 644


def test_a_full_file_is_followed_by_a_new_one(archiving: ProxyProcess) -> None:
    """A file that has reached rotate_bytes isn't touched again; nobody else may read any of them."""
    key = archiving.create_project("a")["api_key"]
    for _ in range(10):
        _send(archiving, key, make_events(8))
        settled(archiving)
    files = _files(archiving)
    assert len(files) > 3
    assert all(file.stat().st_size >= 4096 for file in files[:-1])
    assert all(file.stat().st_size < 4096 + 8 * 400 for file in files)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    before = {file: file.read_bytes() for file in files[:-1]}
    _send(archiving, key, make_events(30))
    settled(archiving)
    assert {file: file.read_bytes() for file in files[:-1]} == before


def test_a_restart_goes_on_where_it_stopped(archiving: ProxyProcess) -> None:
    """After a restart no line is written again, and new ones follow."""
    key = archiving.create_project("a")["api_key"]
    _send(archiving, key, make_events(5))
    settled(archiving)
    assert archiving.stop() == 0
    archiving.start()
    _send(archiving, key, make_events(2))
    settled(archiving)
    assert len(_files(archiving)) == 1
    assert _lines(archiving) == archiving.spans(key)
    assert len(_lines(archiving)) == 7


def test_a_kill_in_the_middle_repeats_no_line(archiving: ProxyProcess) -> None:
    """What was written but not noted when the process died is written over, not behind."""
    key = archiving.create_project("a")["api_key"]
    rng = random.Random(7)
    sender = Sender(archiving.url, key)
    with sending(sender):
        for _ in range(KILLS):
            mark = len(sender.acked) + rng.randrange(200, 600)
            eventually(lambda mark=mark: len(sender.acked) >= mark, 20)  # type: ignore[misc]
            archiving.kill()
            archiving.start()
    settled(archiving)
    assert _lines(archiving) == archiving.spans(key)
    written = [line["span_id"] for line in _lines(archiving)]
    assert len(written) == len(set(written))
    assert set(sender.acked) <= set(written) <= sender.sent


def test_a_file_that_was_carried_away_is_not_missed(archiving: ProxyProcess) -> None:
    """An operator may move files off; the next spans go to a new one and none is written twice."""
    key = archiving.create_project("a")["api_key"]
    _send(archiving, key, make_events(3))
    settled(archiving)
    (first,) = _files(archiving)
    kept = first.read_bytes()
    first.unlink()
    _send(archiving, key, make_events(2))
    settled(archiving)
    (second,) = _files(archiving)
    assert second.name > first.name
    assert [json.loads(line) for line in (kept + second.read_bytes()).splitlines()] == archiving.spans(key)


def test_a_new_journal_leaves_archived_lines_alone(archiving: ProxyProcess) -> None:
    """Whoever loses the journal still has the archive: what is stored from then on goes to another file."""
    key = archiving.create_project("a")["api_key"]
    _send(archiving, key, make_events(5))
    settled(archiving)
    (old,) = _files(archiving)
    kept = old.read_bytes()
    archiving.stop()
    for file in [*archiving.data_dir.glob("journal.db*"), *archiving.data_dir.glob("index.db*")]:
        file.unlink()
    archiving.start()
    _send(archiving, key, make_events(2))
    settled(archiving)
    (new,) = set(_files(archiving)) - {old}
    assert old.read_bytes() == kept
    assert [json.loads(line) for line in new.read_bytes().splitlines()] == archiving.spans(key)


def _send(proxy: ProxyProcess, key: str, events: list[dict[str, Any]]) -> None:
    assert proxy.as_project(key, "POST", "/v1/events/ingest", {"events": events}).status == 200


def _files(proxy: ProxyProcess, mark: str = "") -> list[Path]:
    return sorted(proxy.data_dir.joinpath("archive").glob(f"{mark}*.ndjson"))


def _lines(proxy: ProxyProcess, mark: str = "") -> list[dict[str, Any]]:
    content = b"".join(file.read_bytes() for file in _files(proxy, mark))
    assert content.endswith(b"\n")
    return [json.loads(line) for line in content.removesuffix(b"\n").split(b"\n")]
