"""What the documents say is checked against the program."""

from __future__ import annotations

import argparse
import re
import tomllib
from pathlib import Path

import pytest

from jamjet_proxy.cli import main as cli
from jamjet_proxy.model.outcome import Reason
from jamjet_proxy.web.app import ROUTES
from jamjet_proxy.web.problems import _STATUS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
HTTP = (ROOT / "docs/http.md").read_text()
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()


def commands(parser: argparse.ArgumentParser, prefix: str = "") -> dict[str, set[str]]:
    """Return every command with its own options, nested ones as ``noun verb``."""
    found: dict[str, set[str]] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                nested = commands(sub, f"{prefix}{name} ")
                options = {o for a in sub._actions for o in a.option_strings if o.startswith("--")}
                found |= nested or {f"{prefix}{name}": options - {"--help", "--config", "--data-dir"}}
    return found


def documented_commands() -> dict[str, set[str]]:
    """Return the commands of the README's table with their options."""
    rows = re.findall(r"^\| `([^`]+)` \|", README, re.MULTILINE)
    usages = [row for row in rows if re.match(r"[a-z]", row) and not row.startswith(("jamjet", "not_"))]
    return {
        " ".join(re.findall(r"(?<![\[\w-])[a-z][a-z-]+(?![\w-])", usage.partition("[")[0])): set(
            re.findall(r"--[a-z-]+", usage)
        )
        for usage in usages
    }


def test_readme_names_every_command_and_option() -> None:
    """The README's table of commands is that of the program."""
    assert documented_commands() == commands(cli._parser())


def test_readme_names_every_exit_code() -> None:
    """The README's exit codes are those the program ends with."""
    documented = {int(code) for code in re.findall(r"^\| (\d) \|", README, re.MULTILINE)}
    assert documented == {0, cli._FAILED, *cli._EXIT_CODES.values()}


@pytest.mark.parametrize("path", sorted({path for _, path, _ in ROUTES}))
def test_readme_names_every_route(path: str) -> None:
    """Each route stands in the README."""
    assert f"{path.replace(':.+', '')}`" in README


def test_http_page_names_every_error_code_with_its_status() -> None:
    """The page's table of errors says which status each code has."""
    rows = re.findall(r"^\| (\d{3}) \| ((?:`\w+`(?:, )?)+) \|", HTTP, re.MULTILINE)
    documented = {code: int(status) for status, codes in rows for code in re.findall(r"`(\w+)`", codes)}
    served = {error.code: status.value for error, status in _STATUS.items()}
    assert documented == {**served, "internal_error": 500}


@pytest.mark.parametrize("reason", Reason)
def test_http_page_names_every_reason(reason: Reason) -> None:
    """Each reason for refusing an event stands on the page."""
    assert f"`{reason}`" in HTTP


def test_architecture_draws_the_floors_that_are_checked() -> None:
    """The picture of the floors is the contract of the import linter."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    checked = [re.sub(r"\(\w+\) \| | \| \(\w+\)|\(\w+\)", "", layer).strip(" |") for layer in layers]
    picture = ARCHITECTURE.partition("## Floors")[2].partition("```\n")[2].partition("```")[0]
    drawn = [re.split(r"\s{2,}", line)[0] for line in picture.strip().splitlines()]
    assert drawn == checked
