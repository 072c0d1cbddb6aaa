"""Inflating: every coding clients send, and nothing that could fill the memory."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamjet_proxy.ingest.inflate import inflate
from jamjet_proxy.model.errors import BodyTooLarge, MalformedBody, UnsupportedCoding

MIB = 1 << 20


def plain(body: bytes, coding: str, max_bytes: int = 64 * MIB, max_ratio: int = 200) -> bytes:
    return inflate(body, coding, max_bytes=max_bytes, max_ratio=max_ratio)


@pytest.mark.parametrize("coding", ["", "identity", " Identity "])
def test_no_coding_passes_unchanged(coding: str) -> None:
    """A body without a coding is returned as it came."""
    assert plain(b"text", coding) == b"text"


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", " gzip "])
def test_gzip(coding: str) -> None:
    """What the TypeScript SDK compresses comes back, however the header is written."""
    assert plain(gzip.compress(b"text" * 3_000), coding) == b"text" * 3_000


def test_deflate() -> None:
    """The deflate coding of HTTP, which is the zlib format, is understood."""
    assert plain(zlib.compress(b"text" * 3_000), "deflate") == b"text" * 3_000


def test_several_gzip_members_are_one_body() -> None:
    """A gzip body in several members is joined, as the format asks for."""
    assert plain(gzip.compress(b"one,") + gzip.compress(b"two"), "gzip") == b"one,two"


@given(st.binary(max_size=5_000), st.integers(1, 9))
@settings(max_examples=100, derandomize=True)
def test_gzip_round_trip(content: bytes, level: int) -> None:
    """Any content at any level comes back byte for byte."""
    assert plain(gzip.compress(content, level), "gzip") == content


@given(st.binary(min_size=1, max_size=200), st.data())
@settings(max_examples=100, derandomize=True)
def test_truncated_is_malformed(content: bytes, data: st.DataObject) -> None:
    """A gzip body cut anywhere is malformed, and never half a body."""
    whole = gzip.compress(content)
    cut = data.draw(st.integers(1, len(whole) - 1))
    with pytest.raises(MalformedBody):
        plain(whole[:cut], "gzip")


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize("body", [b"{}", b"\x1f\x8b", b"\x00" * 100, gzip.compress(b"x") + b"junk"])
def test_garbage_is_malformed(body: bytes, coding: str) -> None:
    """What isn't in the declared coding is malformed."""
    with pytest.raises(MalformedBody):
        plain(body, coding)


def test_wrong_checksum_is_malformed() -> None:
    """A gzip body whose checksum doesn't fit is not taken."""
    whole = bytearray(gzip.compress(b"text" * 100))
    whole[-6] ^= 0xFF
    with pytest.raises(MalformedBody):
        plain(bytes(whole), "gzip")


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "gzip,identity", "compress", "*"])
def test_other_codings_are_refused(coding: str) -> None:
    """An unknown coding, or several stacked, is told apart from damage."""
    with pytest.raises(UnsupportedCoding):
        plain(b"x", coding)


def test_limit_is_exact() -> None:
    """A body of exactly the largest size is taken, one byte more isn't, compressed or not."""
    for coding, encode in (("", bytes), ("gzip", gzip.compress)):
        assert len(plain(encode(b"x" * 1_000), coding, max_bytes=1_000)) == 1_000
        with pytest.raises(BodyTooLarge):
            plain(encode(b"x" * 1_001), coding, max_bytes=1_000)


def test_limit_counts_all_members() -> None:
    """Members that are small by themselves don't get past the limit together."""
    with pytest.raises(BodyTooLarge):
        plain(gzip.compress(b"x" * 600) * 2, "gzip", max_bytes=1_000)


def test_ratio_counts_beyond_a_mebibyte_only() -> None:
    """Small bodies may compress as well as they like; beyond 1 MiB the ratio is bounded."""
    small, large = gzip.compress(b"\0" * MIB), gzip.compress(b"\0" * (MIB + 1))
    assert len(small) * 200 < MIB
    assert len(plain(small, "gzip")) == MIB
    with pytest.raises(BodyTooLarge):
        plain(large, "gzip")
    assert len(plain(large, "gzip", max_ratio=2_000)) == MIB + 1


def test_bomb_costs_little() -> None:
    """A quarter of a gigabyte of zeros in a megabyte of gzip is refused without being made."""
    bomb = zlib.compressobj(1, wbits=31)
    body = b"".join(bomb.compress(b"\0" * MIB) for _ in range(256)) + bomb.flush()
    tracemalloc.start()
    with pytest.raises(BodyTooLarge):
        plain(body, "gzip", max_bytes=16 * MIB, max_ratio=10_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * MIB


def test_swarm_of_empty_members_costs_little() -> None:
    """Four megabytes of empty gzip members are refused at once instead of being copied over and over."""
    body = gzip.compress(b"") * 200_000
    started = time.process_time()
    with pytest.raises(BodyTooLarge):
        plain(body, "gzip")
    assert time.process_time() - started < 1
