"""The tests that operators write beside their rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from jamjet_proxy.config import ExampleConfig, RedactionRule
from jamjet_proxy.redact import EventDropped, RedactionTimeout
from jamjet_proxy.redact.redactor import Redactor

_HASH = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{16}")
_DROPPED = "(the event is dropped)"


def mismatches(redactor: Redactor, rule: RedactionRule) -> Iterator[tuple[int, str]]:
    """Yield position and a sentence for every example of ``rule`` that comes out otherwise than it says."""
    for position, example in enumerate(rule.examples):
        outcome, expected = _without_hashes(_outcome(redactor, example)), _without_hashes(example.expect)
        if not _is_same(outcome, expected):
            yield (
                position,
                f"example {position + 1} of rule {rule.name!r} comes out as {_shown(outcome)},"
                f" expected is {_shown(expected)}",
            )


def _outcome(redactor: Redactor, example: ExampleConfig) -> str | None:
    """Return what becomes of an example, None when it is dropped; a JSON object counts as an event."""
    try:
        document = _document(example.text)
        if document is None:
            return redactor.redact(example.text)
        redacted = redactor.redact_document(document)
        return example.text if redacted is document else msgspec.json.encode(redacted).decode()
    except EventDropped:
        return None
    except RedactionTimeout as timeout:
        return f"({timeout})"


def _without_hashes(text: str | None) -> str | None:
    """Return ``text`` with ``{hash}`` for every hash: what they are depends on the installation."""
    return None if text is None else _HASH.sub("{hash}", text)


def _is_same(outcome: str | None, expected: str | None) -> bool:
    if outcome is None or expected is None:
        return outcome is expected
    if outcome == expected:
        return True
    document = _document(outcome)
    return document is not None and document == _document(expected)


def _document(text: str) -> dict[str, object] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except msgspec.DecodeError:
        return None


def _shown(text: str | None) -> str:
    return _DROPPED if text is None else repr(text)
