"""Cursors of paged answers: opaque to clients, a small JSON array inside."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, TypeVar

import msgspec

from jamjet_proxy.model.errors import InvalidRequest

T = TypeVar("T")

# What SQLite can hold; nothing else was ever given out.
Whole = Annotated[int, msgspec.Meta(ge=0, le=1 << 62)]


def encode_cursor(place: object) -> str:
    """Return ``place`` as a URL-safe string."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def decode_cursor(cursor: str, shape: type[T]) -> T:
    """Return the place that ``encode_cursor`` was given.

    Raises:
        InvalidRequest: the string is not one of ours.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=shape)
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise InvalidRequest("cursor is not one that this proxy gave out", field="cursor") from error
