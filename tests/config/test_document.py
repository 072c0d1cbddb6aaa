"""Mistakes in the form of the file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jamjet_proxy.config import Config
from jamjet_proxy.config.document import read_yaml


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("server: [\n", 2, "not valid YAML: while parsing a flow node"),
        ("server:\n\tlisten: x\n", 2, "cannot start any token"),
        (
            "a: {}\nserver: *name\n",
            2,
            "not valid YAML: found undefined alias; put a value that starts with *",
        ),
        ("projects: *\n", 1, "put a value that starts with * in quotes"),
        ("server:\n---\nlimits:\n", 2, "expected a single document"),
        ("server:\n  listen: \x01\n", 2, "contains a control character"),
        ("[" * 1000, 1, "nested deeper than 32 levels"),
        ("- server\n", 1, "the file must be a mapping"),
        ("hello\n", 1, "the file must be a mapping"),
        ("7\n", 1, "the file must be a mapping"),
    ],
)
def test_unreadable_file_is_one_problem_with_its_line(
    problems: Callable[..., list[str]], text: str, line: int, words: str
) -> None:
    """A file that cannot be read as settings is reported once, with its line."""
    (problem,) = problems(text)
    assert problem.startswith(f"config.yaml:{line}: ")
    assert words in problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("server: {}\nserver: {}\n", "config.yaml:2: key 'server' stands here and on line 1"),
        (
            "server: &a\n  allowed_hosts: *a\n",
            "config.yaml:1: server.allowed_hosts: an alias must not stand inside",
        ),
        (
            "redaction:\n  types: &a [*a]\n",
            "config.yaml:2: redaction.types[0]: an alias must not stand inside",
        ),
        ("server:\n  <<: {listen: x}\n", "config.yaml:2: server: merge keys (<<) are not allowed"),
        ("? [x]\n: 3\n", "config.yaml:1: a key must be a name"),
        ("'': 3\n", "config.yaml:1: a key must be a name"),
        ("server: !thing {}\n", "config.yaml:1: server: tags (!name) are not allowed"),
        ("server: !!python/object:os.system {}\n", "config.yaml:1: server: tags (!name) are not allowed"),
        (
            "redaction:\n  format: !!binary aGk=\n",
            "config.yaml:2: redaction.format: tags (!name) are not allowed",
        ),
        ("limits: {body_bytes: !!int none}\n", "config.yaml:1: limits.body_bytes: not a valid int"),
        ("redaction: {enabled: !!bool none}\n", "config.yaml:1: redaction.enabled: not a valid bool"),
    ],
)
def test_mistake_of_form_is_located(problems: Callable[..., list[str]], text: str, problem: str) -> None:
    """What YAML allows and settings do not need is refused where it stands."""
    assert any(found.startswith(problem) for found in problems(text))


def test_alias_bomb_is_refused(problems: Callable[..., list[str]]) -> None:
    """Aliases that multiply are stopped before they fill the memory."""
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    (problem,) = problems("\n".join(["a0: &a0 [x]", *levels]))
    assert "its aliases make it too large" in problem


def test_plain_anchor_is_read(load_text: Callable[..., Config]) -> None:
    """An alias repeats what its anchor marks."""
    config = load_text("redaction: {types: &t [email]}\nprojects: {p: {redaction: {types: *t}}}\n")
    assert config.projects["p"].redaction.types == config.redaction.types


def test_key_repeated_through_a_project_key_is_hidden(problems: Callable[..., list[str]]) -> None:
    """A project key that was written where a name belongs does not get into the message."""
    found = problems("projects:\n  jj_0123: {}\n  jj_0123: {}\n")
    assert "jj_0123" not in " ".join(found)
    assert "config.yaml:3: projects: key 'jj_...' stands here and on line 2" in found


def test_dates_and_keys_stay_text() -> None:
    """Dates are text, and so is every key, whatever YAML would make of it."""
    document = read_yaml("{no: 2024-01-01, 1: 2, 1.5: ~, null: true}", "x")
    assert document.value == {"no": "2024-01-01", "1": 2, "1.5": None, "null": True}
