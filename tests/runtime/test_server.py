"""The order of life: start, listen, stop."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import aiohttp
import pytest
from support.site import ANYWHERE, open_site
from support.spans import make_event
from support.stores import on_disk, remove

from jamjet_proxy.config import Config, FileDestination, ServerConfig
from jamjet_proxy.config.data_dir import DataDir
from jamjet_proxy.model.errors import AlreadyRunning, StartError, StorageError
from jamjet_proxy.runtime import lock
from jamjet_proxy.runtime.server import running

HERE = Config(server=ANYWHERE)


def modes_of(directory: Path) -> dict[str, int]:
    """Return the permissions of a directory and of everything in it, by name."""
    return {path.name: path.stat().st_mode for path in [directory, *directory.iterdir()]}


async def test_second_proxy_on_a_directory_is_refused(tmp_path: Path) -> None:
    """A data directory in use isn't opened twice, and the first proxy doesn't notice."""
    async with open_site(tmp_path) as site:
        with pytest.raises(AlreadyRunning):
            async with running(HERE, DataDir(tmp_path), lock.COMMAND):
                pass
        assert (await site.ask("GET", "/readyz")).status == 200


async def test_everything_is_released(tmp_path: Path) -> None:
    """After a stop the port is free, the logs are written back, and the next proxy finds everything."""
    async with open_site(tmp_path) as site:
        await site.ingest(make_event(trace_id="tr_1"))
        key, url = site.key, site.url
    assert not any(name.endswith("-wal") for name in modes_of(tmp_path))
    async with running(HERE, DataDir(tmp_path), lock.DAEMON) as proxy, aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {key}"}
        async with session.get(f"{proxy.url}/v1/traces/tr_1", headers=headers) as response:
            assert response.status == 200
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(url)


async def test_taken_port_is_a_start_error(tmp_path: Path) -> None:
    """A port that somebody else has is told with address and hint, and the directory is free again."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = Config(server=ServerConfig(listen=f"127.0.0.1:{port}"))
        with pytest.raises(StartError, match=rf"cannot listen on 127\.0\.0\.1:{port}") as caught:
            async with running(config, DataDir(tmp_path), lock.DAEMON):
                pass
    assert "--listen" in caught.value.hint
    async with running(HERE, DataDir(tmp_path), lock.DAEMON):
        pass


async def test_taken_twin_is_no_hindrance(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """When the port is taken on the IPv6 loopback the proxy runs without it, and says so."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        config = Config(server=ServerConfig(listen=f"127.0.0.1:{port}"))
        with caplog.at_level(logging.INFO):
            async with running(config, DataDir(tmp_path), lock.DAEMON) as proxy:
                assert proxy.url == f"http://127.0.0.1:{port}"
    assert f"not listening on [::1]:{port}" in caplog.text


async def test_unknown_address_is_a_start_error(tmp_path: Path) -> None:
    """A name that means no address of this machine is told."""
    config = Config(server=ServerConfig(listen="203.0.113.1:0"))
    with pytest.raises(StartError, match="cannot listen on 203"):
        async with running(config, DataDir(tmp_path), lock.DAEMON):
            pass


async def test_listening_beyond_this_machine_is_warned_about(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever listens on every address reads what that means."""
    with caplog.at_level(logging.WARNING):
        async with running(Config(server=ServerConfig(listen="0.0.0.0:0")), DataDir(tmp_path), lock.DAEMON):
            pass
    assert "put TLS and a firewall in front of it" in caplog.text


async def test_files_are_for_the_owner_only(tmp_path: Path) -> None:
    """Nothing in the data directory can be read by anybody else."""
    async with open_site(tmp_path / "data") as site:
        await site.ingest(make_event())
        modes = modes_of(tmp_path / "data")
    assert len(modes) >= 7
    assert not any(mode & 0o077 for mode in modes.values())


async def test_the_key_is_in_no_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A created and used key lies nowhere in the data directory, nor in the log."""
    with caplog.at_level(logging.DEBUG):
        async with open_site(tmp_path) as site:
            await site.ingest(make_event())
            key = site.key
            stored = on_disk(tmp_path)
    assert key[11:].encode() not in stored
    assert key[11:] not in caplog.text


async def test_a_command_indexes_but_does_not_forward(tmp_path: Path) -> None:
    """What runs for the length of a command shows everything stored and sends nothing."""
    config = HERE.model_copy(
        update={"destinations": {"disk": FileDestination(type="file", directory=Path("archive"))}}
    )
    async with open_site(tmp_path) as site:
        await site.ingest(make_event())
    remove(tmp_path, "index.db*")
    async with running(config, DataDir(tmp_path), lock.COMMAND) as proxy:
        assert await proxy.services.indexer.lag() == 0
        ((lane, balance),) = (await proxy.services.ledger()).lanes
        assert (lane.state, balance.pending) == ("stopped", 1)
    assert not (tmp_path / "archive").exists()


@pytest.mark.parametrize("name", ["registry.db", "journal.db", "index.db"])
async def test_damaged_database_is_a_clear_refusal(tmp_path: Path, name: str) -> None:
    """A file that is no database any more is named, and nothing is overwritten."""
    async with open_site(tmp_path):
        pass
    (tmp_path / name).write_bytes(b"damage" * 10_000)
    with pytest.raises(StorageError, match=name):
        async with running(HERE, DataDir(tmp_path), lock.DAEMON):
            pass
    assert (tmp_path / name).read_bytes() == b"damage" * 10_000


async def test_lost_secret_is_a_clear_refusal(tmp_path: Path) -> None:
    """Without the installation's secret no key could be recognised, so the proxy doesn't start."""
    async with open_site(tmp_path):
        pass
    (tmp_path / "installation.secret").unlink()
    with pytest.raises(StartError, match=r"installation\.secret is missing"):
        async with running(HERE, DataDir(tmp_path), lock.DAEMON):
            pass
    assert not (tmp_path / "installation.secret").exists()
