"""Secrets: keys of known providers, ``name=value`` pairs, credentials in headers and URLs, private keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jamjet_proxy.redact.secret_names import (
    AUTHORIZATION,
    NAME,
    NOT_SECRET_NAMES,
    PREFIXED,
    is_placeholder,
    is_secret_name,
)
from jamjet_proxy.redact.view import View

_RUN = "[A-Za-z0-9_-]"
_FREE = f"(?<!{_RUN})"  # the beginning of a run: so each run is read once, whatever it holds
_KEYS = re.compile(_FREE + "(?:" + "|".join(f"{re.escape(prefix)}{body}" for prefix, body in PREFIXED) + ")")
_TOKEN = re.compile(rf"{_FREE}eyJ{_RUN}{{8,}}\.{_RUN}{{8,}}(?:\.{_RUN}*)?")
_BOT = re.compile(rf"(?:(?<![0-9A-Za-z])|(?<=/bot))[0-9]{{8,10}}:AA{_RUN}{{33,}}")
_HOOK = re.compile(r"hooks\.slack\.com/services/([A-Za-z0-9/]{20,})")

_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}-----")
_KEY_BODY = re.compile(r"[A-Za-z0-9+/=\s\\-]*", re.ASCII)

_URL = re.compile(r"://[^\s/:@\"'<>?#]{0,128}:([^\s/\"'<>?&]{1,256})@(?=[\[A-Za-z0-9_.$%{-])", re.ASCII)

_QUOTE = r"[\"'`\\]{0,8}"
_HEADER = re.compile(
    rf"(?i:{AUTHORIZATION}){_QUOTE}[ \t]{{0,4}}[:=,][ \t]{{0,4}}{_QUOTE}"
    r"(?:[A-Za-z][A-Za-z0-9-]{1,20} {1,4})?([A-Za-z0-9._~+/=:-]{8,})"
)
_SCHEME = re.compile(r"(?<![A-Za-z0-9])(?i:bearer|basic|token) {1,4}([A-Za-z0-9._~+/=-]{12,})")
_PARAMETER = re.compile(r"[A-Za-z]+=[^=]")  # of a digest or a signature: the secret isn't in it
_DOTTED_NAME = re.compile(r"[A-Za-z_]+(?:\.[A-Za-z_]+)+")
_IN_TAG = re.compile(rf"<[^<>\s]{{0,40}}(?i:{NAME})>([^<>\s]{{4,256}})</")
_IN_URL = re.compile(r"://[^\s/]{0,64}\Z")

_ASSIGNED = re.compile(
    rf"(?P<name>(?i:{NAME})|(?<=[a-z])Pass)[\"'`\\\]]{{0,8}}[ \t]{{0,4}}(?P<by>=>|:=|==?|:(?!:))[ \t]{{0,4}}"
    r"(?P<open>\\{0,7}[\"'`])?"
)
_FLAG = re.compile(rf"--?(?P<name>(?i:[a-z-]{{0,20}}(?:{NAME})))(?P<by>[ =])(?P<open>[\"'])?")
_BARE = re.compile(r"[^\s\"'`,;&<>(){}\[\]|\\]{1,512}")
_LINE_END = re.compile(r"[\n\r]")
_LONGEST = 512


def find_secrets(view: View) -> Iterator[tuple[int, int]]:
    """Yield the range of every secret; a text whose key names a secret is one as a whole."""
    text = view.text
    if view.hint and is_secret_name(view.hint) and _is_secret(text.strip(), view.hint):
        yield 0, len(text)
        return
    yield from _private_keys(text)
    for pattern in (_KEYS, _TOKEN, _BOT):
        yield from (found.span() for found in pattern.finditer(text))
    for pattern in (_URL, _HOOK, _IN_TAG):
        yield from (found.span(1) for found in pattern.finditer(text) if not is_placeholder(found[1]))
    yield from _credentials(text)
    yield from _assigned(text)


def _private_keys(text: str) -> Iterator[tuple[int, int]]:
    found = _PRIVATE_KEY.search(text)
    while found:
        closing = _KEY_END.search(text, found.end())
        body = None if closing else _KEY_BODY.match(text, found.end())
        end = closing.end() if closing else body.end() if body else found.end()
        yield found.start(), end
        found = _PRIVATE_KEY.search(text, end) if closing else None


def _credentials(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (_HEADER, _SCHEME):
        for found in pattern.finditer(text):
            value = found[1].rstrip(".:,")
            if _is_random(value) and not _DOTTED_NAME.fullmatch(value) and not _PARAMETER.match(value) and not is_placeholder(value):
                yield found.start(1), found.start(1) + len(value)


def _assigned(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (_ASSIGNED, _FLAG):
        for found in pattern.finditer(text):
            start = found.start()
            if NOT_SECRET_NAMES.search(text, max(0, start - 16), start):
                continue
            if _IN_URL.search(text, max(0, start - 64), start) and "?" not in text[max(0, start - 64) : start]:
                continue
            value = _value(text, found)
            if value and _is_assigned_secret(text, found, *value):
                yield value


def _value(text: str, found: re.Match[str]) -> tuple[int, int] | None:
    """Return the range of the value behind a name, without its quotes."""
    start = found.end()
    opening = found["open"]
    if not opening:
        bare = _BARE.match(text, start)
        return (start, start + len(bare[0].rstrip(".:!?"))) if bare else None
    limit = min(len(text), start + _LONGEST)
    end = text.find(opening, start, limit)
    return (start, end) if end > start and not _LINE_END.search(text, start, end) else None


def _is_assigned_secret(text: str, found: re.Match[str], start: int, end: int) -> bool:
    value = text[start:end]
    if text.startswith(("..", "\u2026", "*", "("), end):
        return False  # the beginning of one, or a function's answer
    if _is_word(value) and not found["open"] and not _says_it_is_a_setting(text, found):
        return False
    if value.isdigit() and "token" in found["name"].lower():
        return False
    return _is_secret(value, found["name"], is_setting=_says_it_is_a_setting(text, found))


def _says_it_is_a_setting(text: str, found: re.Match[str]) -> bool:
    """Tell whether the name is that of an environment variable, a flag or a part of a query."""
    if found["by"] not in ("=", " "):
        return False
    before = text[found.start() - 1 : found.start()] if found.start() else ""
    return found["name"].isupper() or before in ("?", "&") or found[0].startswith("--")


def _is_word(value: str) -> bool:
    return all(part.isalpha() for part in re.split("[._-]", value) if part)


def _is_random(value: str) -> bool:
    """Tell whether ``value`` looks made by a machine: digits, or letters in both cases at some length."""
    if any(map(str.isdigit, value)):
        return True
    return len(value) >= 12 and value.lower() != value and value.upper() != value


def _is_secret(value: str, name: str, *, is_setting: bool = False) -> bool:
    """Tell whether ``value`` can be meant seriously as the secret called ``name``."""
    if len(value) < 4 or any(map(str.isspace, value)) or is_placeholder(value):
        return False
    if value.lower().strip("_") in re.split(r"[^a-z]+", name.lower()):
        return False
    if value.isdigit():
        return len(value) >= 6
    return len(value) >= 10 and (is_setting or value.isalpha()) if _is_word(value) else True
