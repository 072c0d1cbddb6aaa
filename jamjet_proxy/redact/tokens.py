"""Redaction tokens that already stand in a text: they stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable

from jamjet_proxy.redact.spans import Span

# Names the SDKs put into their tokens, besides those of `PiiType`.
_SDK_NAMES = (
    "EMAIL_ADDRESS|EMAIL|CREDIT_CARD|US_SSN|SSN|PHONE_NUMBER|PHONE|IP_ADDRESS|IP|IBAN_CODE|IBAN"
    "|PERSON|LOCATION"
)
_FILLER = "\x00"  # no detector takes it for part of a value, a separator or a word


class Tokens:
    """Makes tokens and recognises them.

    Args:
        template: the token with ``{type}`` in it.
        types: every type that can be put in.
    """

    def __init__(self, template: str, types: Iterable[str]) -> None:
        self._template = template
        self._opening = template.partition("{type}")[0]
        own = "|".join(re.escape(self.make(kind)) for kind in sorted(types, key=len, reverse=True))
        self._known = re.compile(rf"{own}|\[(?i:REDACTED:)?(?i:{_SDK_NAMES})\]")

    def make(self, kind: str) -> str:
        """Return the token for a value of type ``kind``."""
        return self._template.replace("{type}", kind)

    def is_token(self, text: str) -> bool:
        """Tell whether ``text`` is one token and nothing else."""
        return self._known.fullmatch(text) is not None

    def mask(self, text: str) -> str:
        """Return ``text``, same length, with its tokens blacked out so that they are no context."""
        if self._opening not in text and "[" not in text:
            return text
        return self._known.sub(lambda token: _FILLER * len(token[0]), text)

    def cut_out(self, text: str, spans: list[Span]) -> list[Span]:
        """Return ``spans`` without the parts that are tokens already.

        What is left of a span around a token counts only when it holds a letter or digit: so every round
        of redaction uses up original text, and redacting again and again comes to an end.
        """
        places = [token.span() for token in self._known.finditer(text)]
        return [part for span in spans for part in _parts(text, span, places)]


def _parts(text: str, span: Span, places: list[tuple[int, int]]) -> list[Span]:
    start, end, kind = span
    inside = [place for place in places if place[0] < end and start < place[1]]
    if not inside:
        return [span]
    edges = [start, *(edge for place in inside for edge in place), end]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return [(low, high, kind) for low, high in gaps if any(map(str.isalnum, text[low:high]))]
