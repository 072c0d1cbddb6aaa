"""Ranges of a text that are to be replaced."""

from __future__ import annotations

from collections.abc import Iterable

Span = tuple[int, int, str]
"""Start, end (exclusive, in characters) and type."""


def merge(found: Iterable[Span]) -> list[Span]:
    """Return the spans sorted and without overlaps.

    Overlapping ones become one that covers them all, with the type of the longest; of two equally long
    ones the earlier in ``found`` names it. Nothing any of them covered is left uncovered.
    """
    merged: list[Span] = []
    longest = 0
    for start, end, kind in sorted(found, key=_by_start):
        if not merged or start >= merged[-1][1]:
            merged.append((start, end, kind))
            longest = end - start
            continue
        begin, stop, name = merged[-1]
        if end - start > longest:
            name, longest = kind, end - start
        merged[-1] = (begin, max(stop, end), name)
    return merged


def _by_start(span: Span) -> tuple[int, int]:
    return span[0], -span[1]
