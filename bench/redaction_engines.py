"""The engines under comparison, each a process of its own; all of them on the same core."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent

_START_S = 120
_ANSWER_S = 900  # a pass of the slowest engine over the largest set, on a busy machine


@dataclass(frozen=True, slots=True)
class Kind:
    """An engine: its name in the tables, the interpreter that has it, and how to get that."""

    title: str
    python: Path
    made_by: str


KINDS = {
    "compiled": Kind("jamjet-proxy, compiled", Path(sys.executable), "make wheel, with a C compiler"),
    "python": Kind("jamjet-proxy, Python only", Path(sys.executable), "make test"),
    "sdk": Kind("JamJet SDK", ROOT / ".sdk-venv/bin/python", "make sdk"),
    "presidio": Kind("Presidio, patterns", ROOT / ".bench-venv/bin/python", "make .bench-venv/.complete"),
    "datafog": Kind("datafog-core", ROOT / ".bench-venv/bin/python", "make .bench-venv/.complete"),
}
OURS = ("compiled", "python")


class TooSlow(Exception):
    """An engine did not answer in time, and its process was ended."""


class Failed(Exception):
    """An engine answered with an error, or ended."""


class Engine:
    """An engine's process. After ``TooSlow`` the next question starts it afresh.

    Attributes:
        name, title: which engine.
        version, python: of the engine, and of its interpreter.
        detects: it can say where values are; else it only replaces them.
    """

    def __init__(self, name: str, core: int | None) -> None:
        self.name = name
        self.title = KINDS[name].title
        self._core = core
        self._kept: list[dict[str, Any]] = []
        self._process: subprocess.Popen[bytes] | None = None
        hello = self.ask("hello", limit_s=_START_S)
        self.version: str = hello["version"]
        self.python: str = hello["python"]
        self.detects: bool = hello["detects"]

    def keep(self, name: str, items: list[str] | list[bytes]) -> None:
        """Hand over what ``ask("time", ...)`` is to run on; events are bytes."""
        encoded = isinstance(items[0], bytes)
        texts = [item.decode() if isinstance(item, bytes) else item for item in items]
        self._kept.append({"name": name, "items": texts, "encoded": encoded})
        self.ask("keep", **self._kept[-1])

    def ask(self, do: str, *, limit_s: float = _ANSWER_S, **arguments: Any) -> Any:
        """Return the engine's answer.

        Raises:
            TooSlow: it took longer than ``limit_s``.
            Failed: it could not do it.
        """
        process = self._running()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise Failed(f"{self.title} ended") from None
        answer = json.loads(self._line(process, limit_s))
        if "error" in answer:
            raise Failed(f"{self.title}: {answer['error']}")
        return answer["answer"]

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = self._spawn()
            for kept in self._kept:
                self.ask("keep", **kept)
        return self._process

    def _spawn(self) -> subprocess.Popen[bytes]:
        core = self._core
        return subprocess.Popen(
            [KINDS[self.name].python, HERE / "redaction_worker.py", self.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, {core}),
        )

    def _line(self, process: subprocess.Popen[bytes], limit_s: float) -> bytes:
        assert process.stdout is not None
        received = bytearray()
        deadline = time.monotonic() + limit_s
        while not received.endswith(b"\n"):
            if not select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
                self.stop()
                raise TooSlow(f"{self.title} took longer than {limit_s:g} s")
            piece = os.read(process.stdout.fileno(), 1 << 20)
            if not piece:
                self.stop()
                raise Failed(f"{self.title} ended")
            received += piece
        return bytes(received)


@contextmanager
def started(names: list[str]) -> Iterator[tuple[list[Engine], list[str]]]:
    """Run the engines ``names`` while the context is open; also yields why some of them don't."""
    cores = sorted(os.sched_getaffinity(0))
    core = cores[-1] if len(cores) > 1 else None
    if core is not None:
        os.sched_setaffinity(0, set(cores[:-1]))
    engines: list[Engine] = []
    absent: list[str] = []
    try:
        for name in names:
            try:
                engines.append(_start(name, core))
            except (Failed, TooSlow) as fault:
                absent.append(str(fault))
        yield engines, absent
    finally:
        for engine in engines:
            engine.stop()


def _start(name: str, core: int | None) -> Engine:
    kind = KINDS[name]
    try:
        return Engine(name, core)
    except FileNotFoundError:
        raise Failed(f"{kind.title} is not installed: {kind.made_by}") from None
    except Failed as fault:
        raise Failed(f"{fault} (it comes with: {kind.made_by})") from None
