"""One mistake at a time, and the sentence that an operator reads about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from jamjet_proxy.config import (
    Config,
    FileDestination,
    JamjetDestination,
    RedactionConfig,
    RedactionRule,
    effective_redaction,
)
from jamjet_proxy.model.pii import PiiType

_REFERENCE = (
    "must be a reference to a secret, not the secret itself; put it in an environment variable or a file"
    " and reference it as env:NAME or file:/path"
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sever: {}", "unknown key 'sever'; did you mean 'server'?"),
        ("qqq: 1", "unknown key 'qqq' (known: server, limits, destinations, redaction, projects)"),
        ("lissten:", "unknown key 'lissten' (known: server, limits, destinations, redaction, projects)"),
        ("server: [x]", "server: must be a mapping of names to values"),
        ("server: {listen: 7717}", "server.listen: must be text; put it in quotes"),
        ("server: {listen: 'localhost:70000'}", "server.listen: must have a port between 0 and 65535"),
        ("server: {allowed_hosts: a}", "server.allowed_hosts: must be a list"),
        (
            "server: {allowed_hosts: [a, 'b:1']}",
            "server.allowed_hosts[1]: must be a host without scheme and port,"
            " such as proxy.local or [fd00::1]",
        ),
        ("limits: {body_bytes: 1}", "limits.body_bytes: must be at least 1024"),
        ("limits: {body_bytes: 1073741825}", "limits.body_bytes: must be at most 1073741824"),
        ("limits: {body_bytes: 2048.5}", "limits.body_bytes: must be a whole number"),
        ("limits: {event_depth: true}", "limits.event_depth: must be a whole number"),
        ("limits: {event_depth: 501}", "limits.event_depth: must be at most 500"),
        ("limits: {inflate_ratio: 0}", "limits.inflate_ratio: must be at least 1"),
        ("limits: {body_timeout_s: .inf}", "limits.body_timeout_s: must be a number"),
        ("limits: {body_timeout_s: 0}", "limits.body_timeout_s: must be at least 0.1"),
        ("limits: {body_timeout_s: soon}", "limits.body_timeout_s: must be a number"),
        ("redaction: {enabled: 1}", "redaction.enabled: must be true or false"),
        ("redaction: {format: X}", "redaction.format: must contain {type}"),
        ("redaction: {types: [5]}", "redaction.types[0]: must be the name of a PII type"),
        ("redaction: {rules: [{pattern: x}]}", "redaction.rules[0]: key 'name' is missing"),
        (
            "redaction: {rules: [{name: 5, pattern: x}]}",
            "redaction.rules[0].name: must be text; put it in quotes",
        ),
        (
            "redaction: {rules: [{name: a}]}",
            "redaction.rules[0]: must have at least one of pattern, keys and paths",
        ),
        (
            "redaction: {rules: [{name: a, keys: [x], method: hahs}]}",
            "redaction.rules[0].method: unknown method 'hahs'; did you mean 'hash'?"
            " (known: replace, remove, mask, partial, hash, drop_event)",
        ),
        (
            "redaction: {rules: [{name: a, keys: [x], method: mask, format: '<{type}>'}]}",
            "redaction.rules[0]: a format goes with the methods replace and hash only",
        ),
        (
            "redaction: {rules: [{name: a, keys: [x], mode: shadows}]}",
            "redaction.rules[0].mode: must be 'enforce' or 'shadow'",
        ),
        (
            "redaction: {rules: [{name: a, keys: [x], allow: [{types: [ip]}]}]}",
            "redaction.rules[0].allow[0]: must have at least one of exact, domain, cidr and regex",
        ),
        (
            "redaction: {rules: [{name: a, keys: [x], examples: [{expect: y}]}]}",
            "redaction.rules[0].examples[0]: key 'text' is missing",
        ),
        ("redaction: {enforced: some}", "redaction.enforced: must be true, false or a list of PII types"),
        (
            "redaction: {enforced: [emial]}",
            "redaction.enforced: unknown PII type 'emial'; did you mean 'email'?"
            " (known: email, credit_card, us_ssn, phone, ip, iban, secret)",
        ),
        (
            "redaction: {methods: {emial: mask}}",
            "redaction.methods.emial: unknown PII type 'emial'; did you mean 'email'?"
            " (known: email, credit_card, us_ssn, phone, ip, iban, secret)",
        ),
        (
            "redaction: {methods: {email: massk}}",
            "redaction.methods.email.method: unknown method 'massk'; did you mean 'mask'?"
            " (known: replace, remove, mask, partial, hash, drop_event)",
        ),
        (
            "redaction: {methods: {ssn: mask, us_ssn: hash}}",
            "redaction.methods: 'ssn' and 'us_ssn' are the same type; keep one",
        ),
        (
            "redaction: {methods: {email: {method: mask, format: '{type}'}}}",
            "redaction.methods.email: a format goes with the methods replace and hash only",
        ),
        ("redaction: {allow: [{cidr: []}]}", "redaction.allow[0].cidr: must not be empty"),
        ("redaction: {time_limit_ms: 1}", "redaction.time_limit_ms: must be at least 10"),
        ("redaction: {rules: [{name: a, pattern: ''}]}", "redaction.rules[0].pattern: must not be empty"),
        ("redaction: {rules: [{name: a, keys: []}]}", "redaction.rules[0].keys: must not be empty"),
        ("redaction: {rules: [{name: a, keys: ['']}]}", "redaction.rules[0].keys[0]: must not be empty"),
        (
            "redaction: {rules: [{name: a, pattern: x, type: 'no!'}]}",
            "redaction.rules[0].type: must be 1 to 64 of A-Z, 0-9 and _",
        ),
        (
            "projects: {a: {redaction: {tpyes: []}}}",
            "projects.a.redaction: unknown key 'tpyes'; did you mean 'types'?",
        ),
        ("projects: {a: }", "projects.a: must be a mapping of names to values"),
        (
            "projects: {' a': {}}",
            "projects. a: a project's name is 1 to 100 printable characters without blanks at its ends",
        ),
        ("projects: {jj_0: {}}", "projects.jj_...: a project's name must not be a project key"),
        ("destinations: [a]", "destinations: must be a mapping of names to values"),
        ("destinations: {a: 3}", "destinations.a: must be a mapping of names to values"),
        ("destinations: {a: {}}", "destinations.a: key 'type' is missing (known: jamjet, file)"),
        ("destinations: {a: {type: fil}}", "destinations.a.type: unknown type 'fil'; did you mean 'file'?"),
        ("destinations: {a: {type: s3}}", "destinations.a.type: unknown type 's3' (known: jamjet, file)"),
        ("destinations: {a: {type: file}}", "destinations.a: key 'directory' is missing"),
        (
            "destinations: {index: {type: file, directory: x}}",
            "destinations.index: this destination name is reserved; choose another",
        ),
        (
            "destinations: {Cloud: {type: file, directory: x}}",
            "destinations.Cloud: a destination's name is 1 to 64 of a-z, 0-9, - and _,"
            " and starts with a letter or digit",
        ),
    ],
)
def test_mistake_is_told_in_one_sentence(problems: Callable[..., list[str]], text: str, problem: str) -> None:
    """Each mistake gives its own sentence and no other."""
    assert problems(text) == [f"config.yaml:1: {problem}"]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("directory: 3", "directory: must be text; put it in quotes"),
        ("directory: ../x", "directory: must not leave the data directory; use an absolute path"),
        (
            "directory: ~/x",
            "directory: must be a path, absolute or below the data directory; ~ is not expanded",
        ),
        (
            "directory: ''",
            "directory: must be a path, absolute or below the data directory; ~ is not expanded",
        ),
        ("directory: x, rotate_bytes: 1023", "rotate_bytes: must be at least 1024"),
        ("directory: x, projects: y", 'projects: must be "*" or a list of project names'),
        ("directory: x, projects: [y, true]", "projects: entry 1 must be text; put it in quotes"),
        ("directory: x, url: 'http://x'", ""),
    ],
)
def test_mistake_in_a_file_destination(
    problems: Callable[..., list[str]], settings: str, problem: str
) -> None:
    """A file destination's mistakes are told without the name of its kind in the path."""
    expected = (
        f"destinations.file.{problem}"
        if problem
        else ("destinations.file: unknown key 'url' (known: type, directory, projects, rotate_bytes)")
    )
    assert problems(f"destinations: {{file: {{type: file, {settings}}}}}") == [f"config.yaml:1: {expected}"]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("batch_events: 0", "batch_events: must be at least 1"),
        ("batch_events: 501", "batch_events: must be at most 500"),
        ("timeout_s: 601", "timeout_s: must be at most 600"),
        ("upstream_keys: jj_0123", "upstream_keys: must be a mapping of names to values"),
        ("upstream_keys: {default: jj_0123}", f"upstream_keys.default: {_REFERENCE}"),
        ("upstream_keys: {default: 0123}", f"upstream_keys.default: {_REFERENCE}"),
        ("upstream_keys: {default: }", f"upstream_keys.default: {_REFERENCE}"),
        ("upstream_keys: {a: 'file:key'}", f"upstream_keys.a: {_REFERENCE}"),
        (
            "upstream_keys: {jj_0123: env:A}",
            "upstream_keys.jj_...: a project's name must not be a project key",
        ),
    ],
)
def test_mistake_in_a_jamjet_destination(
    problems: Callable[..., list[str]], settings: str, problem: str
) -> None:
    """A JamJet destination's mistakes are told, what stands under upstream_keys never."""
    found = problems(f"destinations: {{c: {{type: jamjet, url: 'http://x', {settings}}}}}")
    assert found == [f"config.yaml:1: destinations.c.{problem}"]
    assert "0123" not in found[0]


