"""The redaction settings of one project: its own over the base's, except for what the base enforces."""

from __future__ import annotations

from jamjet_proxy.config.schema import (
    AllowConfig,
    Config,
    RedactionConfig,
    RedactionOverride,
    RedactionRule,
)
from jamjet_proxy.model.pii import PiiType


def effective_redaction(config: Config, project_name: str) -> RedactionConfig:
    """Return the redaction settings of one project, the base's where it has none of its own.

    Enforced types keep their method and are looked for, enforced rules act, and the project's allow lists
    don't concern either, even when the project disables redaction.
    """
    project = config.projects.get(project_name)
    if project is None:
        return config.redaction
    return _Merger(config.redaction, project.redaction).merge()


class _Merger:
    def __init__(self, base: RedactionConfig, own: RedactionOverride) -> None:
        self._base = base
        self._own = own
        acts = base.enabled and base.enforced is not False
        self._all = acts and base.enforced is True
        self._types = _enforced_types(base) if acts else ()
        self._base_rules = tuple(self._with_enforcement(rule) for rule in base.rules)

    def merge(self) -> RedactionConfig:
        enabled = self._base.enabled if self._own.enabled is None else self._own.enabled
        return self._merge_enabled() if enabled else self._merge_disabled()

    def _merge_enabled(self) -> RedactionConfig:
        base, own = self._base, self._own
        types = base.types if own.types is None else own.types
        if self._all:
            types = (*base.types, *types)
        kept = {kind: base.methods[kind] for kind in self._types if kind in base.methods}
        free = {kind: method for kind, method in own.methods.items() if kind not in self._types}
        return base.model_copy(
            update={
                "enabled": True,
                "format": base.format if own.format is None or self._all else own.format,
                "types": tuple(dict.fromkeys((*types, *self._types))),
                "methods": {**base.methods, **free, **kept},
                "allow": base.allow + self._own_allow(),
                "rules": self._base_rules + own.rules,
            }
        )

    def _merge_disabled(self) -> RedactionConfig:
        rules = tuple(rule for rule in self._base_rules if rule.enforced and self._base.enabled)
        return self._base.model_copy(
            update={"enabled": bool(self._types or rules), "types": self._types, "rules": rules}
        )

    def _with_enforcement(self, rule: RedactionRule) -> RedactionRule:
        return rule.model_copy(update={"enforced": True}) if self._all else rule

    def _own_allow(self) -> tuple[AllowConfig, ...]:
        """Return the project's allow lists, without any say over what is enforced."""
        firm = {*self._types, *(rule.type for rule in self._base_rules if rule.enforced)}
        if not firm:
            return self._own.allow
        known = {*map(str, PiiType), *(rule.type for rule in (*self._base_rules, *self._own.rules))}
        narrowed = []
        for entry in self._own.allow:
            types = tuple(sorted(known.intersection(entry.types or known) - firm))
            if types:
                narrowed.append(entry.model_copy(update={"types": types}))
        return tuple(narrowed)


def _enforced_types(base: RedactionConfig) -> tuple[PiiType, ...]:
    if isinstance(base.enforced, bool):
        return base.types if base.enforced else ()
    return base.enforced
