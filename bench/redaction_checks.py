"""What must hold for every mutant, whichever engine and rules: checked here, and shrunk where it doesn't."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec
import redaction_rules
from redaction_mutants import dice_of, event, mutant

from jamjet_proxy.config import Config
from jamjet_proxy.redact import Redactor
from jamjet_proxy.redact.faults import EventDropped
from jamjet_proxy.redact.rules import RuleSet
from jamjet_proxy.services.redactors import Redactors, check_rules

_OTHER_RULES_EVERY = 8
_LONG = 1_000  # characters from which the time for a text says something
_SHRUNK_IN_A_CHUNK = 3
_STEPS_TO_SHRINK = 400
_PATIENCE_MS = 60_000  # a busy machine is no finding

# Redaction settings as in the configuration; the first are the defaults, which most mutants meet.
SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"format": "<{type}>", "types": ["email", "credit_card", "us_ssn", "ip", "iban"]},
    {"format": "x{type}x", "types": ["email", "ip"]},
    {"format": "[REDACTED:{type}]", "types": ["us_ssn", "credit_card"]},
    {"types": []},
    redaction_rules.SETTINGS,
    {"format": "[{type}_{n}]", "methods": {"us_ssn": {"method": "replace", "format": "<{type}:{hash}>"}}},
    {
        "methods": {
            "email": "partial",
            "phone": "partial",
            "ip": "partial",
            "us_ssn": "mask",
            "credit_card": "hash",
            "iban": "remove",
            "secret": "partial",
        }
    },
    {
        "methods": {
            "ip": "remove",
            "phone": "mask",
            "email": "mask",
            "credit_card": "partial",
            "iban": "partial",
        },
        "allow": [{"types": ["email"], "domain": ["example.com"]}, {"cidr": ["10.0.0.0/8"]}],
        "rules": [
            {"name": "orders", "type": "ORDER", "pattern": r"\border \d+", "method": "mask"},
            {"name": "notes", "type": "NOTE", "paths": ["payload.note"], "method": "partial"},
            {"name": "watched", "type": "HEX", "pattern": r"\b[0-9a-f]{8,}\b", "mode": "shadow"},
            {"name": "refused", "type": "PEM", "pattern": "BEGIN RSA PRIVATE", "method": "drop_event"},
        ],
    },
)
_HASH_KEY = b"the same in both engines"

Fields = dict[str, msgspec.Raw]
Pair = tuple[Redactor, Redactor]
"""The same rules in the compiled core and in the Python reference."""
_decode = msgspec.json.Decoder(Fields).decode


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that did not hold, for an input made as short as it could be."""

    what: str
    settings: int
    input: str


@dataclass(slots=True)
class Result:
    """What became of one chunk.

    Attributes:
        different: how many mutants something did not hold for.
        differences: the first of them.
        slowest: by engine, the most milliseconds per KB of a long text, and that text's head.
    """

    mutants: int = 0
    different: int = 0
    differences: list[Difference] = field(default_factory=list)
    slowest: dict[str, tuple[float, str]] = field(default_factory=dict)


