"""The installed program as a process, and what tests ask of it."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PROGRAM = Path(sys.executable).with_name("jamjet-proxy")
START_S = 20.0
_READY = re.compile(r"jamjet-proxy ready on (http://\S+) ")


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body decoded."""
        return json.loads(self.body)


def ask(
    url: str, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """Send one request to ``url`` (scheme, host and port) on a connection of its own."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def clean_environment(**extra: str) -> dict[str, str]:
    """Return this process's environment without settings of ours and without proxies."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("JAMJET") and not name.lower().endswith("_proxy")
    }
    return kept | {"NO_PROXY": "127.0.0.1,localhost"} | extra


def eventually(check: Callable[[], Any], within_s: float = 10.0) -> Any:
    """Return the first true result of ``check``; fail when there is none in time."""
    deadline = time.monotonic() + within_s
    while True:
        result = check()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"still {result!r} after {within_s} s")
        time.sleep(0.02)


class ProxyProcess:
    """A proxy on a data directory; start and stop it as often as a test needs.

    Attributes:
        environment: further variables for the daemon and for commands, such as upstream keys.
    """

    def __init__(self, data_dir: Path, config: Path | None = None, port: int = 0) -> None:
        self.data_dir = data_dir
        self.environment: dict[str, str] = {}
        self.log = data_dir.with_name(f"{data_dir.name}.log")
        self._config = ["--config", str(config)] if config else []
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    @property
    def pid(self) -> int:
        """The running process's id."""
        assert self._process is not None
        return self._process.pid

    @property
    def operator_token(self) -> str:
        """The operator's credential."""
        return (self.data_dir / "operator.token").read_text().strip()

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of the program on this data directory."""
        return subprocess.run(
            [PROGRAM, *arguments, *self._config, "--data-dir", str(self.data_dir)],
            env=clean_environment(**self.environment),
            capture_output=True,
            text=True,
            timeout=60,
            check=check,
        )

    def start(self, *arguments: str) -> ProxyProcess:
        """Start the daemon and wait for its ready line; the same port again after the first time."""
        # Unbuffered, appended: nothing the program said is lost to a kill.
        log = self.log.open("ab")
        mark = log.tell()
        self._process = subprocess.Popen(
            [
                PROGRAM,
                "serve",
                "--data-dir",
                str(self.data_dir),
                "--listen",
                f"127.0.0.1:{self._port}",
                *self._config,
                *arguments,
            ],
            env=clean_environment(**self.environment),
            stdout=log,
            stderr=log,
        )
        log.close()
        ready = eventually(lambda: self._ready(mark), START_S)
        self.url = ready[1]
        self._port = urlsplit(self.url).port or 0
        return self

    def _ready(self, mark: int) -> re.Match[str] | None:
        assert self._process is not None
        said = self.log.read_bytes()[mark:].decode()
        if self._process.poll() is not None:
            raise AssertionError(f"the proxy ended with {self._process.returncode}:\n{said}")
        return _READY.search(said)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the daemon in an orderly way and return its exit code."""
        return self._end(how)

    def kill(self) -> None:
        """End the daemon with SIGKILL."""
        self._end(signal.SIGKILL)

    def wait(self) -> int:
        """Return the exit code of a daemon that is about to end."""
        assert self._process is not None
        code = self._process.wait(timeout=30)
        self._process = None
        return code

    def close(self) -> None:
        """End the daemon if it still runs."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(how)
        code = self._process.wait(timeout=30)
        self._process = None
        return code

    def create_project(self, name: str) -> dict[str, str]:
        """Create a project, over HTTP if the daemon runs and else by a command; the result holds its key."""
        if self._process is None:
            said = self.command("projects", "create", name, "--json").stdout
        else:
            said = self.as_operator("POST", "/v1/projects", {"name": name}).body.decode()
        created: dict[str, str] = json.loads(said)
        assert "api_key" in created, created
        return created

    def as_project(self, key: str, method: str, path: str, content: object = None) -> Answer:
        """Send a request with a project's key, ``content`` as JSON."""
        headers = {"Authorization": f"Bearer {key}"}
        body = None
        if content is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(content).encode()
        return ask(self.url, method, path, body, headers)

    def as_operator(self, method: str, path: str, content: object = None) -> Answer:
        """Send a request with the operator's token."""
        return self.as_project(self.operator_token, method, path, content)

    def spans(self, key: str) -> list[dict[str, Any]]:
        """Return every stored event of the key's project, in the order they arrived."""
        events: list[dict[str, Any]] = []
        page = self.as_project(key, "GET", "/v1/spans?limit=500").json()
        events[:0] = [span["event"] for span in page["spans"]]
        while page["older_cursor"]:
            page = self.as_project(key, "GET", f"/v1/spans?limit=500&before={page['older_cursor']}").json()
            events[:0] = [span["event"] for span in page["spans"]]
        return events

    def status(self) -> dict[str, Any]:
        """Return what ``status --json`` says, over HTTP."""
        answer: dict[str, Any] = self.as_operator("GET", "/v1/status").json()
        return answer

    def on_disk(self) -> bytes:
        """Return every byte of every file below the data directory, and of the log."""
        files = [path for path in self.data_dir.rglob("*") if path.is_file()]
        return b"".join(path.read_bytes() for path in [*files, self.log])


MakeProxy = Callable[..., ProxyProcess]
"""``make_proxy(config_yaml="", name="data")`` gives a proxy that isn't started yet."""
