"""Dispatch and exit codes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.proxy import PROGRAM, ProxyProcess, clean_environment

from jamjet_proxy import __version__
from jamjet_proxy.cli import door, version
from jamjet_proxy.cli.main import main
from jamjet_proxy.runtime import lock

DONE, FAILED, USAGE, NOT_FOUND, NEEDS_DAEMON = 0, 1, 2, 3, 4


def run(tmp_path: Path, *arguments: str) -> int:
    """Run a command on the data directory of this test; a usage error is its exit code."""
    try:
        return main([*arguments, "--data-dir", str(tmp_path / "data")])
    except SystemExit as ended:
        return int(ended.code or 0)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["version"], DONE),
        (["projects", "list"], DONE),
        (["spans"], DONE),
        (["status"], DONE),
        (["redact", "audit"], DONE),
        (["check-config"], DONE),
        (["--help"], DONE),
        (["serve", "--help"], DONE),
        ([], USAGE),
        (["nonsense"], USAGE),
        (["projects"], USAGE),
        (["projects", "create"], USAGE),
        (["redact"], USAGE),
        (["redact", "audit", "--limit", "0"], USAGE),
        (["redact", "test", "--config", "/nowhere.yaml"], USAGE),
        (["spans", "--limit", "0"], USAGE),
        (["spans", "--limit", "many"], USAGE),
        (["serve", "--listen", "nowhere"], USAGE),
        (["status", "--config", "/nowhere.yaml"], USAGE),
        (["check-config", "/nowhere.yaml"], USAGE),
        (["projects", "create", ""], FAILED),
        (["projects", "create", "x" * 101], FAILED),
        (["spans", "--project", "nobody"], NOT_FOUND),
        (["redact", "audit", "--project", "nobody"], NOT_FOUND),
        (["redact", "test", "/nowhere.txt"], NOT_FOUND),
        (["redact", "test", "/"], FAILED),
        (["spans", "--follow"], NEEDS_DAEMON),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else str(value),
)
def test_exit_codes(tmp_path: Path, arguments: list[str], code: int) -> None:
    """Each outcome has its documented exit code."""
    assert run(tmp_path, *arguments) == code


def test_faults_are_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What went wrong and what to do about it stands on standard error, nothing on standard output."""
    run(tmp_path, "spans", "--follow")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "jamjet-proxy: nothing can arrive: no daemon runs\n  start it with: jamjet-proxy serve\n"
    )


def test_all_problems_of_a_configuration_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every finding has a line of its own."""
    config = tmp_path / "config.yaml"
    config.write_text("sever: {}\nlimits: {body_bytes: 1}\n")
    assert run(tmp_path, "check-config", str(config)) == USAGE
    assert len(capsys.readouterr().err.splitlines()) >= 2


def test_sound_configuration_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A configuration without problems is told so, wherever the file is named."""
    config = tmp_path / "config.yaml"
    config.write_text("limits: {body_bytes: 2048}\n")
    for arguments in (["check-config", str(config)], ["check-config", "--config", str(config)]):
        assert run(tmp_path, *arguments) == DONE
        assert capsys.readouterr().out


def test_options_before_and_behind_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The data directory may be given in front, behind, or in the environment; the nearest one counts."""
    ways: list[tuple[list[str], str]] = [
        (["--data-dir", str(tmp_path / "front"), "status"], "front"),
        (["status", "--data-dir", str(tmp_path / "behind")], "behind"),
        (["--data-dir", str(tmp_path / "x"), "status", "--data-dir", str(tmp_path / "both")], "both"),
        (["status"], "environment"),
    ]
    monkeypatch.setenv("JAMJET_PROXY_DATA_DIR", str(tmp_path / "environment"))
    for arguments, directory in ways:
        assert main(arguments) == DONE
        assert (tmp_path / directory / "journal.db").exists()
    assert not (tmp_path / "x").exists()


def test_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The version and the engine of redaction are told to people and to programs."""
    run(tmp_path, "version")
    release, engine = capsys.readouterr().out.splitlines()
    assert release == f"jamjet-proxy {__version__}"
    run(tmp_path, "version", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["version"] == __version__
    assert told["redaction"] in ("compiled", "python")
    assert engine == f"redaction engine: {told['redaction']}"


def test_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a command with 130 and without a traceback."""

    def interrupted(options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(version, "_run", interrupted)
    assert run(tmp_path, "version") == 130


def test_daemon_that_does_not_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """When somebody holds the directory but nobody answers, a running daemon is what's needed."""
    (tmp_path / "data").mkdir()
    with lock.hold(tmp_path / "data" / "proxy.lock", lock.DAEMON) as held:
        held.announce("http://127.0.0.1:9")
        assert run(tmp_path, "status") == NEEDS_DAEMON
    assert "the daemon does not answer" in capsys.readouterr().err


def test_directory_that_stays_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command waits for another one, and gives up with its name when that doesn't end."""
    monkeypatch.setattr(door, "_WAIT_S", 0.1)
    (tmp_path / "data").mkdir()
    with lock.hold(tmp_path / "data" / "proxy.lock", lock.COMMAND):
        assert run(tmp_path, "status") == FAILED
    assert "(command) is using the data directory" in capsys.readouterr().err


def test_unusable_data_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that is no directory is told with a way out."""
    (tmp_path / "data").write_text("in the way")
    assert run(tmp_path, "status") == FAILED
    assert "choose another one with --data-dir" in capsys.readouterr().err


def test_reader_that_has_seen_enough(make_proxy: Callable[..., ProxyProcess]) -> None:
    """A command whose output nobody reads any more, as with head, ends quietly and well."""
    proxy = make_proxy()
    command = [str(PROGRAM), "status", "--json", "--data-dir", str(proxy.data_dir)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(30) == DONE
        assert process.stderr.read() == b""
