"""Secrets: keys of known providers, ``name=value`` pairs, credentials in headers and URLs, private keys.

Nearly every text holds none, so one expression that takes in too much says where the exact ones are tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import re2  # type: ignore[import-untyped,unused-ignore]

from jamjet_proxy.redact.secret_names import (
    AUTHORIZATION,
    NAME,
    NAME_IN_RE2,
    NOT_SECRET_NAMES,
    PREFIXED,
    is_placeholder,
    is_secret_name,
)
from jamjet_proxy.redact.view import View

_Finder = Callable[[str, int], tuple[int, int] | None]

_RUN = "[A-Za-z0-9_-]"
_FREE = f"(?<!{_RUN})"  # the beginning of a run: so each run is read once, whatever it holds
_CREDENTIAL = "[A-Za-z0-9._~+/=-]"
_QUOTES = r"[\"'`\\\]]{0,8}"
_BLANKS = r"[ \t]{0,4}"
_SHORTEST, _LONGEST = 4, 4096
_CROWD, _CROWDED = 1000, 32  # so many signs, one in so many characters
_SURE = 512  # nobody writes placeholders that long

_KEY = re.compile(_FREE + "(?:" + "|".join(f"{re.escape(prefix)}{body}" for prefix, body in PREFIXED) + ")")
_TOKEN = re.compile(rf"{_FREE}eyJ{_RUN}{{8,}}\.{_RUN}{{8,}}(?:\.{_RUN}*)?")
_BOT = re.compile(rf"(?:(?<![0-9A-Za-z])|(?<=/bot))[0-9]{{8,10}}:AA{_RUN}{{33,}}")
_HOOK = re.compile(r"hooks\.slack\.com/services/([A-Za-z0-9/]{20,})")
_URL = re.compile(r"://[^\s/:@\"'<>?#]{0,128}:([^\s/\"'<>?&]{1,256})@(?=[\[A-Za-z0-9_.$%{-])", re.ASCII)
_IN_TAG = re.compile(rf"<[^<>\s]{{0,40}}(?i:{NAME})>([^<>\s]{{4,256}})</", re.ASCII)

_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}-----")
_KEY_BODY = re.compile(r"[A-Za-z0-9+/=\s\\-]*", re.ASCII)

_HEADER = re.compile(
    rf"(?i:{AUTHORIZATION}){_QUOTES}{_BLANKS}[:=]{_BLANKS}{_QUOTES}"
    r"(?:[A-Za-z][A-Za-z0-9-]{1,20} {1,4})?([A-Za-z0-9._~+/=:-]{8,})",
    re.ASCII,  # so that no letter outside ASCII passes for one of a name
)
_SCHEME = re.compile(rf"(?<![A-Za-z0-9])(?i:bearer|basic|token) {{1,4}}({_CREDENTIAL}{{12,}})", re.ASCII)
_PARAMETER = re.compile(r"[A-Za-z]+=[^=]")  # of a digest or a signature: the secret isn't in it
_DOTTED_NAME = re.compile(r"[A-Za-z_]+(?:\.[A-Za-z_]+)+")

_ASSIGNED = re.compile(
    rf"(?P<name>(?i:{NAME})|(?<=[a-z])Pass){_QUOTES}{_BLANKS}(?P<by>=>|:=|==?|:(?!:)){_BLANKS}"
    r"(?P<open>\\{0,7}[\"'`])?",
    re.ASCII,
)
_FLAG = re.compile(rf"--?(?P<name>(?i:[a-z-]{{0,20}}(?:{NAME})))(?P<by>[ =])(?P<open>[\"'])?", re.ASCII)
_IN_URL = re.compile(r"://[^\s/]{0,64}\Z")
_BARE = re.compile(r"[^\s\x00\"'`,;&<>(){}\[\]|\\]+")
_WORD = re.compile("[A-Za-z._-]+")
_DIGIT = re.compile("[0-9]")
_BLANK = re.compile(r"\s")
_SIGNIFICANT = re.compile("[^\\W_]")  # what a blacked-out token has none of
_UNFINISHED = ("..", "\u2026", "*", "(")  # the beginning of a secret, or the call that gets it
_LINE_END = re.compile(r"[\n\r]")


def _compile_signs() -> re2._Regexp:
    """Compile what each of the expressions above begins with: one quick pass tells where to try them."""
    options = re2.Options()
    options.never_capture = True
    prefixes = "|".join(re.escape(prefix) for prefix, _ in PREFIXED)
    return re2.compile(
        rf"\b(?:{prefixes}|eyJ){_CREDENTIAL}{{6}}"
        rf"|(?i:{NAME_IN_RE2}){_QUOTES}{_BLANKS}[=:]"
        rf"|(?i:\b(?:bearer|basic|token)) {{1,4}}{_CREDENTIAL}{{12}}"
        rf"|--?[A-Za-z-]{{0,20}}(?i:{NAME_IN_RE2})[ =]"
        rf"|<[^<>\s]{{0,40}}(?i:{NAME_IN_RE2})>"
        r"|://[^\s/:@\"'<>?#]{0,128}:|hooks\.slack\.com/|[0-9]{8,10}:AA|-----BEGIN ",
        options,
    )


_SIGNS = _compile_signs()


def find_secrets(view: View) -> Iterator[tuple[int, int]]:
    """Yield the range of every secret; a text whose key names a secret is one as a whole."""
    text = view.text
    if view.hint and is_secret_name(view.hint) and _is_secret(text.strip(), view.hint):
        yield 0, len(text)
        return
    starts = [sign.start() for sign in _SIGNS.finditer(text)]
    if len(starts) > _CROWD and len(starts) * _CROWDED > len(text):
        yield 0, len(text)  # nothing but secrets, or made to look like it: not worth telling apart
        return
    done = 0
    for start in starts:
        if start < done:
            continue  # within what has been found
        for find in _FINDERS.get(text[start], _OF_WORDS):
            found = find(text, start)
            if found:
                done = max(done, found[1])
                yield found


def _private_key(text: str, start: int) -> tuple[int, int] | None:
    begun = _PRIVATE_KEY.match(text, start)
    if begun is None:
        return None
    closing = _KEY_END.search(text, begun.end())
    if closing:
        return start, closing.end()
    body = _KEY_BODY.match(text, begun.end())
    return start, body.end() if body else begun.end()


def _plain(text: str, start: int) -> tuple[int, int] | None:
    """Return a key or token that is told by its own form."""
    found = _KEY.match(text, start) or _TOKEN.match(text, start)
    return found.span() if found else None


def _bot(text: str, start: int) -> tuple[int, int] | None:
    found = _BOT.match(text, start)
    return found.span() if found else None


def _enclosed(pattern: re.Pattern[str]) -> _Finder:
    """Return a finder of what stands in the group of ``pattern``."""

    def find(text: str, start: int) -> tuple[int, int] | None:
        found = pattern.match(text, start)
        if found is None or is_placeholder(found[1]) or not _SIGNIFICANT.search(found[1]):
            return None
        return found.span(1)

    return find


def _credential(text: str, start: int) -> tuple[int, int] | None:
    found = _HEADER.match(text, start) or _SCHEME.match(text, start)
    value = found[1].rstrip(".:,") if found else ""
    if found is None or not _is_random(value) or is_placeholder(value):
        return None
    if _DOTTED_NAME.fullmatch(value) or _PARAMETER.match(value):
        return None
    return found.start(1), found.start(1) + len(value)


def _assigned(text: str, start: int) -> tuple[int, int] | None:
    return _behind_name(text, _ASSIGNED.match(text, start))


def _flagged(text: str, start: int) -> tuple[int, int] | None:
    return _behind_name(text, _FLAG.match(text, start))


def _behind_name(text: str, found: re.Match[str] | None) -> tuple[int, int] | None:
    value = _value(text, found) if found else None
    if found is None or value is None or value[1] - value[0] < _SHORTEST:
        return None
    start = found.start()
    if NOT_SECRET_NAMES.search(text, max(0, start - 16), start):
        return None
    before = text[max(0, start - 64) : start]
    if "://" in before and _IN_URL.search(before) and "?" not in before:
        return None
    return value if _is_assigned_secret(text, found, *value) else None


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
    if end - start > _SURE:
        return True
    if text.startswith(_UNFINISHED, end):
        return False
    value = text[start:end]
    if _WORD.fullmatch(value) and not found["open"] and not _says_it_is_a_setting(text, found):
        return False
    if value.isdigit() and found["name"].lower().endswith("token"):
        return False
    return _is_secret(value, found["name"], is_setting=_says_it_is_a_setting(text, found))


def _says_it_is_a_setting(text: str, found: re.Match[str]) -> bool:
    """Tell whether the name is that of an environment variable, a flag or a part of a query."""
    if found["by"] not in ("=", " "):
        return False
    before = text[found.start() - 1 : found.start()]
    return found["name"].isupper() or before in ("?", "&") or found[0].startswith("--")


def _is_random(value: str) -> bool:
    """Tell whether ``value`` looks made by a machine: digits, or letters in both cases at some length."""
    if _DIGIT.search(value):
        return True
    return len(value) >= 12 and value.lower() != value and value.upper() != value


def _is_secret(value: str, name: str, *, is_setting: bool = False) -> bool:
    """Tell whether ``value`` can be meant seriously as the secret called ``name``."""
    if len(value) < _SHORTEST or _BLANK.search(value) or not _SIGNIFICANT.search(value):
        return False
    if is_placeholder(value):
        return False
    if value.isdigit():
        return len(value) >= 6
    if not _WORD.fullmatch(value):
        return True
    if value.lower().strip("_") in re.split("[^a-z]+", name.lower()):
        return False
    return len(value) >= 10 and (is_setting or value.isalpha())


# By what stands where a sign begins.
_FINDERS: dict[str, tuple[_Finder, ...]] = {
    "-": (_private_key, _flagged),
    "<": (_enclosed(_IN_TAG),),
    ":": (_enclosed(_URL),),
    **dict.fromkeys("0123456789", (_bot,)),
}
_OF_WORDS: tuple[_Finder, ...] = (_assigned, _credential, _plain, _enclosed(_HOOK))
