"""One engine in a process of its own: a JSON request a line in, a JSON answer a line out.

    PYTHON bench/redaction_worker.py ENGINE

Runs on the Python of the environment that has the engine, so it needs nothing beside that and the
standard library. Times are processor time of this process, so whoever else uses the core isn't counted.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, TextIO

HERE = Path(__file__).resolve().parent

Spans = list[tuple[int, int, str]]
Json = Any

_ONCE_AT_MOST_S = 0.25  # a single call that is quicker is repeated, and its best time counts
_ONCE = 5


class Engine(Protocol):
    """What every engine is asked for; ``detect`` is None where an engine only replaces."""

    version: str
    detect: Callable[[str], Spans] | None

    def redact(self, text: str) -> str:
        """Return ``text`` with ``[TYPE]`` in place of values."""

    def document(self, value: Json) -> Json:
        """Return a JSON-like value without personal data."""

    def span(self, body: bytes) -> bytes:
        """Return an event without personal data, bytes to bytes."""


class _OnStrings:
    """Documents for an engine that knows texts alone: its strings, one by one, as the SDK does it."""

    def redact(self, text: str) -> str:
        raise NotImplementedError

    def document(self, value: Json) -> Json:
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, dict):
            return {key: self.document(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.document(item) for item in value]
        return value

    def span(self, body: bytes) -> bytes:
        return _encode(self.document(json.loads(body)))


def _encode(value: Json) -> bytes:
    # As the SDK's HTTP client writes JSON.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


# --- engines ------------------------------------------------------------------------------------------


class Ours:
    """jamjet-proxy, as the receiver of events calls it."""

    def __init__(self, *, compiled: bool) -> None:
        sys.path.insert(0, str(HERE.parent))
        import msgspec

        from jamjet_proxy import __version__
        from jamjet_proxy.redact import Redactor

        if compiled and Redactor()._core is None:
            sys.exit("the compiled core is not built, or not in use")
        self.version = __version__
        self._compiled = compiled
        self._make = Redactor
        self._decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
        self._encode = msgspec.json.encode
        self._use(Redactor(compiled=compiled))

    def _use(self, redactor: Any) -> None:
        self.detect = redactor.detect
        self.redact = redactor.redact
        self.document = redactor.redact_document
        self._redact_fields = redactor.redact_fields

    def span(self, body: bytes) -> bytes:
        """Do what ``ingest.receiver`` does with an event."""
        return self._encode(self._redact_fields(self._decode(body))[0])

    def rules(self, settings: Json) -> None:
        """Go on with the rules of a ``redaction:`` section."""
        from jamjet_proxy.config import Config
        from jamjet_proxy.services.redactors import Redactors

        rules = Redactors(Config.model_validate({"redaction": settings})).named(None).rules
        self._use(self._make(rules, compiled=self._compiled))


class Sdk:
    """The published JamJet SDK: its regular expressions, one after the other."""

    detect = None

    def __init__(self) -> None:
        from jamjet.cloud import redaction

        self.version = version("jamjet")
        self.redact = redaction.redact
        self.document = redaction._redact_dict

    def span(self, body: bytes) -> bytes:
        return _encode(self.document(json.loads(body)))


class Presidio(_OnStrings):
    """Presidio's pattern recognizers from a score of 0.4 on; words for context, but no language model."""

    _ENTITIES = ("EMAIL_ADDRESS", "CREDIT_CARD", "US_SSN", "PHONE_NUMBER", "IP_ADDRESS", "IBAN_CODE")

    def __init__(self) -> None:
        import logging

        import tldextract
        from presidio_analyzer import AnalyzerEngine

        logging.disable(logging.WARNING)
        tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())  # its own list, no download
        self.version = version("presidio-analyzer")
        self._analyzer = AnalyzerEngine(nlp_engine=_words_alone(), default_score_threshold=0.4)

    def detect(self, text: str) -> Spans:
        found = self._analyzer.analyze(text=text, language="en", entities=list(self._ENTITIES))
        return [(result.start, result.end, result.entity_type) for result in found]

    def redact(self, text: str) -> str:
        return _replace(text, self.detect(text))


def _words_alone() -> Any:
    """Return Presidio's language engine around a tokenizer, whose lemmas are the words in lower case."""
    import spacy
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from spacy.language import Language

    @Language.component("words")
    def _words(document: Any) -> Any:
        for token in document:
            token.lemma_ = token.lower_
        return document

    engine = SpacyNlpEngine()
    english = spacy.blank("en")
    english.add_pipe("words")
    engine.nlp = {"en": english}
    return engine


