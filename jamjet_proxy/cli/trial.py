"""How ``jamjet-proxy redact test`` shows a text or a document before and after redaction."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from jamjet_proxy.cli.output import print_table, printable

Found = dict[str, Any]

_COLOURS = (31, 32, 33, 34, 35, 36, 91, 92, 93, 94, 95, 96)
_CHANGED = 33
_KEPT = frozenset("\n\t")
_DROPPED = "(nothing: a rule refuses the whole event)"


class Paint:
    """Gives each type a colour, on a terminal whose user hasn't set NO_COLOR; elsewhere it does nothing."""

    def __init__(self, types: Iterable[str]) -> None:
        self.on = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._colours = {kind: _COLOURS[n % len(_COLOURS)] for n, kind in enumerate(dict.fromkeys(types))}

    def type(self, text: str, kind: str) -> str:
        """Return ``text`` in the colour of the type ``kind``."""
        return self._in(text, self._colours[kind])

    def changed(self, text: str) -> str:
        """Return ``text`` in the colour of what differs before and after."""
        return self._in(text, _CHANGED)

    def print_legend(self) -> None:
        """Say which colour is which type."""
        if self.on and self._colours:
            print("  ".join(self.type(printable(kind), kind) for kind in self._colours))

    def _in(self, text: str, colour: int) -> str:
        return f"\x1b[1;{colour}m{text}\x1b[0m" if self.on else text


def show_text(text: str, answer: dict[str, Any]) -> None:
    """Print ``text`` and what became of it, and a table of what was found."""
    spans = _without_overlaps(answer["spans"])
    done = [span for span in spans if not span["shadow"]]
    paint = Paint(span["type"] for span in answer["spans"])
    _print_block("before", _painted(text, spans, [text[s["start"] : s["end"]] for s in spans], paint))
    after = _painted(text, done, [s["replacement"] for s in done], paint)
    _print_block("after", _DROPPED if answer["dropped"] else after)
    paint.print_legend()
    counts = Counter((s["type"], s["rule"], s["method"], _mode(s)) for s in answer["spans"])
    _print_found(
        ("type", "rule", "method", "mode", "count"), [(*key, count) for key, count in counts.items()]
    )


def show_document(document: Any, answer: dict[str, Any]) -> None:
    """Print ``document`` and what became of it, and a table of what was found where."""
    before, after = _lines(document), _lines(answer["redacted"])
    changed = {n for n, (old, new) in enumerate(zip(before, after, strict=False)) if old != new}
    paint = Paint(())
    _print_block("before", _marked(before, changed, paint))
    _print_block("after", _DROPPED if answer["dropped"] else _marked(after, changed, paint))
    rows = [(f["type"], f["rule"], f["path"], _mode(f), f["count"]) for f in answer["findings"]]
    _print_found(("type", "rule", "path", "mode", "count"), rows)


def _without_overlaps(spans: list[Found]) -> list[Found]:
    """Return ``spans`` in order, without those of rules that only watch what another one replaces."""
    done = [span for span in spans if not span["shadow"]]
    watched = [
        span
        for span in spans
        if span["shadow"]
        and not any(span["start"] < other["end"] and other["start"] < span["end"] for other in done)
    ]
    return sorted([*done, *watched], key=lambda span: int(span["start"]))


def _painted(text: str, spans: Sequence[Found], shown: Sequence[str], paint: Paint) -> str:
    """Return ``text`` with ``shown`` in place of each of ``spans``."""

    def parts() -> Iterator[str]:
        at = 0
        for span, piece in zip(spans, shown, strict=True):
            yield _safe(text[at : span["start"]])
            yield paint.type(_safe(piece), span["type"])
            at = span["end"]
        yield _safe(text[at:])

    return "".join(parts())


def _safe(text: str) -> str:
    return "".join(character if character in _KEPT else printable(character) for character in text)


def _lines(document: Any) -> list[str]:
    return [printable(line) for line in json.dumps(document, indent=2, ensure_ascii=False).split("\n")]


def _marked(lines: list[str], changed: set[int], paint: Paint) -> str:
    return "\n".join(paint.changed(line) if n in changed else line for n, line in enumerate(lines))


def _mode(found: Found) -> str:
    return "shadow" if found["shadow"] else "enforce"


def _print_block(title: str, text: str) -> None:
    print(f"{title}:\n{text.rstrip()}\n")


def _print_found(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    if not rows:
        print("Nothing was found.")
        return
    print_table(
        titles, [[value if isinstance(value, int) else printable(value) for value in row] for row in rows]
    )
