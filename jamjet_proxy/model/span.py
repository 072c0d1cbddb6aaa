"""One event of the wire, from the moment its project is known to the moment it is stored."""

from __future__ import annotations

import msgspec


class Finding(msgspec.Struct, frozen=True, array_like=True):
    """What redaction replaced in one place of an event; never the value itself."""

    path: str
    """Where, as ``payload.messages[0].content``; keys in it are redacted too."""
    type: str
    """What, as shown in the token: ``EMAIL`` or a user rule's type."""
    count: int
    rule: str = ""
    """By which rule: the name of the user's, or that of the built-in type in lower case."""
    shadow: bool = False
    """Whether the rule only watches (``mode: shadow``): nothing was replaced on its account."""


class Span(msgspec.Struct, frozen=True):
    """A redacted event, ready to be stored.

    Attributes:
        trace_id, span_id: opaque ids, at most 256 characters.
        status: wire status, lower case as sent (``ok``, ``error``, ``pending``, ...); "" when absent.
        body: the event as one line of JSON, UTF-8, redacted, number lexemes as they arrived.
        findings: what redaction replaced in it.
        surrogate: an id was missing or mangled and has been minted here, so repeats can't be told.
    """

    trace_id: str
    span_id: str
    status: str
    body: bytes
    findings: tuple[Finding, ...] = ()
    surrogate: bool = False
