"""The published Python SDK, run as an agent would: a script in a process and an environment of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from support.proxy import clean_environment

_ROOT = Path(__file__).resolve().parents[2]
_PYTHON = _ROOT / ".sdk-venv" / "bin" / "python"
_SCRIPTS = _ROOT / "tests" / "acceptance" / "scripts"
_MOST_S = 60


def start_file(program: Path, **environment: str) -> subprocess.Popen[str]:
    """Start a Python program beside the SDK; its pipes are the caller's."""
    if not _PYTHON.exists():
        raise AssertionError(f"{_PYTHON} is missing: the SDK environment is made by `make sdk`")
    return subprocess.Popen(
        [_PYTHON, program],
        env=clean_environment(**environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def start_script(name: str, url: str, key: str, **environment: str) -> subprocess.Popen[str]:
    """Start ``scripts/<name>.py`` with JAMJET_API_URL and JAMJET_API_KEY set."""
    return start_file(_SCRIPTS / f"{name}.py", JAMJET_API_URL=url, JAMJET_API_KEY=key, **environment)


def finish_script(script: subprocess.Popen[str], said: str = "") -> str:
    """Send a script its input, wait for its end and return what it printed; fail unless it ended well."""
    try:
        out, complaints = script.communicate(said, timeout=_MOST_S)
    finally:
        script.kill()
    assert script.returncode == 0, f"the script ended with {script.returncode}:\n{out}\n{complaints}"
    return out


def run_script(name: str, url: str, key: str, said: str = "", **environment: str) -> str:
    """Run a script to its end with ``said`` as its input and return what it printed."""
    return finish_script(start_script(name, url, key, **environment), said)
