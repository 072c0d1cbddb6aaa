"""The seam: everything outside this package redacts through ``Redactor``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from jamjet_proxy.model.span import Finding
from jamjet_proxy.redact.compiled import Core
from jamjet_proxy.redact.document import DocumentWalk
from jamjet_proxy.redact.engine import Counts, Edit, TextEngine, Trace
from jamjet_proxy.redact.explain import Explained, Explanation, to_original
from jamjet_proxy.redact.faults import EventDropped
from jamjet_proxy.redact.fold import encodable
from jamjet_proxy.redact.gate import Gate
from jamjet_proxy.redact.own import OwnRules
from jamjet_proxy.redact.protected import PROTECTED, SEARCHED, is_protected
from jamjet_proxy.redact.rules import RuleSet
from jamjet_proxy.redact.scope import Scope
from jamjet_proxy.redact.walk import Findings, JsonWalk, free_name

_PAYLOAD = "payload"

Fields = dict[str, msgspec.Raw]
"""The top level of an event: field name to the raw, valid JSON text of its value, UTF-8."""

_Redacted = tuple[Fields, tuple[Finding, ...]]
_DEFAULT = RuleSet()


class Redactor:
    """Makes personal data unreadable. Stateless as far as anybody can see, so threads may share one.

    Args:
        compiled: let the compiled core do what it can, where there is one.
        hash_key: of this installation; without one, hashes are comparable within this redactor alone.

    Attributes:
        rules: what it goes by.
        version: the version of the rules, stored with what they redacted.
    """

    def __init__(self, rules: RuleSet = _DEFAULT, *, compiled: bool = True, hash_key: bytes = b"") -> None:
        self.rules = rules
        self.version = rules.version
        self._gate = Gate(rules.types)
        self._engine = TextEngine(rules, self._gate, hash_key)
        self._plain_names = frozenset(SEARCHED)
        self._core = Core.prepare(self._engine, self._plain_names) if compiled else None

    def detect(self, text: str) -> list[tuple[int, int, str]]:
        """Return (start, end, type) of what is to be replaced in ``text``: sorted, without overlaps."""
        if not self.rules.enabled:
            return []
        text = encodable(text)
        core = self._core_for(text)
        found = core.find(text) if core else None
        if found is None:
            found = self._engine.find(text, "", self._engine.root)
        acts = self._engine.acts
        return [(start, end, acts[label].type) for start, end, label in found]

    def redact(self, text: str) -> str:
        """Return ``text`` redacted, and lone surrogates mended; redacting that again changes nothing.

        Raises:
            EventDropped: a rule says that an event with such a text is not to be stored.
            RedactionTimeout: it took longer than an event may.
        """
        text = encodable(text)
        core = self._core_for(text)
        redacted = core.redact(text) if core else None
        if redacted is None or not self._is_settled(redacted):
            return self._redact(text, {}, None)
        return redacted

    def redact_document(self, document: Any) -> Any:
        """Return an object like JSON redacted; the same object when nothing was replaced.

        Strings, keys and numbers are redacted, a redacted number is a string, tuples become lists. Ids, times
        and counters of an event's top level pass untouched.

        Raises:
            EventDropped, RedactionTimeout: as for ``redact``.
            TypeError: something in it is not like JSON; says where.
            ValueError: it is nested too deep, or contains itself.
        """
        return self._redact_document(document, Counter())

    def redact_fields(self, fields: Fields) -> _Redacted:
        """Return an event redacted, and what was found where.

        The same dict comes back when there was nothing to replace. Ids, times and counters
        (``protected.PROTECTED``) pass untouched.

        Raises:
            EventDropped: a rule says that the event is not to be stored.
            Exception: any internal fault, or no time left; the event must then not be stored either.
        """
        if not self.rules.enabled:
            return fields, ()
        redacted = self._by_core(self._core, fields) if self._core is not None else None
        return self._by_reference(fields) if redacted is None else redacted

    def explain(self, text: str) -> Explanation:
        """Return what ``redact`` does to ``text``, value by value.

        Raises:
            RedactionTimeout: as for ``redact``.
        """
        trace = Trace()
        text = encodable(text)
        try:
            redacted, dropped = self._redact(text, {}, trace), False
            edits = to_original(text, trace.rounds)
        except EventDropped:
            redacted, dropped = "", True
            edits = [(*span, "") for span in self._engine.find(text, "", self._engine.root)]
        edits += [(*span, "") for span in trace.watched]
        return Explanation(redacted, [self._explained(edit) for edit in sorted(edits)], dropped)

    def explain_document(self, document: Any) -> tuple[Any, list[Finding], bool]:
        """Return what ``redact_document`` returns, what was found, and whether the event would be dropped.

        Of an event that would be dropped, None is returned, and what was found up to there.

        Raises:
            RedactionTimeout, TypeError, ValueError: as for ``redact_document``.
        """
        findings: Findings = Counter()
        try:
            redacted, dropped = self._redact_document(document, findings), False
        except EventDropped:
            redacted, dropped = None, True
        return redacted, list(self._told(findings)), dropped

    def _core_for(self, text: str) -> Core | None:
        """Return the core if no rule of the operator's finds anything in ``text``."""
        own, root = self._engine.own, self._engine.root
        if self._core is None or not self.rules.enabled:
            return None
        return self._core if own is None or root is None or not own.find(text, root) else None

    def _is_settled(self, text: str) -> bool:
        """Tell whether the operator's rules find nothing in what the core has left."""
        own, root = self._engine.own, self._engine.root
        return own is None or root is None or not own.find(text, root)

    def _redact(self, text: str, counts: Counts, trace: Trace | None) -> str:
        if not self.rules.enabled:
            return text
        engine = self._engine
        return engine.redact_text(text, "", engine.root, engine.scope([text]), counts, trace)

    def _redact_document(self, document: Any, findings: Findings) -> Any:
        if not self.rules.enabled:
            return document
        scope = self._engine.scope(repr(part) for part in (document,))
        return DocumentWalk(self._engine, scope, findings).run(document)

    def _explained(self, edit: Edit) -> Explained:
        start, end, label, new = edit
        act = self._engine.acts[label]
        return Explained(start, end, act.type, act.rule, act.method.value, new, act.shadow)

    def _by_core(self, core: Core, fields: Fields) -> _Redacted | None:
        """Return what ``redact_fields`` does, or None when the reference has to do it."""
        if _holds_structure_under_protected_name(fields):
            return None
        own, findings = self._engine.own, Counter[tuple[str, str]]()
        if own is None:
            redacted = core.redact_fields(fields, findings)
        else:
            redacted = self._by_core_and_rules(core, own, fields, findings)
        return None if redacted is None else (redacted, tuple(self._told(findings)))

    def _by_core_and_rules(
        self, core: Core, own: OwnRules, fields: Fields, findings: Findings
    ) -> Fields | None:
        if own.goes_by_path(fields):
            return None
        keys = own.keys or None
        if own.may_match(core.flat(msgspec.json.encode(fields))):
            return core.redact_fields(fields, findings, keys, own.is_hit)
        redacted = core.redact_fields(fields, findings, keys)
        if redacted is None or redacted is fields:
            return redacted
        # The operator's patterns may find something beside a token.
        changed = {name: value for name, value in redacted.items() if value is not fields.get(name)}
        return None if own.may_match(core.flat(msgspec.json.encode(changed))) else redacted

    def _by_reference(self, fields: Fields) -> _Redacted:
        suspects = self._suspects(fields)
        return self._walk(fields, suspects) if suspects else (fields, ())

    def _suspects(self, fields: Fields) -> dict[str, bool]:
        """Return the fields that could hold something, and whether the operator's rules may want them.

        The payload is nearly always the one; the small fields around it are asked together first.
        """
        small = [name for name, value in fields.items() if not is_protected(name, bytes(value))]
        own = self._engine.own
        suspects: dict[str, bool] = {}
        if own is not None:
            suspects = {name: True for name in small if own.may_apply(name, bytes(fields[name]))}
        left = [name for name in small if name not in suspects]
        if _PAYLOAD in left:
            left.remove(_PAYLOAD)
            if self._may_hold(fields, (_PAYLOAD,)):
                suspects[_PAYLOAD] = False
        if left and self._may_hold(fields, left):
            suspects |= {name: False for name in left if self._may_hold(fields, (name,))}
        return suspects

    def _may_hold(self, fields: Fields, names: Collection[str]) -> bool:
        texts = [bytes(fields[name]) for name in names]
        if not self._plain_names.issuperset(names):
            texts += [f'"{name}":'.encode() for name in names if name not in self._plain_names]
        return self._gate.may_hold(b"\n".join(texts))

    def _walk(self, fields: Fields, suspects: dict[str, bool]) -> _Redacted:
        findings: Findings = Counter()
        scope = self._engine.scope(bytes(value) for value in fields.values())
        redacted: Fields = {}
        changed = False
        root = self._engine.root
        for name, value in fields.items():
            if name not in suspects:
                redacted[name] = value
                continue
            place = root.below(name) if root is not None else None
            key = self._redact_name(name, scope, redacted, findings)
            redacted[key] = value
            for hint in dict.fromkeys((name, key)):  # as it came, and as a second reading will find it
                walk = JsonWalk(self._engine, key, hint, place, scope, findings, every=suspects[name])
                redacted[key] = _redact_value(walk, redacted[key])
            changed = changed or key is not name or redacted[key] is not value
        return redacted if changed else fields, tuple(self._told(findings))

    def _redact_name(self, name: str, scope: Scope, taken: Fields, findings: Findings) -> str:
        if name in self._plain_names:
            return name
        redacted, counts = self._engine.redact_key(name, self._engine.root, scope)
        key = name if redacted is name else free_name(redacted, taken)
        for label, count in counts.items():
            findings[key, label] += count
        return key

    def _told(self, findings: Findings) -> Iterable[Finding]:
        acts = self._engine.acts
        for (path, label), count in findings.items():
            act = acts[label]
            yield Finding(path, act.type, count, act.rule, act.shadow)


def _redact_value(walk: JsonWalk, value: msgspec.Raw) -> msgspec.Raw:
    text = bytes(value).decode()
    changed = walk.run(text)
    return value if changed is text else msgspec.Raw(changed.encode())


def _holds_structure_under_protected_name(fields: Fields) -> bool:
    return any(not is_protected(name, bytes(fields[name])) for name in PROTECTED.intersection(fields))
