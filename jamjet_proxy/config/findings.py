"""What is wrong with the configuration, and where it was written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

KeyPath = tuple[str | int, ...]
"""The way to a setting from the top: names of keys, and positions in lists counted from 0."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a setting was written.

    Attributes:
        source: name of the file, or ``environment NAME``.
        line: line in the file, counted from 1; None when the source has no lines.
    """

    source: str
    line: int | None = None

    def __str__(self) -> str:
        return self.source if self.line is None else f"{self.source}:{self.line}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake.

    Attributes:
        origin: where the operator finds it.
        path: the setting it is about; empty for the document as a whole.
        message: what is wrong, without the value that was given.
    """

    origin: Origin
    path: KeyPath
    message: str

    def __str__(self) -> str:
        place = f"{dotted(self.path)}: " if self.path else ""
        return f"{self.origin}: {place}{self.message}"


def locate(origins: Mapping[KeyPath, Origin], path: KeyPath) -> Origin:
    """Return where ``path`` was written, or else the nearest setting that encloses it."""
    for length in range(len(path), -1, -1):
        origin = origins.get(path[:length])
        if origin is not None:
            return origin
    return Origin("configuration")


def in_reading_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings by line, those without a line last."""
    return sorted(findings, key=lambda finding: (finding.origin.line is None, finding.origin.line or 0))


def dotted(path: KeyPath) -> str:
    """Return ``path`` as operators write it, such as ``redaction.types[1]``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{shown(part)}" if text else shown(part)
    return text


def shown(name: str) -> str:
    """Return ``name`` fit for a message: a project key that was written where a name belongs is hidden."""
    return "jj_..." if name.lower().startswith("jj_") else name


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that leads from a wrong name to the right ones; empty without any."""
    names = list(known)
    near = get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f" (known: {', '.join(names)})" if names else ""
