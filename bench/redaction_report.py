"""What a section of the redaction benchmark found, as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Section:
    """A heading, lines and tables below it, and the targets that were missed.

    Attributes:
        body: finished Markdown, block by block.
        missed: a sentence for each target that was not reached.
        checked: how many targets were judged.
    """

    title: str
    body: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    checked: int = 0

    def table(self, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
        """Add a table; the first column is text, the others are figures."""
        heads = list(heads)
        lines = [heads, ["---", *("---:" for _ in heads[1:])], *map(list, rows)]
        self.body.append("\n".join(f"| {' | '.join(line)} |" for line in lines))

    def demand(
        self, what: str, reached: float, *, least: float | None = None, most: float | None = None
    ) -> None:
        """Judge a figure against its target, which may itself be reached exactly."""
        self.checked += 1
        if least is not None and not reached >= least:
            self.missed.append(f"{what} is {reached:.4g}, wanted at least {least:g}")
        if most is not None and not reached <= most:
            self.missed.append(f"{what} is {reached:.4g}, wanted at most {most:g}")

    def __str__(self) -> str:
        return "\n\n".join((f"## {self.title}", *self.body))


def median_ratio(ours: list[float], theirs: list[float]) -> float:
    """Return the median of the ratios within each round, which survives a machine that slows down."""
    return statistics.median(theirs_ / ours_ for ours_, theirs_ in zip(ours, theirs, strict=True))
