"""Expressions of the operator's own, in google-re2: time is linear in the text, whatever they say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import re2  # type: ignore[import-untyped,unused-ignore]

from jamjet_proxy.redact.ambiguity import is_ambiguous, matches_nothing
from jamjet_proxy.redact.expression import parse_expression

_LOOK_AROUND = re.compile(r"\(\?<?[=!]")
_BACK_REFERENCE = re.compile(r"\\[1-9]|\\k[<{']|\(\?P=")
_UNGIVING = re.compile(r"\(\?>|[*+?}]\+")
_TOO_LARGE = re.compile(r"too large|repetition size|out of memory")
_LONGEST = 10_000
_SET_MEMORY_BYTES = 64 << 20
_SENTINEL = "\x00\x01\x00"
_ESCAPE = r"\\[pP]\{[^}]*\}|\\[^Az]"
_CLASS = r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]"
_ANCHORS = re.compile(rf"({_ESCAPE}|{_CLASS}|[^\^$\\\[])|[\^$]|\\[Az]", re.DOTALL)

_AMBIGUOUS = (
    "it repeats what is repeated already, as in (a+)+ or (a|aa)+, so that one text can be read in very many"
    " ways; repeat once, or put something that must come between the repeats, as in \\w+(?:-\\w+)*"
)


def compile_pattern(pattern: str) -> re2._Regexp:
    """Compile an expression.

    Raises:
        ValueError: it is not valid google-re2 syntax, or too large; the message is one sentence.
    """
    if len(pattern) > _LONGEST:
        raise ValueError(f"longer than {_LONGEST} characters; split it into several rules")
    try:
        return re2.compile(pattern, _options())
    except re2.error as fault:
        message = _explain(pattern, fault)
    # Raised here, outside the handler: one cause is enough for the reader.
    raise ValueError(message)


def check_pattern(pattern: str) -> None:
    """Check an expression that is to find values.

    Raises:
        ValueError: it can't be compiled, matches nothing at all, or repeats ambiguously; says which.
    """
    compiled = compile_pattern(pattern)
    try:
        structure = parse_expression(pattern)
    except RecursionError:
        raise ValueError("its brackets are nested too deep") from None
    except ValueError:
        empty, ambiguous = bool(compiled.search("")), False
    else:
        empty, ambiguous = matches_nothing(structure), is_ambiguous(structure)
    if empty:
        raise ValueError(
            "it matches the empty text; ask for at least one character, with + instead of * for instance"
        )
    if ambiguous:
        raise ValueError(_AMBIGUOUS)


def _options(memory_bytes: int | None = None) -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    if memory_bytes:
        options.max_mem = memory_bytes
    return options


def _explain(pattern: str, fault: Exception) -> str:
    if _LOOK_AROUND.search(pattern):
        return (
            "look-ahead and look-behind are not supported (google-re2 syntax); match the whole, and use \\b,"
            " keys, paths or an allow list to say where"
        )
    if _BACK_REFERENCE.search(pattern):
        return "back-references are not supported (google-re2 syntax); write the repeated part out"
    if _UNGIVING.search(pattern):
        return (
            "possessive and atomic parts are not supported (google-re2 syntax) and not needed: leave them out"
        )
    reason = fault.args[0] if fault.args else "unknown error"
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return f"{text}; make it smaller, with lower counts in {{}}" if _TOO_LARGE.search(text) else text


class PatternSet:
    """Several expressions that are looked for in one pass.

    Args:
        patterns: expressions that ``compile_pattern`` takes.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._all = list(range(len(patterns)))
        self._set = _compile_set(patterns) if len(patterns) > 1 else None

    def hits(self, text: str | bytes) -> Iterable[int]:
        """Return the positions of the patterns that may match in ``text`` (all that do are among them)."""
        if self._set is None:
            return self._all
        found = self._set.Match(text)
        return [number for number in found if number < len(self._all)] if found else ()


def _compile_set(patterns: Sequence[str]) -> re2.Set | None:
    """Return the set, or None when it is too large to be of use: each pattern is then tried by itself."""
    made = re2.Set.SearchSet(_options(_SET_MEMORY_BYTES))
    try:
        for pattern in patterns:
            made.Add(pattern)
        # A set that runs out of memory answers as if nothing had matched; that shows here.
        sentinel = made.Add(re2.escape(_SENTINEL))
        made.Compile()
    except re2.error:
        return None
    return made if sentinel in (made.Match(_SENTINEL) or ()) else None


def without_anchors(pattern: str) -> str | None:
    """Return an expression that finds ``pattern`` wherever the text it stands in ends; None if unknown."""
    if "\\Q" in pattern:
        return None
    freed = _ANCHORS.sub(lambda token: token[1] or "", pattern)
    try:
        compile_pattern(freed)
    except ValueError:
        return None
    return freed
