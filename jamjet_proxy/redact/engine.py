"""Redaction of one text: detectors and the operator's rules, repeated until nothing is left to find."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from jamjet_proxy.model.method import Method
from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.redact.acts import Act, make_acts, settle, without_allowed
from jamjet_proxy.redact.detect import detect_builtin
from jamjet_proxy.redact.gate import Gate
from jamjet_proxy.redact.methods import Hasher
from jamjet_proxy.redact.own import OwnRules
from jamjet_proxy.redact.paths import Place
from jamjet_proxy.redact.protected import is_kept
from jamjet_proxy.redact.rules import RuleSet
from jamjet_proxy.redact.scope import Scope
from jamjet_proxy.redact.secret_names import is_secret_name
from jamjet_proxy.redact.spans import Span, merge
from jamjet_proxy.redact.tokens import Tokens

Counts = dict[str, int]
"""How many values were found, by the label of their act; a plain dict, since most stay empty."""

Edit = tuple[int, int, str, str]
"""Start and end of a value in its text, the label of its act, and what takes its place."""


@dataclass(slots=True)
class Trace:
    """What was done to one text.

    Attributes:
        watched: what shadow rules found in it.
        rounds: the edits of each round, which refer to the text as the round before has left it.
    """

    watched: list[Span] = field(default_factory=list)
    rounds: list[list[Edit]] = field(default_factory=list)


_KEY_BLOCK = "-----BEGIN"
_ROUNDS = 16  # a value may come to light when its neighbour is gone; honest text needs two
_LONG_NUMBER = re.compile(r"-?(?:[0-9]{6,}|[0-9]+(?:\.[0-9]+)?[eE]\+?[0-9]+|[0-9]{6,}\.0+)")
_FRACTION = re.compile(r"[.eE]")
_LARGEST = 10**19
_SMALLEST = 10**6


class TextEngine:
    """Finds and replaces in single texts, by one set of rules.

    Args:
        rules: what it goes by.
        gate: says which texts need no search for built-in types; None searches all of them.
        hash_key: of this installation, for the method ``hash`` and ``{hash}`` in formats.

    Attributes:
        tokens: what is recognised as redacted already.
        acts: what is done, by label.
        own: the operator's own rules; None when there are none.
        types: the built-in types that are looked for.
        find_builtin: does it faster, (text, hint) -> spans, or None for a text that it can't decide on.
        puts_constant_tokens: whether each built-in type's values have one and the same token.
        root: the top of a document, as far as those care; None when there are none.
    """

    def __init__(self, rules: RuleSet, gate: Gate | None, hash_key: bytes = b"") -> None:
        self._gate = gate
        self.types = rules.types
        self.find_builtin: Callable[[str, str], list[Span] | None] | None = None
        self._finds_secrets = PiiType.SECRET in rules.types
        self._secret_gate = Gate([PiiType.SECRET])
        self.acts = make_acts(rules)
        self.own = OwnRules(rules) if rules.rules else None
        self.root = self.own.root if self.own is not None else None
        self.tokens = _tokens(rules, self.acts)
        self._digest = Hasher(hash_key).digest
        self._is_simple = not rules.rules and all(act.method is Method.REPLACE for act in self.acts.values())
        self._allows = any(act.allow or act.own_allow for act in self.acts.values())
        self.puts_constant_tokens = all(map(_puts_constant_token, self.acts.values()))
        self._limit_s = rules.time_limit_ms / 1000
        self._enforces = any(act.enforced for act in self.acts.values())

    def scope(self, texts: Iterable[str | bytes]) -> Scope:
        """Return a scope for the event that consists of ``texts``, plain ones or raw JSON in UTF-8.

        They are read only if values are to be numbered.
        """
        return Scope(self._limit_s, lambda: (found for text in texts for found in self._numbers(text)))

    def find(self, text: str, hint: str, place: Place | None = None) -> list[Span]:
        """Return what is to be replaced in ``text``, sorted and without overlaps, by label.

        Args:
            text: any text; redaction tokens in it are left out.
            hint: the key it stands under in a document; "" when there is none.
            place: where that is, for rules with limits; None when no rule of the operator's applies.
        """
        found = self._candidates(text, hint, place, None)
        return self._settle(text, found)[0] if found else []

    def takes_whole(self, place: Place | None) -> bool:
        """Tell whether a rule takes whole values at ``place``."""
        if place is None or not place.labels or self.own is None:
            return False
        return any(not self.acts[label].shadow for label in self.own.whole(place))

    def redact_leaf(
        self, text: str, key: str, place: Place | None, scope: Scope, *, is_number: bool = False
    ) -> tuple[str, Counts]:
        """Return one string or number of a document redacted, and what was found in it.

        The same text comes back when nothing is to be replaced; shadow rules may be counted all the same.

        Args:
            text: the string, or the number as it is written.
            key: the key it stands under, redacted; of an array, the key of the array; "" for none.
            place: where it stands; None when no rule of the operator's applies to its field.
            scope: of its event.
            is_number: whether it is a number; the outcome is a string all the same.

        Raises:
            EventDropped, RedactionTimeout: the event must not be stored.
        """
        scope.check()
        counts: Counts = {}
        if place is not None and place.labels:
            whole = self._redact_whole(text, key, place, scope, counts)
            if whole is not None:
                return whole, counts
        if is_kept(key, text) or (is_number and not self._may_be_a_value(text, place, scope, counts)):
            return text, counts
        changed = self.redact_text(text, key, place, scope, counts)
        if is_number and changed is text:
            written_out = _written_out(text)
            if written_out:
                other: Counts = {}
                changed = self.redact_text(written_out, key, place, scope, other)
                if changed is written_out:
                    return text, counts
                counts |= other
        return changed, counts

    def redact_text(
        self,
        text: str,
        hint: str,
        place: Place | None,
        scope: Scope,
        counts: Counts,
        trace: Trace | None = None,
    ) -> str:
        """Return ``text`` redacted, wherever it stands; the same object when nothing is to be replaced.

        Args:
            text, hint, place, scope: as for ``redact_leaf``.
            counts: what was found is added here.
            trace: what was done is added here.

        Raises:
            EventDropped, RedactionTimeout: the event must not be stored.
        """
        hint = self.tokens.mask(hint)  # what a token once was says nothing of its value
        edits: list[Edit] = []
        for number in range(_ROUNDS):
            found = (
                self._beside(text, hint, edits, scope)
                if edits and place is None
                else self._candidates(text, hint, place, scope)
            )
            if not found:
                return text
            spans, watched = self._settle(text, found)
            if number == 0:
                _count(watched, counts)
                if trace is not None:
                    trace.watched += watched
            edits = self._edits(text, spans, scope)
            if not edits:
                return text
            _count(edits, counts)
            if trace is not None:
                trace.rounds.append(edits)
            text = apply_edits(text, edits)
            scope.check()
        edits = self._give_up(text, hint, place, scope)
        if trace is not None:
            trace.rounds.append(edits)
        return apply_edits(text, edits)

    def redact_key(self, key: str, place: Place | None, scope: Scope) -> tuple[str, Counts]:
        """Return a key of a document redacted, and what was found; the same key when nothing was replaced.

        Args:
            key: as it stands in the object.
            place: of the object.
            scope: of the event.

        Raises:
            EventDropped, RedactionTimeout: the event must not be stored.
        """
        counts: Counts = {}
        return self.redact_text(key, "", place, scope, counts), counts

    def worth_a_look(self, text: str) -> bool:
        """Tell whether ``text`` (raw JSON or plain) could hold something built in, under whatever key."""
        return self._gate is None or self._gate.may_hold_if_named(text.encode())

    def may_hold_secret(self, text: str, key: str) -> bool:
        """Tell whether raw JSON could hold a secret, which need not have anything suspicious about itself.

        Args:
            text: the JSON.
            key: the key it stands under.
        """
        if not self._finds_secrets:
            return False
        return self._gate is None or self._secret_gate.may_hold(f'{key}":\n{text}'.encode())

    def is_secret_name(self, key: str) -> bool:
        """Tell whether what stands under ``key`` may be a secret whatever it looks like."""
        return self._finds_secrets and is_secret_name(key)

    def redact(self, text: str, hint: str) -> tuple[str, Counts]:
        """Return ``text`` redacted by the built-in types, and what was found."""
        counts: Counts = {}
        return self.redact_text(text, hint, None, self.scope([text]), counts), counts

    def _candidates(self, text: str, hint: str, place: Place | None, scope: Scope | None) -> list[Span]:
        """Return everything that is found, unsorted and overlapping, by label."""
        found = self.own.find(text, place, scope) if self.own is not None and place is not None else []
        builtin = self.find_builtin(text, hint) if self.find_builtin else None
        if builtin is not None:
            return found + builtin
        if self._gate is None or self._gate.may_hold(f'{hint}":\n{text}'.encode()):
            found += detect_builtin(self.tokens.mask(text), hint, self.types)
        return found

    def _beside(self, text: str, hint: str, edits: list[Edit], scope: Scope) -> list[Span]:
        """Return what came to light by ``edits``, which made ``text``: only on their lines.

        Nothing built in goes beyond its line but a private key, and no words around a value do.
        """
        if "\n" not in text or _KEY_BLOCK in text or self.is_secret_name(hint):
            return self._candidates(text, hint, None, scope)
        found: list[Span] = []
        shift = looked = 0
        for start, end, _, new in edits:
            place = start + shift
            shift += len(new) - (end - start)
            if place < looked:
                continue
            begin = text.rfind("\n", 0, place) + 1
            stop = text.find("\n", place + len(new))
            looked = len(text) if stop < 0 else stop
            line = self._candidates(text[begin:looked], "" if begin else hint, None, scope)
            found += [(begin + low, begin + high, label) for low, high, label in line]
        return found

    def _settle(self, text: str, found: list[Span]) -> tuple[list[Span], list[Span]]:
        """Return what is to be replaced, and what is only to be counted."""
        if self._allows:
            found = without_allowed(found, text, self.acts)
        if self._is_simple:
            return self.tokens.cut_out(text, merge(found)), []
        watched = [span for span in found if self.acts[span[2]].shadow]
        if watched:
            found = [span for span in found if not self.acts[span[2]].shadow]
            watched = self.tokens.cut_out(text, watched)
        return self.tokens.cut_out(text, settle(found, self.acts)), watched

    def _edits(self, text: str, spans: list[Span], scope: Scope) -> list[Edit]:
        edits: list[Edit] = []
        for start, end, label in spans:
            value = text[start:end]
            new = self.acts[label].replacement(value, scope, self._digest)
            if new != value:  # it is what a former redaction left
                edits.append((start, end, label, new))
        return edits

    def _redact_whole(self, text: str, key: str, place: Place, scope: Scope, counts: Counts) -> str | None:
        """Return what takes the place of a value that goes because of where it stands; None if it stays."""
        if self.own is None or not text or self.tokens.is_token(text):
            return None
        chosen: Act | None = None
        for label in self.own.whole(place):
            act = self.acts[label]
            if act.allows(text):
                continue
            if act.shadow:
                counts[label] = counts.get(label, 0) + 1
            elif chosen is None or (act.enforced and act.strength > chosen.strength):
                chosen = act
        if chosen is None:
            return None
        value = text
        if chosen.method is Method.PARTIAL and self._enforces and not chosen.enforced:
            value = self.redact_text(text, key, place, scope, counts)
            if self.tokens.is_token(value):
                return value
        new = chosen.replacement(value, scope, self._digest)
        if new == text:
            return text
        counts[chosen.label] = counts.get(chosen.label, 0) + 1
        return new

    def _may_be_a_value(self, number: str, place: Place | None, scope: Scope, counts: Counts) -> bool:
        """Tell whether the built-in types look at a number, or a rule of the operator's takes it."""
        if is_long(number):
            return True
        found = self.own.find(number, place, scope) if self.own is not None and place is not None else []
        if not found:
            return False
        spans, watched = self._settle(number, found)
        if self._edits(number, spans, scope):
            return True
        _count(watched, counts)
        return False

    def _give_up(self, text: str, hint: str, place: Place | None, scope: Scope) -> list[Edit]:
        """Return the edit that replaces a text as a whole, in which ever more comes to light."""
        spans = self.find(text, hint, place)
        if not spans:
            return []
        label = spans[0][2]
        return [(0, len(text), label, self.acts[label].as_token(text, scope, self._digest))]

    def _numbers(self, text: str | bytes) -> Iterator[tuple[str, int]]:
        return self.tokens.numbers(text.decode() if isinstance(text, bytes) else text)


