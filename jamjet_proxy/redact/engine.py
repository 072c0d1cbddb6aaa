"""Redaction of one text: detectors and the user's patterns, repeated until nothing is left to find."""

from __future__ import annotations

from jamjet_proxy.redact.detect import detect_builtin
from jamjet_proxy.redact.gate import Gate
from jamjet_proxy.redact.rules import RuleSet, compile_pattern
from jamjet_proxy.redact.spans import Span, merge
from jamjet_proxy.redact.tokens import Tokens

Counts = dict[str, int]
"""How many values of each type were replaced; a plain dict, since most stay empty."""

_ROUNDS = 16  # a value may come to light when its neighbour is gone; honest text needs two


class TextEngine:
    """Finds and replaces in single texts, by one set of rules.

    Args:
        rules: what it goes by.
        gate: says which texts need no search; None searches all of them.
    """

    def __init__(self, rules: RuleSet, gate: Gate | None) -> None:
        self._gate = gate
        self.tokens = Tokens(rules.format, rules.token_types)
        self.has_patterns = bool(rules.patterns)
        self._types = rules.types
        self._patterns = [(compile_pattern(rule.pattern), rule.type) for rule in rules.patterns]

    def find(self, text: str, hint: str) -> list[Span]:
        """Return what is to be replaced in ``text``, sorted and without overlaps.

        Args:
            text: any text; redaction tokens in it are left out.
            hint: the key it stands under in a document; "" when there is none.
        """
        if self._gate is not None and not self._gate.may_hold(f"{hint}\n{text}".encode()):
            return []
        return self._search(text, hint)

    def _search(self, text: str, hint: str) -> list[Span]:
        found = self._find_patterns(text) + detect_builtin(self.tokens.mask(text), hint, self._types)
        return self.tokens.cut_out(text, merge(found)) if found else []

    def worth_a_look(self, text: str) -> bool:
        """Tell whether ``text`` (raw JSON or plain) could hold something, whatever key it stands under."""
        return self._gate is None or self._gate.may_hold_if_named(text.encode())

    def redact(self, text: str, hint: str) -> tuple[str, Counts]:
        """Return ``text`` with tokens in place of values, and how many of each type were replaced."""
        counts: Counts = {}
        spans = self.find(text, hint)
        for _ in range(_ROUNDS):
            if not spans:
                return text, counts
            for _, _, kind in spans:
                counts[kind] = counts.get(kind, 0) + 1
            text = self._replace(text, spans)
            spans = self.find(text, hint)
        return self.tokens.make(spans[0][2]), counts

    def _find_patterns(self, text: str) -> list[Span]:
        return [
            (found.start(), found.end(), kind)
            for pattern, kind in self._patterns
            for found in pattern.finditer(text)
            if found.end() > found.start()
        ]

    def _replace(self, text: str, spans: list[Span]) -> str:
        pieces: list[str] = []
        done = 0
        for start, end, kind in spans:
            pieces += (text[done:start], self.tokens.make(kind))
            done = end
        return "".join(pieces) + text[done:]
