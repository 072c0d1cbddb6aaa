"""What is done about each kind of value: one act for every built-in type and every rule of the operator's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from jamjet_proxy.model.method import Method
from jamjet_proxy.redact.allow import AllowList
from jamjet_proxy.redact.faults import EventDropped
from jamjet_proxy.redact.methods import STRENGTH, mask, partial
from jamjet_proxy.redact.rules import RuleSet
from jamjet_proxy.redact.scope import Scope
from jamjet_proxy.redact.spans import Span
from jamjet_proxy.redact.tokens import hash_format


@dataclass(frozen=True, slots=True)
class Act:
    """What is done about one kind of value.

    Attributes:
        label: names the act in spans: the built-in type, or the name of the rule behind a colon.
        type: shown in the token.
        rule: the rule's name, or that of the built-in type in lower case.
        method: how values are made unreadable.
        token: what takes their place, with the type filled in.
        builtin: whether it belongs to a built-in type.
        shadow: whether it only counts.
        enforced: whether acts that aren't must not soften it.
        allow: values it leaves alone.
        own_allow: those of them that only the rule itself leaves alone.
    """

    label: str
    type: str
    rule: str
    method: Method
    token: str
    builtin: bool
    shadow: bool
    enforced: bool
    allow: AllowList
    own_allow: AllowList

    @property
    def strength(self) -> int:
        """How much its method hides."""
        return STRENGTH[self.method]

    def allows(self, value: str) -> bool:
        """Tell whether ``value`` may stay."""
        return self.allow.allows(value) or self.own_allow.allows(value)

    def replacement(self, value: str, scope: Scope, digest: Callable[[str], str]) -> str:
        """Return what takes the place of ``value``.

        Raises:
            EventDropped: the event is not to be stored.
        """
        if self.method is Method.MASK:
            return mask(value)
        if self.method is Method.PARTIAL:
            return partial(value, self.type)
        if self.method is Method.REMOVE:
            return ""
        if self.method is Method.DROP_EVENT:
            raise EventDropped(self.rule)
        return self.as_token(value, scope, digest)

    def as_token(self, value: str, scope: Scope, digest: Callable[[str], str]) -> str:
        """Return the token for ``value``."""
        token = self.token
        if "{n}" in token:
            token = token.replace("{n}", str(scope.number(self.type, value)))
        return token.replace("{hash}", digest(value)) if "{hash}" in token else token


def make_acts(rules: RuleSet) -> dict[str, Act]:
    """Return the acts of a rule set by label, those of rules in their order."""
    acts: dict[str, Act] = {}
    for rule in rules.rules:
        treatment = rules.treatment_by(rule)
        acts[f":{rule.name}"] = Act(
            label=f":{rule.name}",
            type=rule.type,
            rule=rule.name,
            method=treatment.method,
            token=_token(treatment.format, treatment.method, rule.type),
            builtin=False,
            shadow=rule.shadow,
            enforced=rule.enforced,
            allow=AllowList(rules.allow, rule.type),
            own_allow=AllowList(rule.allow, rule.type),
        )
    for kind in sorted(rules.types):
        treatment = rules.treatment(kind)
        acts[kind.value] = Act(
            label=kind.value,
            type=kind.value,
            rule=kind.value.lower(),
            method=treatment.method,
            token=_token(treatment.format, treatment.method, kind.value),
            builtin=True,
            shadow=False,
            enforced=kind in rules.enforced,
            allow=AllowList(rules.allow, kind.value),
            own_allow=AllowList((), kind.value),
        )
    return acts


def _token(form: str | None, method: Method, kind: str) -> str:
    template = form or ""
    return (hash_format(template) if method is Method.HASH else template).replace("{type}", kind)


def settle(found: Iterable[Span], acts: dict[str, Act]) -> list[Span]:
    """Return the spans sorted and without overlaps, each with the act that prevails.

    Overlapping ones become one that covers them all. The longest names it; of equally long ones the one that
    hides more, then the earlier in ``found``. But an enforced one isn't softened by one that isn't.
    """
    settled: list[Span] = []
    group: list[Span] = []
    stop = 0
    for span in sorted(found, key=lambda span: (span[0], -span[1])):
        if group and span[0] >= stop:
            settled.append(_prevailing(group, stop, acts))
            group = []
        group.append(span)
        stop = max(stop, span[1]) if len(group) > 1 else span[1]
    return [*settled, _prevailing(group, stop, acts)] if group else settled


def _prevailing(group: list[Span], stop: int, acts: dict[str, Act]) -> Span:
    start = group[0][0]
    best = acts[max(group, key=lambda span: (span[1] - span[0], acts[span[2]].strength))[2]]
    if not best.enforced:
        firm = [acts[label] for _, _, label in group if acts[label].enforced]
        best = max([best, *firm], key=lambda act: act.strength)
    return start, stop, best.label


def without_allowed(found: list[Span], text: str, acts: dict[str, Act]) -> list[Span]:
    """Return the spans whose values may not stay.

    A value of a built-in type that may stay speaks for the built-in values inside of it as well, such as
    the number in an address.
    """
    left: list[Span] = []
    spoken_for: list[tuple[int, int]] = []
    for start, end, label in found:
        act = acts[label]
        value = text[start:end]
        if act.allow.allows(value):
            if act.builtin:
                spoken_for.append((start, end))
        elif not act.own_allow.allows(value):
            left.append((start, end, label))
    if not spoken_for:
        return left
    return [span for span in left if not _is_inside(span, spoken_for, acts)]


def _is_inside(span: Span, ranges: list[tuple[int, int]], acts: dict[str, Act]) -> bool:
    start, end, label = span
    inside = (low <= start and end <= high and (low, high) != (start, end) for low, high in ranges)
    return acts[label].builtin and any(inside)
