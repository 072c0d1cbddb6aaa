"""Request bodies, inflated by hand so that a small upload can't become a large allocation."""

from __future__ import annotations

from isal import isal_zlib

from jamjet_proxy.model.errors import BodyTooLarge, MalformedBody, UnsupportedCoding

_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_RATIO_COUNTS_FROM = 1 << 20
# Each one copies what follows it, so their number bounds the work; clients send one.
_MOST_MEMBERS = 64
_HINT = "send smaller batches"


def inflate(body: bytes, coding: str, *, max_bytes: int, max_ratio: int) -> bytes:
    """Return ``body`` without its content coding.

    Args:
        coding: the Content-Encoding header; "" and "identity" mean none.
        max_bytes: largest result.
        max_ratio: largest ratio of result to input, for results beyond 1 MiB.

    Raises:
        UnsupportedCoding: an unknown coding, or several stacked.
        MalformedBody: the body is truncated or not in that coding.
        BodyTooLarge: the result would exceed a limit.
    """
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        if len(body) > max_bytes:
            raise BodyTooLarge(f"the body exceeds {max_bytes} bytes", hint=_HINT)
        return body
    if coding not in _WINDOW_BITS:
        raise UnsupportedCoding("the content encoding is not supported", hint="send gzip, deflate or none")
    allowed = min(max_bytes, max(_RATIO_COUNTS_FROM, len(body) * max_ratio))
    return _bounded(body, _WINDOW_BITS[coding], allowed)


def _bounded(body: bytes, window_bits: int, allowed: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    # A gzip body may consist of several members, one after the other.
    while body:
        if len(parts) == _MOST_MEMBERS:
            raise BodyTooLarge(f"the body has more than {_MOST_MEMBERS} compressed members", hint=_HINT)
        inflater = isal_zlib.decompressobj(wbits=window_bits)
        try:
            part = inflater.decompress(body, allowed - size + 1)
        except isal_zlib.error as error:  # type: ignore[misc]  # the stub types it as an instance
            raise MalformedBody("the body is not in the content encoding it declares") from error
        size += len(part)
        if size > allowed:
            raise BodyTooLarge(f"the inflated body exceeds {allowed} bytes", hint=_HINT)
        if not inflater.eof:
            raise MalformedBody("the compressed body is truncated")
        parts.append(part)
        body = inflater.unused_data
    return b"".join(parts)
