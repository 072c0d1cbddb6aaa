"""From the redaction settings to one redactor per project."""

from __future__ import annotations

from collections.abc import Iterator

from jamjet_proxy.config import Config, RedactionConfig, RedactionRule, effective_redaction
from jamjet_proxy.model.project import Project
from jamjet_proxy.redact.redactor import Redactor
from jamjet_proxy.redact.rules import KeyRule, PatternRule, RuleSet

Path = tuple[str | int, ...]


class Redactors:
    """Knows the redactor of every project; projects without settings of their own share one."""

    def __init__(self, config: Config) -> None:
        self._base = Redactor(_rule_set(config.redaction))
        self._own = {name: Redactor(_rule_set(effective_redaction(config, name))) for name in config.projects}

    def of(self, project: Project) -> Redactor:
        """Return the redactor for spans of ``project``."""
        return self.named(project.name)

    def named(self, name: str | None) -> Redactor:
        """Return the redactor for the project called ``name``; for None, that of all the others."""
        return self._base if name is None else self._own.get(name, self._base)


def check_rules(config: Config) -> Iterator[tuple[Path, str]]:
    """Yield (place in the configuration, what is wrong) for every rule that can't be used."""
    yield from _problems(("redaction",), config.redaction, config.redaction.rules)
    for name, project in config.projects.items():
        own = effective_redaction(config, name)
        yield from _problems(("projects", name, "redaction"), own, project.redaction.rules)


def _problems(
    place: Path, settings: RedactionConfig, rules: tuple[RedactionRule, ...]
) -> Iterator[tuple[Path, str]]:
    without_rules = settings.model_copy(update={"rules": ()})
    try:
        _rule_set(without_rules)
    except ValueError as error:
        yield (*place, "format"), str(error)
        return
    for number, rule in enumerate(rules):
        try:
            _rule_set(settings.model_copy(update={"rules": (rule,)}))
        except ValueError as error:
            yield (*place, "rules", number, "pattern" if rule.pattern else "keys"), str(error)


def _rule_set(settings: RedactionConfig) -> RuleSet:
    return RuleSet(
        enabled=settings.enabled,
        format=settings.format,
        types=frozenset(settings.types),
        patterns=tuple(
            PatternRule(r.name, r.type, r.pattern) for r in settings.rules if r.pattern is not None
        ),
        keys=tuple(
            KeyRule(r.name, r.type, frozenset(key.lower() for key in r.keys))
            for r in settings.rules
            if r.keys is not None
        ),
    )
