"""Settings from the environment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jamjet_proxy.config import Config, FileDestination, JamjetDestination
from jamjet_proxy.model.pii import PiiType

_CLOUD = "destinations: {my-cloud: {type: jamjet, url: 'http://x', projects: [a]}}\n"


def test_environment_wins_over_the_file(load_text: Callable[..., Config]) -> None:
    """A variable overrides what the file says."""
    environ = {"JAMJET_PROXY_SERVER__LISTEN": "0.0.0.0:0", "JAMJET_PROXY_REDACTION__ENABLED": "false"}
    config = load_text("server: {listen: '127.0.0.1:1'}\n", environ)
    assert config.server.address == ("0.0.0.0", 0)
    assert config.redaction.enabled is False


@pytest.mark.parametrize(
    "environ",
    [
        {"PATH": "/bin", "JAMJET_KEY": "x"},
        {"JAMJET_PROXY_CONFIG": "/etc/x.yaml", "JAMJET_PROXY_DATA_DIR": "/data"},
        {"JAMJET_PROXY_SERVER__LISTEN": "", "JAMJET_PROXY_LIMITS": ""},
    ],
)
def test_other_and_empty_variables_are_no_overrides(
    load_text: Callable[..., Config], environ: dict[str, str]
) -> None:
    """Variables of others, the two that are no settings, and empty ones change nothing."""
    assert load_text("", environ) == Config()


def test_values_are_yaml(load_text: Callable[..., Config]) -> None:
    """A value may be any YAML that fits on a line, such as a list or a whole section."""
    environ = {
        "JAMJET_PROXY_REDACTION__TYPES": "[email, ip]",
        "JAMJET_PROXY_LIMITS": "{body_bytes: 2048}",
        "JAMJET_PROXY_LIMITS__EVENT_DEPTH": "64",
    }
    config = load_text("limits: {inflate_ratio: 7}\n", environ)
    assert config.redaction.types == (PiiType.EMAIL, PiiType.IP)
    assert (config.limits.body_bytes, config.limits.event_depth) == (2048, 64)
    assert config.limits.inflate_ratio == Config().limits.inflate_ratio


@pytest.mark.parametrize("text", ["[{type}]", "'[{type}]'", '"[{type}]"'])
def test_text_needs_no_quotes(load_text: Callable[..., Config], text: str) -> None:
    """Where a setting is text, what only looks like a list is text; quotes are accepted as well."""
    assert load_text("", {"JAMJET_PROXY_REDACTION__FORMAT": text}).redaction.format == "[{type}]"


def test_text_that_is_not_yaml_is_taken_as_it_stands(load_text: Callable[..., Config]) -> None:
    """An IPv6 address and a star are no YAML and need no quotes either."""
    environ = {
        "JAMJET_PROXY_SERVER__LISTEN": "[::1]:80",
        "JAMJET_PROXY_DESTINATIONS__MY_CLOUD__PROJECTS": "*",
        "JAMJET_PROXY_DESTINATIONS__MY_CLOUD__UPSTREAM_KEYS__DEFAULT": "env:KEY",
    }
    config = load_text(_CLOUD, environ)
    cloud = config.destinations["my-cloud"]
    assert isinstance(cloud, JamjetDestination)
    assert config.server.address == ("::1", 80)
    assert cloud.projects == "*"
    assert cloud.upstream_keys == {"default": "env:KEY"}


def test_number_is_text_where_text_is_asked_for(load_text: Callable[..., Config]) -> None:
    """A directory may be called 123."""
    environ = {"JAMJET_PROXY_DESTINATIONS__A__TYPE": "file", "JAMJET_PROXY_DESTINATIONS__A__DIRECTORY": "123"}
    expected = FileDestination(type="file", directory=Path("123"))
    assert load_text("", environ).destinations == {"a": expected}


@pytest.mark.parametrize("name", ["my-app_dev", "My-App-Dev", "MY_APP_DEV"])
def test_existing_names_are_matched(load_text: Callable[..., Config], name: str) -> None:
    """A name in a variable finds the file's whatever its case and dashes."""
    environ = {"JAMJET_PROXY_PROJECTS__MY_APP_DEV__REDACTION__ENABLED": "false"}
    config = load_text(f"projects: {{{name}: {{}}}}\n", environ)
    assert list(config.projects) == [name]
    assert config.projects[name].redaction.enabled is False


