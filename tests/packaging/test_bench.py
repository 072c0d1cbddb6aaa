"""The tools beside the package that judge redaction do their work."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from jamjet_proxy.redact import Redactor

BENCH = Path(__file__).resolve().parents[2] / "bench"
TEXT = "Write to jane.doe@example.com today."


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What the fuzzer checks of every mutant."""
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module("redaction_checks")


def test_the_adapter_answers_what_a_scorer_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gives the spans of a text, a redacted text and a redacted document."""
    monkeypatch.syspath_prepend(str(BENCH))
    adapter: Any = importlib.import_module("pii_adapter")
    assert [tuple(span) for span in adapter.detect(TEXT)] == [(9, 29, "EMAIL")]
    assert adapter.redact(TEXT) == "Write to [EMAIL] today."
    assert adapter.doc({"note": [TEXT, 7]}) == {"note": ["Write to [EMAIL] today.", 7]}


def test_mutants_hold(checks: ModuleType) -> None:
    """The first mutants of the fuzzer pass through both engines and all of its sets of rules."""
    result = checks.run_chunk(20261123, 0, 300)
    assert (result.mutants, result.differences) == (300, [])


def test_a_difference_is_noticed_and_shrunk(checks: ModuleType) -> None:
    """An engine that misses a value is caught, with hardly more than the value left of the input."""

    class Blind(Redactor):
        def detect(self, text: str) -> list[tuple[int, int, str]]:
            return [span for span in super().detect(text) if span[2] != "EMAIL"]

    pair = (Blind(), Redactor(compiled=False))
    assert checks.text_fault(pair, "nothing here") is None
    assert checks.text_fault(pair, TEXT).startswith("detect: []")
    shrunk = checks.shrink(TEXT, lambda text: checks.text_fault(pair, text) is not None)
    assert "@" in shrunk
    assert len(shrunk) <= 12
