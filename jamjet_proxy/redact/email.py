"""E-mail addresses, found from their at-sign outward."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from jamjet_proxy.redact.tlds import TLDS
from jamjet_proxy.redact.view import View

_LOCAL_MAX = 64
_USER_INFO_MAX = 400
_USER_INFO = re.compile(r"[^\s/:@\"'<>?#]{0,128}:[^\s/\"'<>?&]{1,256}", re.ASCII)
_LOCAL = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-'"
_IDEOGRAPHS = 0x2E80  # from here on scripts are written without blanks between words
_QUOTED = re.compile(r'(?<![0-9A-Za-z_])"[A-Za-z][^"@\\\n]{0,60}[A-Za-z0-9]"\Z')
_ASCII_DOMAIN = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
FOREIGN = "".join(
    chr(code)
    for code in range(0x80, 0x10000)
    if chr(code).isalnum() or unicodedata.category(chr(code)) in ("Mn", "Mc")
)
"""Letters, digits and vowel signs outside ASCII that may stand in an address."""
_FOREIGN = frozenset(FOREIGN)
_LABEL = f"[A-Za-z0-9{FOREIGN}-]{{1,63}}"
_ANY_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL}){{1,8}}")
_REPOSITORY_USERS = frozenset({"git", "hg", "svn", "gerrit", "gitea"})
_CODE_LABELS = frozenset({"this", "super", "return"})
METHODS = frozenset(
    {"at", "call", "data", "do", "id", "is", "link", "map", "move", "name", "now", "open", "run", "save"}
    | {"search", "show", "to", "watch"}
)
_HUMP = re.compile("[a-z][A-Z]")  # `q@k.mT` is arithmetic
_SCP_PATH = re.compile(r":[A-Za-z~/.]")


def find_emails(view: View) -> Iterator[tuple[int, int]]:
    """Yield the range of every deliverable-looking address."""
    text = view.text
    at = text.find("@")
    while at >= 0:
        start = _local_start(text, at)
        end = _domain_end(text, at + 1) if start < at else 0
        if end and not _is_code(text, start, at, end) and not _is_password(text, at):
            yield start, end
        at = text.find("@", max(end, at + 1))


def _local_start(text: str, at: int) -> int:
    low = max(0, at - _LOCAL_MAX)
    head = text[low:at]
    quoted = _QUOTED.search(head) if head.endswith('"') else None
    if quoted:
        return low + quoted.start()
    rest = head.rstrip(_LOCAL)
    if rest and _is_foreign(rest[-1]):
        rest = _strip_foreign(rest, bare=len(rest) == len(head))
    start = low + len(rest)
    while start < at and text[start] in ".%+-'":
        start += 1
    return start


def _strip_foreign(rest: str, *, bare: bool) -> str:
    """Drop the letters outside ASCII, and what they join, from the end of ``rest``."""
    while rest and _is_foreign(rest[-1]):
        if ord(rest[-1]) >= _IDEOGRAPHS and not bare:
            break
        rest = rest[:-1].rstrip(_LOCAL)
    return rest


def _is_foreign(char: str) -> bool:
    return char in _FOREIGN


def _domain_end(text: str, start: int) -> int:
    """Return where the domain starting at ``start`` ends, or 0 when there is none."""
    return _registered_end(_ASCII_DOMAIN, text, start) or _registered_end(_ANY_DOMAIN, text, start)


def _registered_end(domain: re.Pattern[str], text: str, start: int) -> int:
    found = domain.match(text, start)
    name = found[0].rstrip("-") if found else ""
    while "." in name:
        name, _, last = name.rpartition(".")
        if _is_tld(last):
            return start + len(name) + 1 + len(last)
    return 0


def _is_tld(label: str) -> bool:
    if label.isascii():
        lower = label.lower()
        return (lower in TLDS and not _HUMP.search(label)) or lower.startswith("xn--")
    return len(label) > 1 and min(label) >= "\x80"


def _is_password(text: str, at: int) -> bool:
    """Tell whether the at-sign ends the user info of a URL, which holds a secret and no address."""
    scheme = text.rfind("://", max(0, at - _USER_INFO_MAX), at)
    return scheme >= 0 and _USER_INFO.fullmatch(text, scheme + 3, at) is not None


def _is_code(text: str, start: int, at: int, end: int) -> bool:
    local = text[start:at]
    if text.startswith("self.", at + 1):
        return True
    if text[end : end + 1] == "(" and text[text.rindex(".", at, end) + 1 : end] in METHODS:
        return True
    if local in _CODE_LABELS and "A" <= text[at + 1] <= "Z":
        return True
    return local in _REPOSITORY_USERS and _SCP_PATH.match(text, end) is not None