def test_values_are_normalised() -> None:
    """A URL loses its trailing slash, and a destination takes every project unless told otherwise."""
    jamjet = JamjetDestination(type="jamjet", url="https://api.jamjet.dev/")
    assert (jamjet.url, jamjet.projects) == ("https://api.jamjet.dev", "*")
    assert FileDestination(type="file", directory=Path("./a/")).directory == Path("a")


@pytest.mark.parametrize(
    ("name", "token"), [("employee no. 7", "EMPLOYEE_NO__7"), ("größe", "GR_SSE"), ("A_1", "A_1")]
)
def test_token_name_comes_from_the_rule_name(name: str, token: str) -> None:
    """Unless given, a rule's token is its name in capitals."""
    assert RedactionRule(name=name, pattern="x").type == token


def test_given_token_name_is_kept() -> None:
    """A token name that is given wins over the one made from the name."""
    assert RedactionRule(name="a", type="B", keys=("c",)).type == "B"


def test_configuration_is_immutable() -> None:
    """A configuration that is in use cannot change."""
    with pytest.raises(ValidationError):
        Config().server.listen = "x"


def test_project_without_overrides_has_the_base_redaction() -> None:
    """A project that is not listed is redacted like every other."""
    config = Config()
    assert effective_redaction(config, "anything") is config.redaction


def test_project_overrides_replace_and_rules_add_up(load_text: Callable[..., Config]) -> None:
    """Scalars and types of a project replace the base's; its rules come after the base's."""
    config = load_text(
        "redaction: {types: [ip], rules: [{name: a, pattern: x}]}\n"
        "projects:\n"
        "  all: {redaction: {format: '<{type}>', types: [], rules: [{name: b, keys: [k]}]}}\n"
        "  none: {redaction: }\n"
    )
    base, more = RedactionRule(name="a", pattern="x"), RedactionRule(name="b", keys=("k",))
    assert effective_redaction(config, "all") == RedactionConfig(
        enabled=True, format="<{type}>", types=(), rules=(base, more)
    )
    assert effective_redaction(config, "none") == RedactionConfig(types=(PiiType.IP,), rules=(base,))
