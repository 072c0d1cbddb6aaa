"""The servers under load, each a process of its own on a core of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NAMES = ("proxy", "floor", "obvious")

_READY_S = 30
_STOP_S = 30
_INDEXED_S = 60
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cores:
    """Which processor cores the two sides run on; None leaves it to the kernel."""

    server: int | None
    client: int | None

    @classmethod
    def split(cls) -> Cores:
        """Give the client the first core that this process may use, and the server the last."""
        allowed = sorted(os.sched_getaffinity(0))
        return cls(allowed[-1], allowed[0]) if len(allowed) > 1 else cls(None, None)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server that takes spans at ``url`` with ``key``."""

    name: str
    process: subprocess.Popen[bytes]
    url: str
    key: str
    folder: Path

    def cpu_seconds(self) -> float:
        """Return the processor time of all its threads so far."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text("ascii")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / _TICKS

    def peak_rss_mb(self) -> float:
        """Return the most memory it ever held."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0

    def stop(self) -> None:
        """End the process, politely at first."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def disk_bytes(self) -> int:
        """Return what lies in its folder; databases fold their journals in when they are closed."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())

    def wait_until_indexed(self) -> None:
        """Return when work put off during the load is done, so that its cost is counted."""
        deadline = time.monotonic() + _INDEXED_S
        while self.name == "proxy" and time.monotonic() < deadline:
            if _ask(self, "/v1/status")["index"]["lag_batches"] == 0:
                return
            time.sleep(0.05)

    def check_count(self, acknowledged: int) -> str | None:
        """Return what is wrong if the ledger differs from what the client was told, else None."""
        if self.name != "proxy":
            return None
        status = _ask(self, "/v1/status")
        ledger = status["projects"][0]
        expected = {"received": acknowledged, "accepted": acknowledged, "duplicate": 0, "rejected": {}}
        found = {name: ledger[name] for name in expected}
        if found == expected and status["unaccounted"] == 0:
            return None
        return f"the client was told {expected}, the ledger says {found}"


@contextmanager
def started(name: str, core: int | None, config: Path | None = None) -> Iterator[Server]:
    """Run the server ``name`` on ``core`` with an empty folder while the context is open.

    Args:
        config: the proxy's configuration file; None leaves it its defaults.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"bench-{name}-"))
    server = Server(name, _spawn(name, folder, core, config), "", "none", folder)
    try:
        server = replace(server, url=_ready_url(server.process))
        if name == "proxy":
            server = replace(server, key=_ask(server, "/v1/projects", {"name": "bench"})["api_key"])
        yield server
    except BaseException:
        sys.stderr.write((folder / "stderr.log").read_text("utf-8", "replace")[-4000:])
        raise
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _spawn(name: str, folder: Path, core: int | None, config: Path | None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        _command(name, folder, config),
        stdout=subprocess.PIPE,
        stderr=(folder / "stderr.log").open("wb"),
        env={key: value for key, value in os.environ.items() if not key.startswith("JAMJET_")},
        preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, {core}),
    )


def _command(name: str, folder: Path, config: Path | None) -> list[str]:
    if name == "proxy":
        options = ["--data-dir", str(folder / "data"), *(("--config", str(config)) if config else ())]
        return [sys.executable, "-m", "jamjet_proxy", *options, "serve", "--listen", "127.0.0.1:0"]
    return [sys.executable, str(HERE / f"{name}_server.py"), str(folder)]


def _ready_url(process: subprocess.Popen[bytes]) -> str:
    """Read the line in which a server says where it listens."""
    assert process.stdout is not None
    # A server that hangs before it is ready is ended, which ends the wait for its line.
    previous = signal.signal(signal.SIGALRM, lambda *_: process.kill())
    signal.alarm(_READY_S)
    try:
        for line in process.stdout:
            if found := re.search(r"http://\S+", line.decode()):
                return found[0]
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
    raise RuntimeError(f"the server ended before it was ready (exit status {process.wait()})")


def _ask(server: Server, path: str, body: dict[str, Any] | None = None) -> Any:
    """Ask the proxy as its operator."""
    token = (server.folder / "data" / "operator.token").read_text("ascii").strip()
    request = urllib.request.Request(
        server.url + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
