"""Host names, listen addresses and base URLs."""

from __future__ import annotations

import pytest

from jamjet_proxy.config import parse_listen
from jamjet_proxy.config.addresses import check_base_url, check_host


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:7717", ("127.0.0.1", 7717)),
        ("[::1]:0", ("::1", 0)),
        ("localhost:65535", ("localhost", 65535)),
        ("my_proxy.local:80", ("my_proxy.local", 80)),
    ],
)
def test_listen_address_is_split(text: str, address: tuple[str, int]) -> None:
    """Host and port come apart, brackets go."""
    assert parse_listen(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7717",
        ":7717",
        "host",
        "host:",
        "host:x",
        "::1:7717",
        "[::1]",
        "[::g]:1",
        "[x]:1",
        "1.2.3:4",
        "999.0.0.1:1",
        "host:65536",
        "host:-1",
        "host:123456",
        "http://host:1",
        "ho st:1",
        "host:\u0661",
        "host:1\n",
        "[]:1",
    ],
)
def test_bad_listen_address_is_refused(text: str) -> None:
    """Anything but HOST:PORT is refused."""
    with pytest.raises(ValueError, match="must"):
        parse_listen(text)


@pytest.mark.parametrize(("text", "host"), [("Proxy.Local", "proxy.local"), ("[FD00::1]", "[fd00::1]")])
def test_host_is_lowered(text: str, host: str) -> None:
    """Hosts are compared in lower case."""
    assert check_host(text) == host


@pytest.mark.parametrize("text", ["", "a:80", "http://a", "a/b", "*", "*.local", "fd00::1", "-a", "a" * 254])
def test_bad_host_is_refused(text: str) -> None:
    """A host comes alone."""
    with pytest.raises(ValueError, match="must be a host"):
        check_host(text)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://api.jamjet.dev", "https://api.jamjet.dev"),
        ("http://[::1]:8080/base//", "http://[::1]:8080/base"),
        ("HTTPS://host/", "HTTPS://host"),
    ],
)
def test_base_url_loses_its_trailing_slash(text: str, url: str) -> None:
    """Paths are appended to a base URL, so that it ends without a slash."""
    assert check_base_url(text) == url


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "http:// or https://"),
        ("api.jamjet.dev", "http:// or https://"),
        ("ftp://host", "http:// or https://"),
        ("https://", "with a host"),
        ("https://:80", "with a host"),
        ("https://user:hunter2@host", "user or password"),
        ("https://@host", "user or password"),
        ("https://host?hunter2", "query or fragment"),
        ("https://host/#", "query or fragment"),
        ("https://host:99999", "valid host and port"),
        ("https://[::1", "valid host and port"),
        ("https://ho st", "without blanks"),
        ("https://host\n", "without blanks"),
    ],
)
def test_bad_base_url_is_refused_unseen(text: str, words: str) -> None:
    """A URL that cannot be used is refused without being repeated."""
    with pytest.raises(ValueError, match=words) as caught:
        check_base_url(text)
    assert "hunter2" not in str(caught.value)
