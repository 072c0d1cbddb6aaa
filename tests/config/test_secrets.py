"""References to secrets, and the secrets behind them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jamjet_proxy.config import load, resolve
from jamjet_proxy.config.secrets import check_reference
from jamjet_proxy.model.errors import ConfigError


@pytest.mark.parametrize(
    "reference", ["env:KEY", "env:_k2", "env:JJ_KEY", "file:/run/secrets/key", "file:///k"]
)
def test_reference_is_accepted(reference: str) -> None:
    """Names of variables and absolute paths are references."""
    assert check_reference(reference) == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jj_0123",
        "env:",
        "env:2A",
        "env:A B",
        "env:jj_0123",
        "file:",
        "file:key",
        "file:/a\n",
        "ENV:A",
        "sk-12",
    ],
)
def test_anything_else_is_refused_unseen(text: str) -> None:
    """What is no reference may be a secret, so that it is not repeated."""
    with pytest.raises(ValueError, match="env:NAME or file:/path") as caught:
        check_reference(text)
    assert not text or text not in str(caught.value).split()


def test_variable_is_read_now() -> None:
    """A reference gives what the variable holds at the time of the call."""
    environ = {"KEY": "one"}
    assert resolve("env:KEY", environ) == "one"
    environ["KEY"] = "two\n"
    assert resolve("env:KEY", environ) == "two"


def test_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an environment of its own the process's is used, as it is now."""
    monkeypatch.setenv("JAMJET_TEST_SECRET", "value")
    assert resolve("env:JAMJET_TEST_SECRET") == "value"


@pytest.mark.parametrize(("content", "secret"), [("key\n", "key"), ("key\r\n", "key"), (" key ", " key ")])
def test_file_is_read_without_its_line_end(tmp_path: Path, content: str, secret: str) -> None:
    """The line end that editors leave is no part of a secret; blanks are."""
    path = tmp_path / "key"
    path.write_bytes(content.encode())
    assert resolve(f"file:{path}") == secret


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"jj_\xff\xfe", "is not UTF-8 text"),
        (b"x" * 65537, "is larger than 65536 bytes"),
    ],
)
def test_unusable_file_is_named_and_not_shown(tmp_path: Path, content: bytes, problem: str) -> None:
    """A file that holds no secret is named; nothing of it gets into the error or its traceback."""
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        resolve(f"file:{path}")
    assert caught.value.problems == [f"the secret file:{path} {problem}"]
    assert caught.value.__context__ is None


def test_missing_file_is_named(tmp_path: Path) -> None:
    """A file that does not exist is named."""
    with pytest.raises(ConfigError, match=r"the secret file:/.*absent cannot be read: No such file"):
        resolve(f"file:{tmp_path}/absent")


@pytest.mark.parametrize(("environ", "problem"), [({}, "is missing"), ({"KEY": ""}, "is empty")])
def test_missing_variable_is_named(environ: dict[str, str], problem: str) -> None:
    """A variable that is not set or empty is named."""
    with pytest.raises(ConfigError, match=f"the secret env:KEY {problem}"):
        resolve("env:KEY", environ)


def test_secret_is_no_reference() -> None:
    """A secret given in place of a reference is refused without being repeated."""
    with pytest.raises(ConfigError, match="must be a reference") as caught:
        resolve("jj_0123")
    assert "jj_0123" not in str(caught.value)
    assert caught.value.__cause__ is None


@given(st.text(alphabet="abcdefghij*&!%@`'\"{}[]:#|>-_0123456789", min_size=8, max_size=24))
@example("*abcdefgh")
@example("&abcdefgh x")
@example("!abcdefgh!x")
@example("!!int abcdefgh")
def test_no_message_repeats_what_stands_under_upstream_keys(secret: str) -> None:
    """Whatever is written there, quoted or not, and whatever YAML makes of it, no message shows it."""
    destination = f"{{type: jamjet, url: 'http://x', upstream_keys: {{default: {secret}}}}}"
    with pytest.raises(ConfigError) as caught:
        load(None, {"JAMJET_PROXY_DESTINATIONS__A": destination})
    assert secret not in str(caught.value)