def test_exact_name_is_preferred(load_text: Callable[..., Config]) -> None:
    """Of two alike names the one without dashes is meant, since a variable can spell it."""
    environ = {"JAMJET_PROXY_PROJECTS__A_B__REDACTION__ENABLED": "false"}
    config = load_text("projects: {a-b: {}, a_b: {}}\n", environ)
    assert config.projects["a_b"].redaction.enabled is False
    assert config.projects["a-b"].redaction.enabled is None


def test_ambiguous_name_is_refused(problems: Callable[..., list[str]]) -> None:
    """A variable that may mean two names means neither."""
    environ = {"JAMJET_PROXY_PROJECTS__A_B_C__REDACTION__ENABLED": "false"}
    (problem,) = problems("projects: {a-b_c: {}, a_b-c: {}}\n", environ)
    assert problem.endswith("A_B_C may mean 'a-b_c' or 'a_b-c'; set it in the file instead")


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("LISTEN", "x", "unknown setting; did you mean JAMJET_PROXY_SERVER__LISTEN?"),
        ("DATADIR", "x", "unknown setting; did you mean JAMJET_PROXY_DATA_DIR?"),
        ("SERVER_LISTEN", "x", "unknown setting; did you mean JAMJET_PROXY_SERVER__LISTEN?"),
        (
            "QQQ",
            "x",
            "unknown setting; name it JAMJET_PROXY_SECTION__KEY"
            " (sections: server, limits, destinations, redaction, projects)",
        ),
        ("SERVER____LISTEN", "x", "a name between double underscores is empty"),
        ("SEVER__LISTEN", "x", "unknown key 'sever'; did you mean 'server'?"),
        ("SERVER__LISSTEN", "x", "server: unknown key 'lissten'; did you mean 'listen'?"),
        ("SERVER__LISTEN", "x", "server.listen: must be HOST:PORT, such as 127.0.0.1:7717 or [::1]:7717"),
        ("SERVER__ALLOWED_HOSTS", "[x, 'y:1']", ""),
        ("REDACTION__TYPES__0", "ip", "redaction.types has no settings below it; override it as a whole"),
        ("SERVER", "{listen: [", "not valid YAML: while parsing a flow node"),
        (
            "LIMITS",
            "{body_bytes: 2048, body_bytes: 2048}",
            "limits: key 'body_bytes' stands here and on line 1",
        ),
        ("DESTINATIONS__X__TYPE", "file", "destinations.x: key 'directory' is missing"),
    ],
)
def test_mistake_names_its_variable(
    problems: Callable[..., list[str]], name: str, value: str, problem: str
) -> None:
    """A mistake in the environment is reported under the variable's name, not a line of the file."""
    (found,) = problems(
        "redaction: {types: [ip]}\nserver: {allowed_hosts: []}\n", {f"JAMJET_PROXY_{name}": value}
    )
    expected = problem or "server.allowed_hosts[1]: must be a host without scheme and port"
    assert found.startswith(f"environment JAMJET_PROXY_{name}: {expected}")


def test_secret_in_a_variable_is_refused_unseen(problems: Callable[..., list[str]]) -> None:
    """A secret in place of a reference is refused without being repeated."""
    name = "JAMJET_PROXY_DESTINATIONS__MY_CLOUD__UPSTREAM_KEYS__DEFAULT"
    (problem,) = problems(_CLOUD, {name: "jj_0123456789"})
    assert problem.startswith(
        f"environment {name}: destinations.my-cloud.upstream_keys.default: must be a ref"
    )
    assert "0123456789" not in problem
