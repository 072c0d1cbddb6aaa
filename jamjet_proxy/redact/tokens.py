"""Redaction tokens: made here, and recognised where they already stand in a text, to stay as they are."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping

from jamjet_proxy.redact.spans import Span

# Names the SDKs put into their tokens, besides those of `PiiType`.
_SDK_NAMES = (
    "EMAIL_ADDRESS|EMAIL|CREDIT_CARD|US_SSN|SSN|PHONE_NUMBER|PHONE|IP_ADDRESS|IP|IBAN_CODE|IBAN"
    "|PERSON|LOCATION"
)
_FILLER = "\x00"  # no detector takes it for part of a value, a separator or a word
_PLACEHOLDER = re.compile(r"\{(?:type|n|hash)\}")
_NUMBER = "[1-9][0-9]{0,5}"
_HASH = "(?=[0-9]*[a-f])[0-9a-f]{16}"  # with a letter, so that no card number passes for one
_PARTIAL_SIGN = "***@"
_PARTIAL_ADDRESS = r"[^\s@]\*{3}@"


def hash_format(template: str) -> str:
    """Return the format of a hash: ``template`` itself if it has ``{hash}``, else one with it."""
    return template if "{hash}" in template else template.replace("{type}", "{type}:{hash}")


class Tokens:
    """Makes tokens and recognises them.

    Args:
        template: the token with ``{type}`` in it.
        types: every type that can be put in.
        others: further formats in use, with the types that go with each.
        partial_addresses: whether addresses may stand there of which a part was kept.
    """

    def __init__(
        self,
        template: str,
        types: Iterable[str],
        others: Mapping[str, Iterable[str]] | None = None,
        *,
        partial_addresses: bool = False,
    ) -> None:
        self._template = template
        forms = {template: types} | dict(others or {})
        self._forms = {form: sorted(names) for form, names in forms.items()}
        own = [_recogniser(form, names) for form, names in forms.items()]
        own += [_PARTIAL_ADDRESS] if partial_addresses else []
        self._signs = {_literal_start(form) for form in forms} | {"["}
        self._signs |= {_PARTIAL_SIGN} if partial_addresses else set()
        self._known = re.compile(rf"{'|'.join(own)}|\[(?i:REDACTED:)?(?i:{_SDK_NAMES})\]")
        self._numbered = [
            re.compile(_recogniser(form, names, capture=True))
            for form, names in forms.items()
            if "{n}" in form
        ]

    def make(self, kind: str) -> str:
        """Return the token for a value of type ``kind``."""
        return self._template.replace("{type}", kind)

    def literals(self) -> tuple[list[str], list[str]]:
        """Return the constant tokens of the main format, longest first, and what all others begin with."""
        filled = [
            (form.replace("{type}", name), form == self._template)
            for form, names in self._forms.items()
            for name in names
        ]
        constant = {token for token, is_main in filled if is_main and not _PLACEHOLDER.search(token)}
        openings = {_literal_start(token) for token, _ in filled if token not in constant}
        openings |= {_PARTIAL_SIGN} if _PARTIAL_SIGN in self._signs else set()
        return sorted(constant, key=len, reverse=True), sorted(openings)

    def is_token(self, text: str) -> bool:
        """Tell whether ``text`` is one token and nothing else."""
        return self._known.fullmatch(text) is not None

    def mask(self, text: str) -> str:
        """Return ``text``, same length, with its tokens blacked out so that they are no context."""
        for sign in self._signs:
            if sign in text:
                return self._known.sub(lambda token: _FILLER * len(token[0]), text)
        return text

    def cut_out(self, text: str, spans: list[Span]) -> list[Span]:
        """Return ``spans`` without the parts that are tokens already.

        What is left of a span around a token counts only when it holds a letter or digit: so every round
        of redaction uses up original text, and redacting again and again comes to an end.
        """
        places = [token.span() for token in self._known.finditer(text)]
        if not places:
            return spans
        starts, ends = [start for start, _ in places], [end for _, end in places]
        parts: list[Span] = []
        for span in spans:  # there may be thousands of both
            inside = places[bisect_right(ends, span[0]) : bisect_left(starts, span[1])]
            parts += _parts(text, span, inside) if inside else [span]
        return parts

    def numbers(self, text: str) -> Iterator[tuple[str, int]]:
        """Yield type and number of the tokens in ``text`` that have a number."""
        for pattern in self._numbered:
            for token in pattern.finditer(text):
                yield token["type"], int(token["n"])


def _recogniser(template: str, types: Iterable[str], *, capture: bool = False) -> str:
    names = "|".join(re.escape(name) for name in sorted(types, key=lambda name: (-len(name), name)))
    patterns = {"{type}": f"(?:{names})", "{n}": _NUMBER, "{hash}": _HASH}
    seen: set[str] = set()
    pieces: list[str] = []
    done = 0
    for found in _PLACEHOLDER.finditer(template):
        name = found[0]
        pattern = patterns[name]
        if capture and name != "{hash}" and name not in seen:
            pattern = f"(?P<{name[1:-1]}>{pattern})"
        seen.add(name)
        pieces += (re.escape(template[done : found.start()]), pattern)
        done = found.end()
    return "".join(pieces) + re.escape(template[done:])


def _literal_start(template: str) -> str:
    found = _PLACEHOLDER.search(template)
    return template[: found.start()] if found else template


def _parts(text: str, span: Span, inside: list[tuple[int, int]]) -> list[Span]:
    start, end, kind = span
    edges = [start, *(edge for place in inside for edge in place), end]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return [(low, high, kind) for low, high in gaps if any(map(str.isalnum, text[low:high]))]
