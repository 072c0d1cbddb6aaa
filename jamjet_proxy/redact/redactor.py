"""The seam: everything outside this package redacts through ``Redactor``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import msgspec

from jamjet_proxy.model.span import Finding
from jamjet_proxy.redact.compiled import Core
from jamjet_proxy.redact.engine import TextEngine
from jamjet_proxy.redact.gate import Gate
from jamjet_proxy.redact.protected import PROTECTED, SEARCHED
from jamjet_proxy.redact.rules import RuleSet
from jamjet_proxy.redact.walk import Findings, JsonWalk

_PAYLOAD = "payload"

Fields = dict[str, msgspec.Raw]
"""The top level of an event: field name to the raw, valid JSON text of its value, UTF-8."""


class Redactor:
    """Replaces personal data by tokens. Stateless after construction, so threads may share one.

    Args:
        compiled: let the compiled core do what it can, where there is one.

    Attributes:
        rules: what it goes by.
        version: the version of the rules, stored with what they redacted.
    """

    def __init__(self, rules: RuleSet, *, compiled: bool = True) -> None:
        self.rules = rules
        self.version = rules.version
        self._gate = Gate(rules)
        self._engine = TextEngine(rules, self._gate)
        self._key_types = {key.lower(): rule.type for rule in reversed(rules.keys) for key in rule.keys}
        self._plain_names = frozenset(name for name in SEARCHED if name not in self._key_types)
        self._core = Core.prepare(rules, self._engine, self._plain_names) if compiled else None

    def detect(self, text: str) -> list[tuple[int, int, str]]:
        """Return (start, end, type) of what is to be replaced in ``text``: sorted, without overlaps."""
        found = self._core.find(text) if self._core else None
        return self._engine.find(text, "") if found is None else found

    def redact(self, text: str) -> str:
        """Return ``text`` with a token in place of every value; redacting that again changes nothing."""
        return self._engine.redact(text, "")[0]

    def redact_fields(self, fields: Fields) -> tuple[Fields, tuple[Finding, ...]]:
        """Return an event without personal data, and what was replaced where.

        The same dict comes back when there was nothing to replace. Ids, times and counters
        (``protected.PROTECTED``) pass untouched.

        Raises:
            Exception: any internal fault; the event must then not be stored.
        """
        if not self.rules.enabled:
            return fields, ()
        redacted = self._core.redact_fields(fields) if self._core else None
        return self._by_reference(fields) if redacted is None else redacted

    def _by_reference(self, fields: Fields) -> tuple[Fields, tuple[Finding, ...]]:
        suspects = self._suspects(fields)
        return self._walk(fields, suspects) if suspects else (fields, ())

    def _suspects(self, fields: Fields) -> list[str]:
        """Return the names of the fields that could hold something.

        The payload is nearly always the one; the small fields around it are asked together first.
        """
        small = [name for name in fields if name not in PROTECTED]
        suspects = []
        if _PAYLOAD in fields:
            small.remove(_PAYLOAD)
            suspects += [_PAYLOAD] if self._may_hold(fields, (_PAYLOAD,)) else []
        if self._may_hold(fields, small):
            suspects += [name for name in small if self._may_hold(fields, (name,))]
        return suspects

    def _may_hold(self, fields: Fields, names: Collection[str]) -> bool:
        texts = [bytes(fields[name]) for name in names]
        if not self._plain_names.issuperset(names):
            texts += [f'"{name}"'.encode() for name in names if name not in self._plain_names]
        return self._gate.may_hold(b"\n".join(texts))

    def _walk(self, fields: Fields, suspects: list[str]) -> tuple[Fields, tuple[Finding, ...]]:
        findings: Findings = Counter()
        redacted: Fields = {}
        for name, value in fields.items():
            if name not in suspects:
                redacted[name] = value
                continue
            key = self._redact_name(name, redacted, findings)
            redacted[key] = self._redact_value(key, value, findings)
        if not findings:
            return fields, ()
        return redacted, tuple(Finding(path, kind, count) for (path, kind), count in findings.items())

    def _redact_name(self, name: str, taken: Fields, findings: Findings) -> str:
        if name in self._plain_names:
            return name
        key, counts = self._engine.redact(name, "")
        if not counts:
            return name
        for kind, count in counts.items():
            findings[key, kind] += count
        return _free_name(key, taken)

    def _redact_value(self, name: str, value: msgspec.Raw, findings: Findings) -> msgspec.Raw:
        text = bytes(value).decode()
        changed = JsonWalk(self._engine, self._key_types, name, name, findings).run(text)
        return value if changed is text else msgspec.Raw(changed.encode())


def _free_name(name: str, taken: Fields) -> str:
    """Return ``name``, numbered when another field has been redacted to it: no field may get lost."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
