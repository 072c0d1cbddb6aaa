"""The structure of a regular expression in google-re2 syntax, as far as its repeats are concerned.

Characters are sets of the 128 of ASCII and of the others that the expression names; all remaining ones count
as a single character. Counted repeats are written out up to a few copies.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import TypeAlias

Chars = frozenset[str]
"""Characters; ``OTHER`` stands for all that are neither ASCII nor named."""

OTHER = "other"


@dataclass(frozen=True, slots=True)
class Char:
    """One character out of a set."""

    chars: Chars


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts that follow each other; none at all is an anchor or the empty expression."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part any number of times; at least once unless ``optional``."""

    part: Node
    optional: bool


Node: TypeAlias = "Char | Sequence | Choice | Repeat"

_EMPTY = Sequence(())
_ASCII = frozenset(map(chr, range(128)))
_CLASSES = {
    "d": frozenset(string.digits),
    "w": frozenset(string.ascii_letters + string.digits + "_"),
    "s": frozenset("\t\n\f\r "),
}
_NAMED = {
    "alnum": frozenset(string.ascii_letters + string.digits),
    "alpha": frozenset(string.ascii_letters),
    "ascii": _ASCII,
    "blank": frozenset("\t "),
    "cntrl": frozenset([*map(chr, range(32)), "\x7f"]),
    "digit": _CLASSES["d"],
    "graph": frozenset(map(chr, range(33, 127))),
    "lower": frozenset(string.ascii_lowercase),
    "print": frozenset(map(chr, range(32, 127))),
    "punct": frozenset(string.punctuation),
    "space": frozenset("\t\n\v\f\r "),
    "upper": frozenset(string.ascii_uppercase),
    "word": _CLASSES["w"],
    "xdigit": frozenset(string.hexdigits),
}
_UNICODE = {"L": _NAMED["alpha"], "Lu": _NAMED["upper"], "Ll": _NAMED["lower"], "N": _CLASSES["d"]}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_COUNT = re.compile(r"\{(\d+)(,?)(\d*)\}")
_NUMBER = re.compile(r"x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{2})|([0-7]{1,3})")
_PROPERTY = re.compile(r"[pP](?:\{\^?(\w+)\}|(\w))")
_GROUP = re.compile(r"\?(?:P?<\w+>|([imsU-]*)([:)]))")
_COPIES = 8
_MORE_COPIES = 2


