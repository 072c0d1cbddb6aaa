"""The file as a whole: where it comes from, and how its mistakes are told."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jamjet_proxy.config import Config, load
from jamjet_proxy.config.findings import KeyPath
from jamjet_proxy.model.errors import ConfigError
from jamjet_proxy.model.pii import PiiType


def test_no_file_gives_the_defaults() -> None:
    """Without a file every setting has its default."""
    assert load(None, {}) == Config()


@pytest.mark.parametrize(
    "text", ["", "\n", "# nothing\n", "---\n", "server:\nprojects:\n", "\ufeffserver:\n"]
)
def test_empty_file_gives_the_defaults(load_text: Callable[..., Config], text: str) -> None:
    """An empty file, and sections with nothing in them, leave the defaults."""
    assert load_text(text) == Config()


def test_settings_of_every_section_are_read(load_text: Callable[..., Config]) -> None:
    """What the file says arrives in the configuration."""
    config = load_text(
        "server: {listen: '[::1]:80', allowed_hosts: [Proxy.local]}\n"
        "limits: {body_timeout_s: 1.5}\n"
        "destinations: {a: {type: file, directory: out, projects: [x, 'on', 7seas]}}\n"
        "redaction: {types: [SSN, us-ssn, emailAddress]}\n"
        "projects: {123: {redaction: {enabled: false}}}\n"
    )
    assert config.server.address == ("::1", 80)
    assert config.server.allowed_hosts == ("proxy.local",)
    assert config.limits.body_timeout_s == 1.5
    assert config.destinations["a"].projects == ("x", "on", "7seas")
    assert config.redaction.types == (PiiType.US_SSN, PiiType.EMAIL)
    assert config.projects["123"].redaction.enabled is False


def test_missing_file_is_named(tmp_path: Path) -> None:
    """A file that does not exist is an error that names it."""
    path = tmp_path / "absent.yaml"
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert caught.value.problems == [f"{path}: the configuration cannot be read: No such file or directory"]


def test_directory_is_no_file(tmp_path: Path) -> None:
    """A directory in place of the file is an error that says so."""
    with pytest.raises(ConfigError, match="Is a directory"):
        load(tmp_path, {})


def test_file_of_a_megabyte_is_refused(problems: Callable[..., list[str]]) -> None:
    """A file beyond the size limit is not parsed at all."""
    assert "larger than 1048576 bytes" in problems("#" * (1 << 20) + "\n")[0]


def test_file_must_be_utf8(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are reported with their line, without them."""
    path = tmp_path / "config.yaml"
    path.write_bytes(b"server:\n  listen: \xff\n")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert caught.value.problems == ["config.yaml:2: the file is not UTF-8 text"]


def test_all_problems_are_reported_at_once_in_reading_order(problems: Callable[..., list[str]]) -> None:
    """Mistakes of form, of schema and of the environment come in one answer, the file's by line."""
    found = problems(
        "redaction:\n  types:\n  - email\n  - emial\nserver:\n  lissten: x\n  listen: a\n  listen: b\n",
        {"JAMJET_PROXY_LIMITS__BODY_BYTES": "much"},
    )
    assert found == [
        "config.yaml:4: redaction.types[1]: unknown PII type 'emial'; did you mean 'email'?"
        " (known: email, credit_card, us_ssn, phone, ip, iban, secret)",
        "config.yaml:6: server: unknown key 'lissten'; did you mean 'listen'?",
        "config.yaml:7: server.listen: must be HOST:PORT, such as 127.0.0.1:7717 or [::1]:7717",
        "config.yaml:8: server: key 'listen' stands here and on line 7",
        "environment JAMJET_PROXY_LIMITS__BODY_BYTES: limits.body_bytes: must be a whole number",
    ]


def test_findings_of_a_check_are_located(problems: Callable[..., list[str]]) -> None:
    """A later check's finding carries the line of the setting that it names."""

    def check(config: Config) -> Iterator[tuple[KeyPath, str]]:
        for position, rule in enumerate(config.redaction.rules):
            yield ("redaction", "rules", position, "pattern"), f"bad pattern in {rule.name}"

    text = "redaction:\n  rules:\n    - name: a\n      pattern: '('\n"
    assert problems(text, check=check) == ["config.yaml:4: redaction.rules[0].pattern: bad pattern in a"]


def test_finding_of_a_check_on_a_default_names_the_nearest_setting(
    problems: Callable[..., list[str]],
) -> None:
    """A setting that is not written is located at what encloses it."""
    found = problems("\nlimits: {body_bytes: 2048}\n", check=lambda _: [(("limits", "event_depth"), "odd")])
    assert found == ["config.yaml:2: limits.event_depth: odd"]


def test_finding_of_a_check_without_a_file_has_an_origin() -> None:
    """With neither file nor environment the finding still says what it is about."""
    with pytest.raises(ConfigError) as caught:
        load(None, {}, lambda _: [(("server",), "odd")])
    assert caught.value.problems == ["configuration: server: odd"]


def test_check_sees_what_fits_the_schema(problems: Callable[..., list[str]]) -> None:
    """A check may rely on the schema, and mistakes that it finds are told beside those of the schema."""
    text = (
        "limits: 3\n"
        "redaction:\n"
        "  types: [ip, fone]\n"
        "  rules:\n"
        "    - {nane: a}\n"
        "    - {name: b, pattern: x, method: hahs}\n"
        "    - {name: c, pattern: '(', examples: [{text: y}]}\n"
        "  allow: [{}, {exact: [x], cidr: [y]}]\n"
        "  methods: {ip: hahs}\n"
    )

    def check(config: Config) -> Iterator[tuple[KeyPath, str]]:
        assert config.limits == Config().limits
        assert config.redaction.types == (PiiType.IP,)
        for position, rule in enumerate(config.redaction.rules):
            yield ("redaction", "rules", position, "pattern"), f"bad pattern in {rule.name}"
            yield ("redaction", "rules", position, "examples", 0), "never"
        yield ("redaction", "allow", 0, "cidr", 0), "bad network"

    found = problems(text, check=check)
    assert [problem.partition(": ")[0] for problem in found] == [
        f"config.yaml:{line}" for line in (1, 3, 5, 5, 6, 6, 7, 8, 8, 9)
    ]
    assert "config.yaml:6: redaction.rules[1].pattern: bad pattern in b" in found
    assert "config.yaml:7: redaction.rules[2].pattern: bad pattern in c" in found
    assert "config.yaml:8: redaction.allow[1].cidr[0]: bad network" in found


def test_passing_check_changes_nothing(load_text: Callable[..., Config]) -> None:
    """A check without findings lets the configuration through."""
    assert load_text("", check=lambda _: []) == Config()


def test_error_does_not_carry_values_in_its_context(load_text: Callable[..., Config]) -> None:
    """Not even a full traceback shows what was written under upstream_keys."""
    secret = "jj_" + "0123456789abcdef" * 2
    text = f"destinations: {{a: {{type: jamjet, url: 'http://x', upstream_keys: {{default: {secret}}}}}}}"
    with pytest.raises(ConfigError) as caught:
        load_text(text)
    shown = "".join(traceback.format_exception(caught.value))
    assert "env:NAME" in shown
    assert secret not in shown
    assert caught.value.__context__ is None
