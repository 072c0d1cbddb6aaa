"""IP addresses of both versions."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

from jamjet_proxy.redact import words
from jamjet_proxy.redact.view import View, word_at_end

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
QUAD = rf"(?:{_OCTET}\.){{3}}{_OCTET}"
_QUAD = re.compile(rf"(?<![A-Za-z0-9.]){QUAD}(?![A-Za-z0-9]|\.[0-9])")
_PRODUCT = re.compile(r"(?:[A-Z]\w*|nginx|curl|python|node|php)/\Z", re.ASCII)
_PRODUCT_MAX = 24
_DOTS = 3
_PACKAGE = re.compile(r"[A-Za-z][-_]\Z")
_PACKAGE_TAIL = re.compile(r"[.-][A-Za-z]")
_PRERELEASE = re.compile(r"[-.](?i:snapshot|release|final|rc|beta|alpha|dev|pre)", re.ASCII)
_COMPARISON = re.compile(r"[=~^<>!]=[ \t]*\Z|\xa7[ \t]*\Z")
_LISTED = re.compile(r"[0-9.]+[ ,>-]*\Z")
_LIST_MAX = 3

_GROUPS = re.compile(r":[0-9A-Fa-f]{0,4}:")
_RUN = re.compile(r"[0-9A-Fa-f:.]*")
_V6_CHARS = "0123456789abcdefABCDEF:"
_V6_MAX = 45
_V6_COLONS = 6  # in an address without a gap, at least
_DIGIT = re.compile("[0-9]")
_MAC_LIKE = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){7}")


def find_v4(view: View) -> Iterator[tuple[int, int]]:
    """Yield the range of every IPv4 address, without port or prefix length."""
    if view.text.count(".", view.low, view.high) < _DOTS:
        return
    for found in _QUAD.finditer(view.text, view.low, view.high):
        if not _is_version(view, found.start(), found.end()):
            yield found.span()


def _is_version(view: View, start: int, end: int) -> bool:
    head = view.text[max(0, start - _PRODUCT_MAX) : start]
    if _PRODUCT.search(head) or _PRERELEASE.match(view.text, end):
        return True
    if view.text[end : end + 1] in words.SECTION_MARKS and end < len(view.text):
        return True
    if _PACKAGE.search(head) and _PACKAGE_TAIL.match(view.text, end):
        return True
    before = view.before(start)
    return bool(_COMPARISON.search(before)) or _is_named_version(before)


def _is_named_version(before: str) -> bool:
    """Tell whether the words in front speak of a version or section, or of a list that begins with one."""
    if words.UPDATES.pattern.search(before) or before.rstrip(" :").endswith(words.VERSION_PARTS):
        return True
    for _ in range(_LIST_MAX):
        word, start = word_at_end(before)
        if word in words.VERSION or word.startswith("snmp"):
            return True
        if word not in words.LIST_WORDS:
            return False
        listed = _LISTED.search(before[:start])
        if listed is None:
            return False
        before = before[: listed.start()]
    return False


def find_v6(view: View) -> Iterator[tuple[int, int]]:
    """Yield the range of every IPv6 address, without brackets, zone or prefix length."""
    text = view.text
    found = _GROUPS.search(text)
    while found:
        start, end = _run_around(text, found.start())
        if text.count(":", start, end) >= _V6_COLONS or text.find("::", start, end) >= 0:
            span = _v6_within(text, start, end)
            if span:
                yield span
        found = _GROUPS.search(text, end)


def _run_around(text: str, at: int) -> tuple[int, int]:
    """Return the run of hexadecimal digits, colons and dots around ``at``."""
    low = max(0, at - _V6_MAX)
    start = low + len(text[low:at].rstrip(_V6_CHARS))
    run = _RUN.match(text, at)
    return start, run.end() if run else at


def _v6_within(text: str, start: int, end: int) -> tuple[int, int] | None:
    start = _after_label(text, start)
    while end > start and (text[end - 1] == "." or text[end - 1] == ":" != text[max(0, end - 2) : end - 1]):
        end -= 1
    if end - start > _V6_MAX or (end < len(text) and _is_letter(text[end])):
        return None
    return (start, end) if _is_v6(text[start:end]) else None


def _after_label(text: str, start: int) -> int:
    """Step over a label such as ``addr:`` whose last letters look like hexadecimal digits."""
    if start and _is_letter(text[start - 1]):
        start = text.index(":", start)
    return start + 1 if text[start] == ":" and text[start : start + 2] != "::" else start


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _is_v6(run: str) -> bool:
    if _MAC_LIKE.fullmatch(run) or _DIGIT.search(run) is None:
        return False
    if "::" in run and not run.startswith("::") and run.index(":") < 2:
        return False  # `a::b1` is a name of a programming language, not an address
    try:
        socket.inet_pton(socket.AF_INET6, run)
    except OSError:
        return False
    return True
