"""From the redaction settings to one redactor per project."""

from __future__ import annotations

from collections.abc import Iterator

from jamjet_proxy.config import AllowConfig, Config, RedactionConfig, RedactionRule, effective_redaction
from jamjet_proxy.model.project import Project
from jamjet_proxy.redact.allow import Allow
from jamjet_proxy.redact.redactor import Redactor
from jamjet_proxy.redact.rules import Rule, RuleSet, Treatment, UnusableRules
from jamjet_proxy.services.examples import mismatches

Path = tuple[str | int, ...]
"""The way to a setting."""


class Redactors:
    """Knows the redactor of every project; projects without settings of their own share one.

    Args:
        config: has passed ``check_rules``.
        hash_key: of this installation, for hashes that can be compared over time.

    Attributes:
        base: the redactor of projects without settings of their own.
    """

    def __init__(self, config: Config, hash_key: bytes = b"") -> None:
        self.base = Redactor(_rule_set(config.redaction), hash_key=hash_key)
        self._own = {
            name: Redactor(_rule_set(effective_redaction(config, name)), hash_key=hash_key)
            for name in config.projects
        }

    def of(self, project: Project) -> Redactor:
        """Return the redactor for spans of ``project``."""
        return self.named(project.name)

    def named(self, name: str | None) -> Redactor:
        """Return the redactor for the project called ``name``; for None, that of all the others."""
        return self.base if name is None else self._own.get(name, self.base)


def check_rules(config: Config) -> Iterator[tuple[Path, str]]:
    """Yield (place in the configuration, what is wrong) for everything in it that can't work as it says."""
    place: Path = ("redaction",)
    base = config.redaction
    problems = list(_mistakes(base))
    yield from ((place + at, message) for at, message in problems)
    yield from ((place + at, message) for at, message in _mistakes_in_enforcement(base))
    base_works = not problems
    if base_works and base.enabled:
        yield from _failed_examples(place, base, base.rules, 0)
    for name in config.projects:
        yield from _project_problems(config, name, ("projects", name, "redaction"), base_works=base_works)


def _project_problems(
    config: Config, name: str, place: Path, *, base_works: bool
) -> Iterator[tuple[Path, str]]:
    base, own = config.redaction, config.projects[name].redaction
    together = base.model_copy(
        update={
            "format": base.format if own.format is None else own.format,
            "methods": own.methods,
            "allow": base.allow + own.allow,
            "rules": base.rules + own.rules,
        }
    )
    works = True
    for at, message in _mistakes(together):
        of_project = None if at == ("format",) and own.format is None else _in_project(at, base)
        if of_project is not None:
            works = False
            yield place + of_project, message
    effective = effective_redaction(config, name)
    if works and base_works and effective.enabled and own.enabled is not False:
        yield from _failed_examples(place, effective, own.rules, len(base.rules))


def _in_project(at: Path, base: RedactionConfig) -> Path | None:
    """Return where a mistake in base and project together stands in the project; None if it doesn't."""
    for name, count in (("rules", len(base.rules)), ("allow", len(base.allow))):
        if at[0] == name and isinstance(at[1], int):
            return (name, at[1] - count, *at[2:]) if at[1] >= count else None
    return at


def _mistakes(settings: RedactionConfig) -> list[tuple[Path, str]]:
    try:
        _rule_set(settings)
    except UnusableRules as unusable:
        return unusable.mistakes
    return []


def _mistakes_in_enforcement(base: RedactionConfig) -> Iterator[tuple[Path, str]]:
    enforces = base.enforced not in {False, ()} or any(rule.enforced for rule in base.rules)
    if enforces and not base.enabled:
        yield ("enforced",), "nothing can be enforced while enabled is false"
    if not isinstance(base.enforced, bool):
        for number, kind in enumerate(base.enforced):
            if kind not in base.types:
                message = f"{kind.value.lower()} is enforced but not in types; add it there"
                yield ("enforced", number), message


def _failed_examples(
    place: Path, settings: RedactionConfig, rules: tuple[RedactionRule, ...], skipped: int
) -> Iterator[tuple[Path, str]]:
    """Yield the examples of a section that come out otherwise than they say.

    Args:
        place: of the section.
        settings: what is in force there.
        rules: those of the section, which have the examples.
        skipped: how many rules of ``settings`` come before them.
    """
    if not any(rule.examples for rule in rules):
        return
    redactor = Redactor(_rule_set(settings))
    for number, rule in enumerate(settings.rules[skipped:]):
        for position, message in mismatches(redactor, rule):
            yield (*place, "rules", number, "examples", position), message


def _rule_set(settings: RedactionConfig) -> RuleSet:
    enforced = settings.types if settings.enforced is True else settings.enforced or ()
    return RuleSet(
        enabled=settings.enabled,
        format=settings.format,
        types=frozenset(settings.types),
        rules=tuple(map(_rule, settings.rules)),
        methods=tuple(
            (kind, Treatment(method.method, method.format))
            for kind, method in sorted(settings.methods.items())
        ),
        allow=tuple(map(_allow, settings.allow)),
        enforced=frozenset(enforced),
        time_limit_ms=settings.time_limit_ms,
    )


def _rule(rule: RedactionRule) -> Rule:
    return Rule(
        name=rule.name,
        type=rule.type,
        pattern=rule.pattern,
        keys=frozenset(rule.keys or ()),
        paths=rule.paths or (),
        method=rule.method,
        format=rule.format,
        shadow=rule.mode == "shadow",
        enforced=rule.enforced,
        allow=tuple(map(_allow, rule.allow)),
    )


def _allow(entry: AllowConfig) -> Allow:
    return Allow(
        types=None if entry.types is None else frozenset(entry.types),
        exact=entry.exact or (),
        domain=entry.domain or (),
        cidr=entry.cidr or (),
        regex=entry.regex or (),
    )
