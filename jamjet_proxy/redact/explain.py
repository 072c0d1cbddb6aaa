"""What redaction does to a text, told value by value."""

from __future__ import annotations

from dataclasses import dataclass

from jamjet_proxy.redact.engine import Edit, apply_edits


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


def to_original(text: str, rounds: list[list[Edit]]) -> list[Edit]:
    """Return the edits of all rounds as edits of ``text``, sorted; each refers to the text of its round.

    An edit that touches what an earlier round put in becomes one with the earlier edit, under its own label.
    """
    result: list[Edit] = []
    for edits in rounds:
        result = _compose(text, result, edits) if result else edits
    return result


def _compose(text: str, earlier: list[Edit], later: list[Edit]) -> list[Edit]:
    """Return edits of ``text`` that do what ``earlier`` does, and then ``later`` to the outcome."""
    between = apply_edits(text, earlier)
    composed: list[Edit] = []
    moved = 0  # how much further a place stands in the text between than in the original
    for group in _groups(_placed(earlier), later):
        start, stop = min(entry[0] for entry in group), max(entry[1] for entry in group)
        grown = sum(len(edit[3]) - (edit[1] - edit[0]) for _, _, edit, is_later in group if not is_later)
        own = [(low - start, high - start, *edit[2:]) for low, high, edit, is_later in group if is_later]
        new = apply_edits(between[start:stop], own)
        label = own[-1][2] if own else group[0][2][2]
        composed.append((start - moved, stop - moved - grown, label, new))
        moved += grown
    return composed


_Entry = tuple[int, int, Edit, bool]
"""Start and end in the text between, the edit, and whether it is a later one."""


def _placed(earlier: list[Edit]) -> list[_Entry]:
    placed: list[_Entry] = []
    moved = 0
    for edit in earlier:
        start, end, _, new = edit
        placed.append((start + moved, start + moved + len(new), edit, False))
        moved += len(new) - (end - start)
    return placed


def _groups(earlier: list[_Entry], later: list[Edit]) -> list[list[_Entry]]:
    """Return the edits in order, those that touch each other together."""
    entries = sorted(
        [*earlier, *((edit[0], edit[1], edit, True) for edit in later)], key=lambda entry: entry[:2]
    )
    groups: list[list[_Entry]] = []
    stop = -1
    for entry in entries:
        if groups and entry[0] < stop:
            groups[-1].append(entry)
        else:
            groups.append([entry])
        stop = max(stop, entry[1])
    return groups
