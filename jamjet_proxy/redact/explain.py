"""What redaction does to a text, told value by value."""

from __future__ import annotations

from dataclasses import dataclass

from jamjet_proxy.redact.engine import Edit


@dataclass(frozen=True, slots=True)
class Explained:
    """One value that was found.

    Attributes:
        start, end: where it stands in the original text, in characters.
        type: what it is, as shown in the token.
        rule: by which rule: the name of the operator's, or that of the built-in type in lower case.
        method: what was done with it.
        replacement: what takes its place; "" for a shadow rule.
        shadow: whether the rule only watches, so that nothing was done.
    """

    start: int
    end: int
    type: str
    rule: str
    method: str
    replacement: str
    shadow: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """What redaction does to one text.

    Attributes:
        redacted: the text afterwards; empty when its event would be dropped.
        spans: what was found, sorted; only those of shadow rules may overlap others. When the event would be
            dropped, they have no replacement.
        dropped: whether a rule would refuse the event.
    """

    redacted: str
    spans: list[Explained]
    dropped: bool


def to_original(rounds: list[list[Edit]]) -> list[Edit]:
    """Return the edits of all rounds in terms of the first text; each refers to the text of its round.

    An edit that covers what an earlier round put in takes the place of the earlier edit.
    """
    result: list[Edit] = []
    earlier: list[list[Edit]] = []
    for edits in rounds:
        for start, end, label, new in edits:
            low, high = start, end
            for former in reversed(earlier):
                low, high = _before(former, low, at_end=False), _before(former, high, at_end=True)
            result = [edit for edit in result if not (low <= edit[0] and edit[1] <= high)]
            result.append((low, high, label, new))
        earlier.append(edits)
    return sorted(result, key=lambda edit: edit[:2])


def _before(edits: list[Edit], place: int, *, at_end: bool) -> int:
    """Return where ``place`` was before ``edits``: within a replacement, an end of what that replaced."""
    moved = 0
    for start, end, _, new in edits:
        begin = start + moved
        if place < begin or (place == begin and not at_end):
            break
        if place < begin + len(new) or (place == begin + len(new) and at_end and new):
            return end if at_end and place > begin else start
        moved += len(new) - (end - start)
    return place - moved
