"""Section: how much of a labelled corpus the engines find, scored by the corpus's own scorer."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

from redaction_engines import OURS, Engine, Failed
from redaction_report import Section

_PLACEHOLDER = re.compile(r"\[([A-Z][A-Z0-9_]*)\]")
_LEAST_F1, _LEAST_TYPE_F1, _MOST_LEAK, _MOST_ALARM = 0.985, 0.98, 0.01, 0.02


class NoCorpus(Exception):
    """The corpus or its scorer isn't there."""


def corpus_texts(folder: Path) -> list[str]:
    """Return the texts of the corpus in ``folder``; none when there is no corpus."""
    file = folder / "texts.jsonl"
    return [row["text"] for row in _rows(file)] if file.exists() else []


def accuracy(engines: list[Engine], folder: Path) -> Section:
    """Score the engines on ``texts.jsonl`` and ``docs.jsonl`` in ``folder``.

    Raises:
        NoCorpus: they are not there.
    """
    score = _scorer(folder)
    section = Section(f"Accuracy on {folder.name}/texts.jsonl")
    _texts(section, engines, score, _rows(folder / "texts.jsonl"))
    if (folder / "docs.jsonl").exists():
        _documents(section, engines, score, _rows(folder / "docs.jsonl"))
    return section


def _scorer(folder: Path) -> Any:
    places = [folder / "score.py", folder.parent / "score.py"]
    found = next((place for place in places if place.exists()), None)
    if found is None or not (folder / "texts.jsonl").exists():
        raise NoCorpus(f"no labelled corpus in {folder} (--corpus FOLDER), so accuracy was not measured")
    spec = importlib.util.spec_from_file_location("score", found)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _rows(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


# --- texts ----------------------------------------------------------------------------------------------


def _texts(section: Section, engines: list[Engine], score: Any, rows: list[Any]) -> None:
    labelled = {kind for row in rows for _, _, kind in row["spans"]}
    types = [kind for kind in score.TYPES if kind != "SECRET" or kind in labelled]
    table = []
    for engine in engines:
        for way in _ways(engine):
            result, _ = score.score_texts(rows, _prediction(engine, way, score, rows), types)
            table.append(_line(f"{engine.title} ({way})", result, types))
            if engine.name == "compiled":
                _judge(section, way, result)
    section.body.append(
        f"{len(rows)} texts; F1 by exact match. What only redacts is read back from its output."
    )
    section.table(("engine", "micro F1", *types, "leak %", "alarm %", "over %"), table)


def _ways(engine: Engine) -> list[str]:
    both = engine.name in OURS
    return [
        way
        for way in ("detect", "redact")
        if (engine.detects if way == "detect" else both or not engine.detects)
    ]


def _prediction(engine: Engine, way: str, score: Any, rows: list[Any]) -> Any:
    answers = engine.ask(way, texts=[row["text"] for row in rows])
    if way == "redact":
        answers = [
            score.align(row["text"], redacted, _PLACEHOLDER)
            for row, redacted in zip(rows, answers, strict=True)
        ]
    found = {row["id"]: answer for row, answer in zip(rows, answers, strict=True)}
    return lambda row: found[row["id"]]


def _line(title: str, result: Any, types: list[str]) -> list[str]:
    return [
        title,
        f"{result['micro']['f1']:.3f}",
        *(f"{result['per_type'][kind]['f1']:.3f}" if kind in result["per_type"] else "-" for kind in types),
        *(f"{100 * result[name]:.2f}" for name in ("leak", "alarm", "over")),
    ]


def _judge(section: Section, way: str, result: Any) -> None:
    section.demand(f"micro F1 ({way})", result["micro"]["f1"], least=_LEAST_F1)
    for kind, figures in result["per_type"].items():
        section.demand(f"F1 of {kind} ({way})", figures["f1"], least=_LEAST_TYPE_F1)
    section.demand(f"the share of values leaked ({way})", result["leak"], most=_MOST_LEAK)
    section.demand(f"the share of clean texts touched ({way})", result["alarm"], most=_MOST_ALARM)


# --- documents ------------------------------------------------------------------------------------------


def _documents(section: Section, engines: list[Engine], score: Any, rows: list[Any]) -> None:
    table = []
    for engine in engines:
        result = _score_documents(engine, score, rows)
        table.append(
            [
                engine.title,
                f"{result['leaked']}/{result['values']}",
                *(result["by_how"].values()),
                result["lost_keep"],
                result["broken_nested_json"],
                str(result["crash"]),
            ]
        )
        if engine.name == "compiled":
            _judge_documents(section, result)
    section.body.append(
        f"{len(rows)} documents: values that leaked, by where they stood; ids that were lost."
    )
    section.table(("engine", "leaked", *result["by_how"], "ids lost", "nested JSON broken", "crashes"), table)


def _score_documents(engine: Engine, score: Any, rows: list[Any]) -> Any:
    answers = iter(engine.ask("documents", documents=[row["doc"] for row in rows]))

    def redacted(_: Any) -> Any:
        answer = next(answers)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer["value"]

    return score.score_docs(rows, redacted)[0]


def _judge_documents(section: Section, result: Any) -> None:
    section.demand("values leaked from documents", result["leaked"], most=0)
    section.demand("ids lost in documents", int(result["lost_keep"].split("/")[0]), most=0)
    section.demand("nested JSON broken", int(result["broken_nested_json"].split("/")[0]), most=0)
    section.demand("documents that crashed", result["crash"], most=0)
