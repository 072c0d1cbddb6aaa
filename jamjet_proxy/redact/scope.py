"""What lasts for the redaction of one event, and no longer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic

from jamjet_proxy.redact.faults import RedactionTimeout
from jamjet_proxy.redact.methods import MAX_NUMBER

Standing = Callable[[], Iterable[tuple[str, int]]]
"""Yields (type, number) of every numbered token that already stands in the event."""


class Scope:
    """The time that is left for an event, and the numbers given to its values.

    Args:
        limit_s: longest time from now, in seconds.
        standing: asked once, and only when a value is to be numbered.
    """

    __slots__ = ("_deadline", "_last", "_limit_s", "_numbers", "_standing")

    def __init__(self, limit_s: float, standing: Standing) -> None:
        self._limit_s = limit_s
        self._deadline = monotonic() + limit_s
        self._standing = standing
        self._last: dict[str, int] | None = None
        self._numbers: dict[tuple[str, str], int] = {}

    def check(self) -> None:
        """Return when there is time left.

        Raises:
            RedactionTimeout: there is none.
        """
        if monotonic() > self._deadline:
            raise RedactionTimeout(self._limit_s)

    def number(self, kind: str, value: str) -> int:
        """Return the number of ``value`` among the distinct values of its type in this event, from 1 on."""
        known = self._numbers.get((kind, value))
        if known is None:
            last = self._last_numbers()
            known = last[kind] = min(last.get(kind, 0) + 1, MAX_NUMBER)
            self._numbers[kind, value] = known
        return known

    def _last_numbers(self) -> dict[str, int]:
        if self._last is None:
            self._last = {}
            for kind, number in self._standing():
                self._last[kind] = max(number, self._last.get(kind, 0))
        return self._last