def _tokens(rules: RuleSet, acts: dict[str, Act]) -> Tokens:
    forms = rules.formats()
    own = forms.pop(rules.format)
    cuts_addresses = any(act.method is Method.PARTIAL and act.type == PiiType.EMAIL for act in acts.values())
    return Tokens(rules.format, own, forms, partial_addresses=cuts_addresses)


def _puts_constant_token(act: Act) -> bool:
    is_constant = "{n}" not in act.token and "{hash}" not in act.token
    return not act.builtin or (act.method is Method.REPLACE and is_constant and not act.allow)


def _count(found: list[Span] | list[Edit], counts: Counts) -> None:
    for entry in found:
        counts[entry[2]] = counts.get(entry[2], 0) + 1


def apply_edits(text: str, edits: list[Edit]) -> str:
    """Return ``text`` with its edits made; they are sorted and don't overlap."""
    pieces: list[str] = []
    done = 0
    for start, end, _, new in edits:
        pieces += (text[done:start], new)
        done = end
    return "".join(pieces) + text[done:]


def is_long(number: str) -> bool:
    """Tell whether a number is one that could be somebody's: whole, and of six digits at least."""
    return _LONG_NUMBER.fullmatch(number) is not None


def _written_out(number: str) -> str:
    """Return a number with a fraction or exponent as the whole number it stands for, "" if it is none."""
    if not _FRACTION.search(number):
        return ""
    value = float(number)
    if not _SMALLEST <= abs(value) < _LARGEST or not value.is_integer():
        return ""
    return str(int(value))