def parse_expression(pattern: str) -> Node:
    """Return the structure of an expression that google-re2 has compiled.

    Raises:
        ValueError: it uses something this reader doesn't know.
    """
    return _Reader(pattern).read()


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._place = 0
        flags = "".join(re.findall(r"\(\?([imsU]+)", pattern))
        self._any_case = "i" in flags
        self._dot_all = "s" in flags
        self._universe = _ASCII | {OTHER} | {char for char in pattern if not char.isascii()}

    def read(self) -> Node:
        node = self._choice()
        if self._place < len(self._text):
            raise ValueError("a bracket too many")
        return node

    def _at(self, text: str) -> bool:
        return self._text.startswith(text, self._place)

    def _take(self, count: int = 1) -> str:
        taken = self._text[self._place : self._place + count]
        self._place += count
        return taken

    def _choice(self) -> Node:
        options = [self._sequence()]
        while self._at("|"):
            self._take()
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._place < len(self._text) and not (self._at("|") or self._at(")")):
            if self._at("\\Q"):
                parts += self._quoted()
            else:
                parts.append(self._repeated(self._atom()))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _quoted(self) -> list[Node]:
        literal, _, _ = self._text[self._place + 2 :].partition("\\E")
        self._place += 2 + len(literal) + len("\\E")
        nodes: list[Node] = [self._char(frozenset(char)) for char in literal]
        return [*nodes[:-1], self._repeated(nodes[-1])] if nodes else []

    def _atom(self) -> Node:
        char = self._take()
        if char == "(":
            return self._group()
        if char in "^$":
            return _EMPTY
        if char == ".":
            return Char(self._universe if self._dot_all else self._universe - {"\n"})
        if char == "[":
            return Char(self._class())
        if char != "\\":
            return self._char(frozenset(char))
        if self._text[self._place : self._place + 1] in tuple("bBAzE"):
            self._take()
            return _EMPTY
        return self._char(self._escape())

    def _group(self) -> Node:
        head = _GROUP.match(self._text, self._place)
        if head:
            self._place = head.end()
            if head[2] == ")":
                return _EMPTY
        elif self._at("?"):
            raise ValueError("an unknown kind of group")
        node = self._choice()
        if self._take() != ")":
            raise ValueError("a bracket is missing")
        return node

    def _repeated(self, node: Node) -> Node:
        while self._place < len(self._text):
            count = _COUNT.match(self._text, self._place)
            if count:
                self._place = count.end()
                node = _counted(node, int(count[1]), count[2], count[3])
            elif self._text[self._place] in "*+?":
                mark = self._take()
                node = Choice((node, _EMPTY)) if mark == "?" else Repeat(node, optional=mark == "*")
            else:
                break
            if self._at("?"):
                self._take()
        return node

    def _char(self, chars: Chars) -> Char:
        if not self._any_case:
            return Char(chars)
        return Char(chars | {c.lower() for c in chars} | {c.upper() for c in chars if c != OTHER})

    def _escape(self) -> Chars:
        """Return what an escape behind its backslash stands for."""
        number = _NUMBER.match(self._text, self._place)
        if number:
            self._place = number.end()
            digits = number[1] or number[2]
            code = int(digits, 16) if digits else int(number[3], 8)
            return frozenset(chr(code)) if chr(code) in self._universe else frozenset({OTHER})
        named = _PROPERTY.match(self._text, self._place)
        if named:
            self._place = named.end()
            inside = _UNICODE.get(named[1] or named[2], frozenset()) | (self._universe - _ASCII)
            return inside if named[0][0] == "p" and "^" not in named[0] else self._universe - inside
        char = self._take()
        if char.lower() in _CLASSES:
            chars = _CLASSES[char.lower()]
            return chars if char.islower() else self._universe - chars
        return frozenset(_CONTROLS.get(char, char))

    def _class(self) -> Chars:
        negated = self._at("^")
        self._place += negated
        chars: Chars = frozenset()
        first = True
        while first or not self._at("]"):
            first = False
            if self._place >= len(self._text):
                raise ValueError("a class has no end")
            chars |= self._item()
        self._take()
        chars = self._char(chars).chars
        return self._universe - chars if negated else chars

    def _item(self) -> Chars:
        if self._at("[:"):
            name = self._text[self._place + 2 : self._text.index(":]", self._place)]
            self._place += len(name) + len("[::]")
            chars = _NAMED.get(name.removeprefix("^"), frozenset())
            return self._universe - chars if name.startswith("^") else chars
        low = self._single()
        if not self._at("-") or self._text.startswith("-]", self._place) or len(low) != 1:
            return low
        self._take()
        return self._range(min(low), min(self._single()))

    def _single(self) -> Chars:
        char = self._take()
        return self._escape() if char == "\\" else frozenset(char)

    def _range(self, low: str, high: str) -> Chars:
        if high == OTHER or not high.isascii():
            named = {
                char for char in self._universe - {OTHER} if low <= char and (high == OTHER or char <= high)
            }
            return frozenset(named | {OTHER})
        return frozenset(map(chr, range(ord(low), ord(high) + 1)))


def _counted(node: Node, low: int, comma: str, high: str) -> Node:
    copies: list[Node] = [node] * min(low, _COPIES)
    if comma and not high:
        copies.append(Repeat(node, optional=True))
    elif high:
        optional = min(int(high) - low, _MORE_COPIES)
        copies += [Choice((node, _EMPTY))] * optional
    return Sequence(tuple(copies))
