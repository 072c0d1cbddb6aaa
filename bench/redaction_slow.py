"""Section: texts made to be slow, and how the time for them grows with their length."""

from __future__ import annotations

import json
import math
import sys

from redaction_adversarial import LENGTHS, texts
from redaction_engines import OURS, Engine, Failed, TooSlow
from redaction_report import Section

_LIMIT_S = 12.0
_MOST_MS = 50.0
_MOST_GROWTH = 3.0  # twice the length: 2 is linear, 4 quadratic; what's between is a noisy machine
_TOO_SHORT_MS = 1.0  # below it the growth says nothing
_OVER, _FAILED = math.inf, math.nan

Times = dict[tuple[str, str, int], float]
"""Milliseconds by column, input and length; infinite beyond the limit, NaN for an error."""


def adversarial(engines: list[Engine]) -> Section:
    """Time every input at every length; ours also inside of an event."""
    columns = [
        (engine, what)
        for engine in engines
        for what in (("redact", "span") if engine.name in OURS else ("redact",))
    ]
    times: Times = {}
    for engine, what in columns:
        print(f"adversarial: {_column(engine, what)}", file=sys.stderr, flush=True)
        _fill(times, engine, what)
    names = [_column(engine, what) for engine, what in columns]
    section = Section(f"Inputs made to be slow, milliseconds for {LENGTHS[-1]:,} characters")
    section.body.append(
        f"In brackets: the growth from {LENGTHS[-2]:,} to {LENGTHS[-1]:,} characters, where there is enough "
        f"to measure. Limit {_LIMIT_S:g} s. (event): the same text inside of a JSON event, bytes to bytes."
    )
    kinds = list(texts(0))
    rows = [[f"`{kind}`", *(_cell(times, name, kind) for name in names)] for kind in kinds]
    section.table(("input", *names), [*rows, ["**worst**", *(_worst(times, name, kinds) for name in names)]])
    for engine, what in columns:
        if engine.name in OURS:
            _judge(section, times, engine, _column(engine, what), kinds)
    return section


def _column(engine: Engine, what: str) -> str:
    return f"{engine.title} (event)" if what == "span" else engine.title


def _fill(times: Times, engine: Engine, what: str) -> None:
    for length in LENGTHS:
        for kind, text in texts(length).items():
            shorter = [times[_column(engine, what), kind, other] for other in LENGTHS if other < length]
            late = _OVER in shorter
            times[_column(engine, what), kind, length] = _OVER if late else _once(engine, what, text)


def _once(engine: Engine, what: str, text: str) -> float:
    if what == "span":
        text = json.dumps({"payload": {"text": text}}, ensure_ascii=False)
    try:
        return engine.ask("once", what=what, text=text, limit_s=_LIMIT_S) * 1e3
    except TooSlow:
        return _OVER
    except Failed as fault:
        print(f"adversarial: {fault}", file=sys.stderr, flush=True)
        return _FAILED


def _growth(times: Times, column: str, kind: str) -> float | None:
    half, whole = (times[column, kind, length] for length in LENGTHS[-2:])
    return whole / half if _TOO_SHORT_MS < whole < _OVER else None


def _cell(times: Times, column: str, kind: str) -> str:
    milliseconds, growth = times[column, kind, LENGTHS[-1]], _growth(times, column, kind)
    if milliseconds == _OVER:
        return f"> {_LIMIT_S * 1e3:,.0f}"
    if math.isnan(milliseconds):
        return "failed"
    shown = f"{milliseconds:.2f}" if milliseconds < 10 else f"{milliseconds:,.0f}"
    return shown if growth is None else f"{shown} ({growth:.1f})"


def _worst(times: Times, column: str, kinds: list[str]) -> str:
    longest = {kind: times[column, kind, LENGTHS[-1]] for kind in kinds}
    kind = max(kinds, key=lambda kind: _OVER if math.isnan(longest[kind]) else longest[kind])
    return f"**{_cell(times, column, kind)}** `{kind}`"


def _judge(section: Section, times: Times, engine: Engine, column: str, kinds: list[str]) -> None:
    for kind in kinds:
        if engine.name == "compiled":
            section.demand(
                f"milliseconds of {column} for {kind}", times[column, kind, LENGTHS[-1]], most=_MOST_MS
            )
        if (growth := _growth(times, column, kind)) is not None:
            section.demand(f"growth of {column} for {kind}", growth, most=_MOST_GROWTH)
