"""What commands print."""

from __future__ import annotations

import json

import pytest

from jamjet_proxy.cli.output import print_json, print_table, printable


def test_table_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    """Text stands left, numbers right, nothing trails behind, and None is empty."""
    print_table(("name", "count", "why"), [["a", 5, None], ["longer", 12345, "x"]])
    assert capsys.readouterr().out.splitlines() == [
        "NAME    COUNT  WHY",
        "a           5",
        "longer  12345  x",
    ]


def test_empty_table_is_its_heading(capsys: pytest.CaptureFixture[str]) -> None:
    """Without rows the columns are still named."""
    print_table(("name", "count"), [])
    assert capsys.readouterr().out == "NAME  COUNT\n"


def test_json_is_readable(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON for programs keeps letters as they are."""
    print_json({"name": "ü"})
    text = capsys.readouterr().out
    assert json.loads(text) == {"name": "ü"}
    assert "ü" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü", "plain ü"),
        ("a\x1b[2Jb", "a\ufffd[2Jb"),
        ("a\nb\r", "a\ufffdb\ufffd"),
        (5, "5"),
        ("\u202e", "\ufffd"),
    ],
)
def test_nothing_steers_the_terminal(text: object, shown: str) -> None:
    """What agents send can't move the cursor, clear the screen or turn the writing round."""
    assert printable(text) == shown
