"""Sections: how fast the engines are on texts and on events, and what twenty rules of one's own cost."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

import redaction_rules
import redaction_texts
from redaction_engines import OURS, Engine
from redaction_report import Section, median_ratio

_TEXTS = 100
_SPANS = 100
_SECONDS = 0.3  # of passes over a set by one engine in one round; slow ones take one pass
_RARE, _OFTEN = 0.01, 0.05
_LEAST_TO_SDK = {"compiled": 25.0, "python": 3.0}
_LEAST_TO_DATAFOG = 1.0
_LEAST_SPAN_TO_SDK = 10.0
_MOST_FOR_RULES = 2.0


@dataclass(frozen=True, slots=True)
class Lane:
    """The seconds that a pass took in each round, of one engine doing one thing to one set."""

    engine: str
    set: str
    seconds: list[float]

    def mb_per_s(self, size: int) -> float:
        return size / statistics.median(self.seconds) / 1e6


def _measure(engines: list[Engine], what: str, sets: Iterable[str], rounds: int) -> list[Lane]:
    """Time every engine on every set in each round, engines next to each other."""
    lanes = [Lane(engine.name, name, []) for name in sets for engine in engines]
    by_name = {engine.name: engine for engine in engines}
    for _ in range(rounds):
        for lane in lanes:
            lane.seconds.append(by_name[lane.engine].ask("time", what=what, name=lane.set, seconds=_SECONDS))
    return lanes


def _ratio(lanes: list[Lane], ours: str, theirs: str, name: str) -> float | None:
    found = {lane.engine: lane.seconds for lane in lanes if lane.set == name}
    return median_ratio(found[ours], found[theirs]) if {ours, theirs} <= found.keys() else None


def _factor(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"


# --- texts ----------------------------------------------------------------------------------------------


def speed(engines: list[Engine], corpus: list[str], rounds: int) -> Section:
    """Return MB/s on texts; ``corpus`` is left out when it is empty."""
    sets = {
        "mixed": redaction_texts.mixed(_TEXTS),
        "prose": redaction_texts.prose(_TEXTS),
        "digits": redaction_texts.digits(_TEXTS),
    } | ({"corpus": corpus} if corpus else {})
    sizes = {name: sum(len(text.encode()) for text in texts) for name, texts in sets.items()}
    for engine in engines:
        for name, texts in sets.items():
            engine.keep(name, texts)
    section = Section("Speed on texts, one core")
    section.body.append(
        "MB/s of UTF-8 (times the SDK, times datafog-core); the SDK cannot detect alone.  \n"
        + "; ".join(f"{name}: {len(texts)} texts, {sizes[name]:,} bytes" for name, texts in sets.items())
    )
    replaced = _measure(engines, "redact", sets, rounds)
    _speed_table(section, "redact", engines, replaced, sizes)
    finders = [engine for engine in engines if engine.detects]
    found = _measure(finders, "detect", sets, rounds)
    _speed_table(section, "detect", finders, found, sizes)
    _judge_speed(section, replaced, found)
    return section


def _speed_table(
    section: Section, what: str, engines: list[Engine], lanes: list[Lane], sizes: dict[str, int]
) -> None:
    by_place = {(lane.engine, lane.set): lane for lane in lanes}
    rows = []
    for engine in engines:
        cells = []
        for name, size in sizes.items():
            ratios = [_factor(_ratio(lanes, engine.name, other, name)) for other in ("sdk", "datafog")]
            cells.append(f"{by_place[engine.name, name].mb_per_s(size):,.2f} ({', '.join(ratios)})")
        rows.append([engine.title, *cells])
    section.table((what, *sizes), rows)


def _judge_speed(section: Section, replaced: list[Lane], found: list[Lane]) -> None:
    for name, least in _LEAST_TO_SDK.items():
        if (ratio := _ratio(replaced, name, "sdk", "mixed")) is not None:
            section.demand(f"redacting mixed text ({name}), times the SDK,", ratio, least=least)
    for what, lanes in (("redacting", replaced), ("detecting in", found)):
        if (ratio := _ratio(lanes, "compiled", "datafog", "mixed")) is not None:
            section.demand(f"{what} mixed text, times datafog-core,", ratio, least=_LEAST_TO_DATAFOG)


# --- events ---------------------------------------------------------------------------------------------


def events(engines: list[Engine], rounds: int) -> Section:
    """Return the time for an event of 6 KB, bytes to bytes."""
    spans = redaction_texts.spans(_SPANS)
    for engine in engines:
        engine.keep("spans", spans)
    lanes = _measure(engines, "span", ["spans"], rounds)
    size = sum(map(len, spans))
    section = Section("A JSON span, bytes to bytes")
    section.body.append(
        f"{len(spans)} spans of {size // len(spans):,} bytes on average, 30 % with values. Ours as the "
        "receiver does it; the SDK's path is `json.loads`, `_redact_dict`, `json.dumps`."
    )
    rows = [
        [
            engine.title,
            f"{statistics.median(lane.seconds) / len(spans) * 1e6:,.1f}",
            f"{lane.mb_per_s(size):,.2f}",
            *(_factor(_ratio(lanes, engine.name, other, "spans")) for other in ("sdk", "datafog")),
        ]
        for engine, lane in zip(engines, lanes, strict=True)
    ]
    section.table(("engine", "us a span", "MB/s", "x SDK", "x datafog-core"), rows)
    if (ratio := _ratio(lanes, "compiled", "sdk", "spans")) is not None:
        section.demand("a JSON span, times the SDK's path,", ratio, least=_LEAST_SPAN_TO_SDK)
    return section


# --- rules ----------------------------------------------------------------------------------------------


def rules(engines: list[Engine], rounds: int) -> Section:
    """Return what twenty rules cost on events that they hardly ever hit, and where they hit 5 % of them."""
    section = Section("Twenty rules of the operator's own")
    rows = []
    for engine in (engine for engine in engines if engine.name in OURS):
        for name, share in (("rare", _RARE), ("often", _OFTEN)):
            engine.keep(name, redaction_texts.spans(_SPANS, hits=share, hit=redaction_rules.hit))
        for what, sets in (("span", ("rare", "often")), ("redact", ("mixed",))):
            if what == "redact":
                engine.keep("mixed", redaction_texts.mixed(_TEXTS))
            rows += [_rules_row(section, engine, what, name, rounds) for name in sets]
    section.body.append(f"{len(redaction_rules.SETTINGS['rules'])} rules, three of them for names of keys.")
    section.table(("engine and input", "none, us", "20 rules, us", "factor"), rows)
    return section


_INPUTS = {
    "rare": f"spans, {_RARE:.0%} hit",
    "often": f"spans, {_OFTEN:.0%} hit",
    "mixed": "mixed texts, none hit",
}


def _rules_row(section: Section, engine: Engine, what: str, name: str, rounds: int) -> list[str]:
    without, with_rules = [], []
    for _ in range(rounds):
        for settings, seconds in ((redaction_rules.NONE, without), (redaction_rules.SETTINGS, with_rules)):
            engine.ask("rules", settings=settings)
            seconds.append(engine.ask("time", what=what, name=name, seconds=_SECONDS))
    engine.ask("rules", settings=redaction_rules.NONE)
    factor = median_ratio(without, with_rules)
    if engine.name == "compiled":
        section.demand(f"the factor for 20 rules ({_INPUTS[name]})", factor, most=_MOST_FOR_RULES)
    per_item = [statistics.median(seconds) / _TEXTS * 1e6 for seconds in (without, with_rules)]
    return [f"{engine.title}, {_INPUTS[name]}", *(f"{us:,.1f}" for us in per_item), f"{factor:.2f}"]