def run_chunk(seed: int, chunk: int, size: int) -> Result:
    """Check ``size`` mutants; the same ones for the same numbers."""
    dice = dice_of(seed, chunk)
    result = Result()
    for number in range(size):
        text = mutant(dice)
        body = event(text, dice)
        other = number % _OTHER_RULES_EVERY == 0
        settings = 1 + (number // _OTHER_RULES_EVERY) % (len(SETTINGS) - 1) if other else 0
        _check(result, settings, text, body)
        if len(text) >= _LONG:
            _note_time(result, text)
        result.mutants += 1
    return result


def _check(result: Result, settings: int, text: str, body: str) -> None:
    pair = pair_of(settings)
    checks = ((text_fault, text), (event_fault, body), *(((explain_fault, text),) if settings else ()))
    for check, given in checks:
        if fault := check(pair, given):
            result.different += 1
            if len(result.differences) < _SHRUNK_IN_A_CHUNK:
                shrunk = shrink(given, lambda shorter, check=check: check(pair, shorter) is not None)
                what = check(pair, shrunk) or fault
                result.differences.append(Difference(what, settings, shrunk))
            return


@cache
def pair_of(settings: int) -> Pair:
    """Return both engines for ``SETTINGS[settings]``."""
    rules = rules_of(SETTINGS[settings])
    return Redactor(rules, hash_key=_HASH_KEY), Redactor(rules, compiled=False, hash_key=_HASH_KEY)


def compares() -> bool:
    """Tell whether there is a compiled core, and the default rules are not beyond it."""
    return pair_of(0)[0]._core is not None


def rules_of(settings: dict[str, Any]) -> RuleSet:
    """Return the rules that a ``redaction`` section of the configuration says."""
    config = Config.model_validate({"redaction": settings | {"time_limit_ms": _PATIENCE_MS}})
    assert not list(check_rules(config)), "these settings would be refused"
    return Redactors(config).named(None).rules


# --- what must hold -------------------------------------------------------------------------------------


def text_fault(pair: Pair, text: str) -> str | None:
    """Return what does not hold for a text, None when everything does."""
    try:
        return next(_text_faults(pair, text), None)
    except Exception as error:  # noqa: BLE001 - no input may raise anything
        return f"raised {type(error).__name__}: {error}"


def explain_fault(pair: Pair, text: str) -> str | None:
    """Return how an explanation differs from what is done to a text, None when it doesn't."""
    try:
        for engine, name in zip(pair, ("compiled", "python"), strict=True):
            explained, redacted = engine.explain(text), _unless_dropped(engine.redact, text)
            if (None if explained.dropped else explained.redacted) != redacted:
                return f"explain ({name}): {explained.redacted!a} instead of {redacted!a}"
    except Exception as error:  # noqa: BLE001 - no input may raise anything
        return f"explain raised {type(error).__name__}: {error}"
    return None


def event_fault(pair: Pair, body: str) -> str | None:
    """Return what does not hold for an event, None when everything does, or it is no event."""
    try:
        fields = _decode(body)
    except (msgspec.DecodeError, UnicodeError):
        return None  # shrinking makes such
    try:
        return next(_event_faults(pair, fields), None)
    except Exception as error:  # noqa: BLE001 - no input may raise anything
        return f"event raised {type(error).__name__}: {error}"


def _text_faults(pair: Pair, text: str) -> Iterator[str]:
    found, expected = (engine.detect(text) for engine in pair)
    if found != expected:
        yield f"detect: {found} instead of {expected}"
    if not _in_order(found, len(text)):
        yield f"detect: {found} is not sorted, apart and inside"
    redacted, reference = (_unless_dropped(engine.redact, text) for engine in pair)
    if redacted != reference:
        yield f"redact: {redacted!a} instead of {reference!a}"
    if not found and redacted != text:
        yield f"redact: {redacted!a} although nothing was detected"
    if redacted is None:
        return
    for engine, name in zip(pair, ("compiled", "python"), strict=True):
        if (again := engine.redact(redacted)) != redacted:
            yield f"twice ({name}): {redacted!a} became {again!a}"


def _unless_dropped(call: Callable[[Any], Any], given: Any) -> Any:
    """Return what ``call`` returns, None when a rule says that the event is not to be stored."""
    try:
        return call(given)
    except EventDropped:
        return None


def _in_order(found: list[tuple[int, int, str]], length: int) -> bool:
    done = 0
    for start, end, _ in found:
        if not done <= start < end <= length:
            return False
        done = end
    return True


def _event_faults(pair: Pair, fields: Fields) -> Iterator[str]:
    (redacted, found), (reference, expected) = (
        _unless_dropped(engine.redact_fields, fields) or (None, ()) for engine in pair
    )
    if redacted is None or reference is None:
        if redacted is not reference:
            yield "event: dropped by one engine alone"
        return
    line, reference_line = msgspec.json.encode(redacted), msgspec.json.encode(reference)
    if line != reference_line:
        yield f"event: {line!r} instead of {reference_line!r}"
    if sorted(map(repr, found)) != sorted(map(repr, expected)):
        yield f"findings: {found} instead of {expected}"
    if not found and redacted is not fields:
        yield "event: another object although nothing was found"
    _decode(line)
    for engine, name in zip(pair, ("compiled", "python"), strict=True):
        # A rule for a place finds what it masked again; nothing may come of it.
        again = msgspec.json.encode(engine.redact_fields(redacted)[0])
        if again != line:
            yield f"event twice ({name}): {line!r} became {again!r}"


# --- times, and smaller inputs ----------------------------------------------------------------------------


def _note_time(result: Result, text: str) -> None:
    for name, engine in zip(("compiled", "python"), pair_of(0), strict=True):
        worst = result.slowest.get(name, (0.0, ""))[0]
        # A pause of the machine must not look like a slow text, so a record is set twice.
        taken = _ms_per_kb(engine, text)
        if taken > worst and (taken := min(taken, _ms_per_kb(engine, text))) > worst:
            result.slowest[name] = (taken, text[:80])


def _ms_per_kb(engine: Redactor, text: str) -> float:
    start = time.process_time()
    engine.detect(text)
    return (time.process_time() - start) * 1e3 / (len(text) / 1e3)


def shrink(text: str, still_wrong: Callable[[str], bool]) -> str:
    """Return a shorter text that is still wrong: pieces are left out as long as that is possible."""
    steps, size = 0, len(text) // 2
    while size:
        start = 0
        while start < len(text):
            shorter = text[:start] + text[start + size :]
            steps += 1
            if steps > _STEPS_TO_SHRINK:
                return text
            if still_wrong(shorter):
                text = shorter
            else:
                start += size
        size //= 2
    return text
