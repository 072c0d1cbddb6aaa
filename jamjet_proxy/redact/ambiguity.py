"""Whether an expression repeats something in more than one way, which makes other engines run for ever.

``(a+)+`` can split ``aaaa`` in as many ways as there are; google-re2 doesn't mind, but nobody means it, and
the same expression is likely to be used elsewhere too. The test is exact for expressions as ``expression``
reads them: the steps from one character of the expression to the next are a graph, and the expression is
ambiguous without bound when two walks through a repeat part, read the same text, and meet again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from jamjet_proxy.redact.expression import Char, Chars, Choice, Node, Repeat, Sequence

_MOST_PLACES = 300  # the test takes time with the square of it
_MOST_PAIRS = 20_000


def matches_nothing(node: Node) -> bool:
    """Tell whether an expression can match without taking a character."""
    if isinstance(node, Char):
        return False
    if isinstance(node, Sequence):
        return all(map(matches_nothing, node.parts))
    if isinstance(node, Choice):
        return any(map(matches_nothing, node.options))
    return node.optional or matches_nothing(node.part)


def is_ambiguous(node: Node) -> bool:
    """Tell whether some repeat in an expression can read a text in exponentially many ways."""
    return any(_repeats_ambiguously(repeat) for repeat in _outermost_repeats(node))


def _outermost_repeats(node: Node) -> Iterable[Repeat]:
    if isinstance(node, Repeat):
        yield node
    elif isinstance(node, Sequence | Choice):
        for part in node.parts if isinstance(node, Sequence) else node.options:
            yield from _outermost_repeats(part)


class _Graph:
    """The characters of an expression, numbered, and how often each follows each."""

    def __init__(self) -> None:
        self.chars: list[Chars] = []
        self.steps: Counter[tuple[int, int]] = Counter()

    def add(self, node: Node) -> tuple[list[int], list[int]]:
        """Add ``node``; return its first and its last characters."""
        if isinstance(node, Char):
            self.chars.append(node.chars)
            return [len(self.chars) - 1], [len(self.chars) - 1]
        if isinstance(node, Sequence):
            return self._add_sequence(node)
        if isinstance(node, Choice):
            ends = [self.add(option) for option in node.options]
            return [f for first, _ in ends for f in first], [at for _, last in ends for at in last]
        first, last = self.add(node.part)
        self.steps.update((one, two) for one in last for two in first)
        return first, last

    def _add_sequence(self, node: Sequence) -> tuple[list[int], list[int]]:
        first: list[int] = []
        last: list[int] = []
        only_empty = True
        for part in node.parts:
            starts, ends = self.add(part)
            self.steps.update((one, two) for one in last for two in starts)
            first += starts if only_empty else []
            only_empty = only_empty and matches_nothing(part)
            last = [*last, *ends] if matches_nothing(part) else ends
        return first, last


def _repeats_ambiguously(repeat: Repeat) -> bool:
    graph = _Graph()
    graph.add(repeat)
    if len(graph.chars) > _MOST_PLACES:
        return False
    if any(count > 1 for count in graph.steps.values()):
        return True
    below: dict[int, list[int]] = {}
    for one, two in graph.steps:
        below.setdefault(one, []).append(two)
    return _part_and_meet(graph.chars, below)


def _part_and_meet(chars: list[Chars], below: dict[int, list[int]]) -> bool:
    """Tell whether two walks from one place can part, read the same text and meet again.

    Within a repeat every place leads to every other, so where they meet doesn't matter.
    """
    waiting = [(place, place) for place in range(len(chars))]
    known = set(waiting)
    while waiting and len(known) < _MOST_PAIRS:
        one, two = waiting.pop()
        for pair in _common(chars, below, one, two):
            if pair[0] == pair[1] and one != two:
                return True
            if pair not in known:
                known.add(pair)
                waiting.append(pair)
    return False


def _common(chars: list[Chars], below: dict[int, list[int]], one: int, two: int) -> Iterable[tuple[int, int]]:
    for first in below.get(one, ()):
        for second in below.get(two, ()):
            if not chars[first].isdisjoint(chars[second]):
                yield first, second
