"""Checks of host names, listen addresses and base URLs."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

_LABELS = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_PORT = re.compile(r"[0-9]{1,5}")
_DIGITS_AND_DOTS = re.compile(r"[0-9.]+")


def parse_listen(text: str) -> tuple[str, int]:
    """Return host (an IPv6 address without its brackets) and port of ``HOST:PORT`` or ``[IPv6]:PORT``.

    Raises:
        ValueError: the text has another form, or the port is not within 0..65535.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not is_host(host) or not _PORT.fullmatch(port):
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:7717 or [::1]:7717")
    if int(port) > 65535:
        raise ValueError("must have a port between 0 and 65535")
    return host.strip("[]"), int(port)


def check_listen(text: str) -> str:
    """Return ``text`` if `parse_listen` reads it, and raise its ValueError otherwise."""
    parse_listen(text)
    return text


def check_host(text: str) -> str:
    """Return a host in lower case, an IPv6 address in brackets.

    Raises:
        ValueError: it is no host, or comes with a scheme, a port or a path.
    """
    if not is_host(text):
        raise ValueError("must be a host without scheme and port, such as proxy.local or [fd00::1]")
    return text.lower()


def is_host(text: str) -> bool:
    """Return whether ``text`` is a host name, an IPv4 address or an IPv6 address in brackets."""
    try:
        if text.startswith("[") and text.endswith("]"):
            IPv6Address(text[1:-1])
        elif _DIGITS_AND_DOTS.fullmatch(text):
            IPv4Address(text)
        else:
            return len(text) <= 253 and _LABELS.fullmatch(text) is not None
    except ValueError:
        return False
    return True


def check_base_url(text: str) -> str:
    """Return an http(s) URL without trailing slashes, fit for paths to be appended to it.

    Raises:
        ValueError: another scheme, no host, a user or password, a query or fragment, or no URL at all. The
            message does not repeat the URL, which may hold a password.
    """
    if not text.isprintable() or " " in text:
        raise ValueError("must be a URL without blanks")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("must be a URL with a valid host and port") from None
    if parts.scheme not in {"http", "https"}:
        raise ValueError("must be a URL that starts with http:// or https://")
    if not host:
        raise ValueError("must be a URL with a host")
    if "@" in parts.netloc:
        raise ValueError("must not contain a user or password; keys belong under upstream_keys")
    if "?" in text or "#" in text:
        raise ValueError("must not contain a query or fragment")
    return text.rstrip("/")
