"""How good and how fast redaction is, beside the engines people have today.

    python bench/redaction.py [--only accuracy,speed,events,rules,adversarial] [--rounds 5]
                              [--engines compiled,python,sdk,presidio,datafog] [--corpus FOLDER]

Every engine is a process of its own on the same core. The rounds are interleaved, so that a machine that
slows down slows everybody down; read the ratios. Exit status 1: the compiled engine missed a target.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from redaction_accuracy import NoCorpus, accuracy, corpus_texts
from redaction_engines import KINDS, OURS, Engine, started
from redaction_report import Section
from redaction_slow import adversarial
from redaction_speed import events, rules, speed

_CORPUS = Path(__file__).parents[2] / "shared/pii/dev"

Measure = Callable[[list[Engine], argparse.Namespace], Section]
_SECTIONS: dict[str, Measure] = {
    "accuracy": lambda engines, options: accuracy(engines, options.corpus),
    "speed": lambda engines, options: speed(engines, corpus_texts(options.corpus), options.rounds),
    "events": lambda engines, options: events(engines, options.rounds),
    "rules": lambda engines, options: rules(engines, options.rounds),
    "adversarial": lambda engines, _: adversarial(engines),
}


def main() -> int:
    """Run the benchmark the command line describes."""
    options = _options()
    with started(options.engines) as (engines, absent):
        _introduce(engines, absent)
        sections = list(_sections(engines, options))
    if absent_ours := set(OURS) & set(options.engines) - {engine.name for engine in engines}:
        print(f"\nNot measured: {', '.join(sorted(absent_ours))}")
        return 1
    missed = [sentence for section in sections for sentence in section.missed]
    checked = sum(section.checked for section in sections)
    print(f"\n{checked - len(missed)} of {checked} targets reached.")
    for sentence in missed:
        print(f"- MISSED: {sentence}")
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/redaction.py", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--only", type=_names(_SECTIONS), default=list(_SECTIONS), help=",".join(_SECTIONS))
    parser.add_argument("--engines", type=_names(KINDS), default=list(KINDS), help=",".join(KINDS))
    parser.add_argument("--rounds", type=int, default=5, help="how often every time is taken (5)")
    parser.add_argument("--corpus", type=Path, default=_CORPUS, metavar="FOLDER", help="with texts.jsonl")
    return parser.parse_args()


def _names(known: dict[str, object]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        names = text.split(",")
        if unknown := set(names) - known.keys():
            raise argparse.ArgumentTypeError(f"no such thing: {', '.join(sorted(unknown))}")
        return names

    return parse


def _introduce(engines: list[Engine], absent: list[str]) -> None:
    print("# Redaction beside other engines\n")
    for engine in engines:
        print(f"- {engine.title}: {engine.version}, Python {engine.python}")
    for reason in absent:
        print(f"- left out: {reason}")


def _sections(engines: list[Engine], options: argparse.Namespace) -> Iterator[Section]:
    for name in options.only:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        try:
            section = _SECTIONS[name](engines, options)
        except NoCorpus as reason:
            section = Section(name.capitalize(), [str(reason)])
        print(f"\n{section}", flush=True)
        yield section


if __name__ == "__main__":
    sys.exit(main())
