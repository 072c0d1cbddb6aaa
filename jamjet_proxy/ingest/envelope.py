"""The outer object of an ingest request, ``{"project": ..., "events": [...]}``.

Strict JSON takes the fast way. A body that isn't strict JSON as a whole may still hold good events:
clients write NaN, unpaired surrogates or bytes that aren't UTF-8 into one event, and the others must
not pay for it. Such a body is cut at the brackets instead, and each event is judged by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from jamjet_proxy.model.errors import BodyTooLarge, InvalidRequest, MalformedBody

# Ten times what any client sends. The count of commas is known before decoding takes any memory.
_MOST_EVENTS = 100_000
_MOST_COMMAS = 8_000_000
_DEEPEST = 1_000_000

_HINT = "send smaller batches"

_TOKEN = re.compile(rb'[ \t\r\n]*("(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+)', re.DOTALL)
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_CLOSER = {b"{": b"}", b"[": b"]"}


@dataclass(frozen=True, slots=True)
class Envelope:
    """One request's events, each as its own piece of JSON text, not yet checked.

    Attributes:
        label: the client's own name for its project; "" when it sent none.
        events: the elements of ``events``.
    """

    label: str
    events: list[bytes]


class _Strict(msgspec.Struct):
    events: list[msgspec.Raw]
    project: msgspec.Raw = msgspec.Raw(b"null")


_decode_strict = msgspec.json.Decoder(_Strict).decode


def open_envelope(body: bytes) -> Envelope:
    """Split a request body into its events.

    Raises:
        MalformedBody: the body isn't JSON, even when single events are left out.
        InvalidRequest: it isn't an object with an array ``events``.
        BodyTooLarge: it has far more elements than any client sends.
    """
    envelope = _open(body)
    if len(envelope.events) > _MOST_EVENTS:
        raise BodyTooLarge(f"the body has more than {_MOST_EVENTS} events", hint=_HINT)
    return envelope


def _open(body: bytes) -> Envelope:
    body = body.removeprefix(b"\xef\xbb\xbf")
    if body.count(b",") > _MOST_COMMAS:
        raise BodyTooLarge("the body has too many elements", hint=_HINT)
    try:
        body.decode()  # the decoder below doesn't check the text inside events
        strict = _decode_strict(body)
    except msgspec.ValidationError as error:
        raise InvalidRequest("events must be an array inside a JSON object", field="events") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _salvage(body)
    return Envelope(_label(bytes(strict.project)), [bytes(event) for event in strict.events])


def mend_surrogates(text: bytes) -> bytes:
    """Replace escapes of unpaired surrogates by that of U+FFFD; JavaScript clients send them."""
    return _ESCAPE.sub(lambda match: rb"\ufffd" if match[1] else match[0], text)


def _label(raw: bytes) -> str:
    try:
        return msgspec.json.decode(mend_surrogates(raw), type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _salvage(body: bytes) -> Envelope:
    members = _members(body.strip())
    events = members.get("events")
    if events is None or not events.startswith(b"["):
        raise InvalidRequest("events must be an array inside a JSON object", field="events")
    return Envelope(_label(members.get("project", b"null")), _elements(events))


def _members(body: bytes) -> dict[str, bytes]:
    """Return the text of each member of the object ``body``; only its brackets have to match."""
    members: dict[str, bytes] = {}
    key = ""
    for piece, separator in _pieces(body, b"{"):
        if separator == b":":
            key = _label(piece)
        elif piece:
            members[key] = piece
    return members


def _elements(array: bytes) -> list[bytes]:
    return [piece for piece, _ in _pieces(array, b"[") if piece]


def _pieces(text: bytes, opener: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Cut a bracketed text at its own separators; yield (piece, the separator behind it)."""
    open_brackets: list[bytes] = []
    start = 0
    for token, begin, end in _tokens(text):
        if token in (b"{", b"["):
            if not open_brackets and (token != opener or begin != 0):
                break
            open_brackets.append(_CLOSER[token])
            if len(open_brackets) == 1:
                start = end
            elif len(open_brackets) > _DEEPEST:
                break
        elif token in (b"}", b"]"):
            if not open_brackets or open_brackets.pop() != token:
                break
            if not open_brackets:
                yield text[start:begin].strip(), token
                if text[end:].strip():
                    break
                return
        elif token in (b",", b":") and len(open_brackets) == 1:
            yield text[start:begin].strip(), token
            start = end
        elif not open_brackets:
            break
    raise MalformedBody("the body is not valid JSON")


def _tokens(text: bytes) -> Iterator[tuple[bytes, int, int]]:
    position = 0
    while match := _TOKEN.match(text, position):
        yield match[1], match.start(1), match.end(1)
        position = match.end()