class Datafog(_OnStrings):
    """datafog-core, kept to our types: with all that is on by default it takes three times as long.

    Its own way with documents finds no more in them and takes longer than going through their strings.
    """

    def __init__(self) -> None:
        import datafog_core

        types = ["EMAIL", "PHONE", "SSN", "CREDIT_CARD", "IP_ADDRESS", "DE_IBAN"]
        self._scan = {"entities": types, "locale": "de"}
        self._config = {"scan": self._scan, "transform": {"default": {"strategy": "redact"}}}
        self.version = version("datafog-core")
        self._core = datafog_core

    def detect(self, text: str) -> Spans:
        found = self._core.scan(text, self._scan)
        return [(it.codepoint_range.start, it.codepoint_range.end, _plain(it.entity_type)) for it in found]

    def redact(self, text: str) -> str:
        return self._core.scan_and_transform(text, self._config).text


def _plain(kind: str) -> str:
    return kind.removeprefix("DE_")


def _replace(text: str, found: Spans) -> str:
    pieces: list[str] = []
    done = 0
    for start, end, kind in sorted(found):
        if end > done:
            pieces += (text[done : max(start, done)], f"[{kind}]")
            done = end
    return "".join(pieces) + text[done:]


_MAKERS: dict[str, Callable[[], Any]] = {
    "compiled": lambda: Ours(compiled=True),
    "python": lambda: Ours(compiled=False),
    "sdk": Sdk,
    "presidio": Presidio,
    "datafog": Datafog,
}


# --- requests -----------------------------------------------------------------------------------------


class Worker:
    """Answers requests with one engine; texts and events to be timed are sent once and kept by name."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._kept: dict[str, list[Any]] = {}

    def hello(self) -> Json:
        detects = self._engine.detect is not None
        return {"version": self._engine.version, "python": platform.python_version(), "detects": detects}

    def keep(self, name: str, items: list[str], encoded: bool) -> None:
        self._kept[name] = [item.encode() for item in items] if encoded else items

    def rules(self, settings: Json) -> None:
        self._engine.rules(settings)

    def detect(self, texts: list[str]) -> Json:
        return [self._engine.detect(text) for text in texts]

    def redact(self, texts: list[str]) -> Json:
        return [self._engine.redact(text) for text in texts]

    def documents(self, documents: list[Json]) -> Json:
        return [self._document(document) for document in documents]

    def time(self, what: str, name: str, seconds: float) -> Json:
        """Return the seconds of one pass over what is kept under ``name``, from passes for ``seconds``."""
        call, items = getattr(self._engine, what), self._kept[name]
        passes, start = 0, time.process_time()
        while (taken := time.process_time() - start) < seconds or not passes:
            for item in items:
                call(item)
            passes += 1
        return taken / passes

    def once(self, what: str, text: str) -> Json:
        """Return the seconds of one call, the best of a few where it is quick."""
        item = text.encode() if what == "span" else text
        call = getattr(self._engine, what)
        return min(_times(lambda: call(item)))

    def _document(self, document: Json) -> Json:
        try:
            return {"value": self._engine.document(document)}
        except Exception as error:  # noqa: BLE001 - a crash of an engine is a result
            return {"error": f"{type(error).__name__}: {error}"}


def _times(call: Callable[[], object]) -> Iterator[float]:
    spent = 0.0
    for _ in range(_ONCE):
        start = time.process_time()
        call()
        yield (taken := time.process_time() - start)
        spent += taken
        if spent > _ONCE_AT_MOST_S:
            return


def _answer(worker: Worker, request: Json) -> Json:
    try:
        return {"answer": getattr(worker, request.pop("do"))(**request)}
    except Exception as error:  # noqa: BLE001 - the other side decides what a fault means
        return {"error": f"{type(error).__name__}: {error}"}


def _own_output() -> TextIO:
    """Take standard output for the answers; what an engine prints goes to standard error."""
    mine = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    return mine


def main() -> None:
    """Answer until the requests end."""
    output = _own_output()
    worker = Worker(_MAKERS[sys.argv[1]]())
    gc.freeze()
    for line in sys.stdin:
        output.write(json.dumps(_answer(worker, json.loads(line))) + "\n")
        output.flush()


if __name__ == "__main__":
    main()
