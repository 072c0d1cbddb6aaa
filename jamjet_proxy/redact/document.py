"""Redaction inside Python objects that are like JSON: dicts, lists, strings, numbers, booleans and None."""

from __future__ import annotations

from math import isfinite
from typing import Any

import msgspec

from jamjet_proxy.redact.engine import Counts, TextEngine
from jamjet_proxy.redact.fold import encodable
from jamjet_proxy.redact.paths import Place
from jamjet_proxy.redact.protected import PROTECTED, is_protected
from jamjet_proxy.redact.scope import Scope
from jamjet_proxy.redact.walk import Findings, free_name, redact_string

_LEAST_NUMBER = 10**5  # shorter ones are nobody's number
_DEEPEST = 400
_SCALARS = (str, int, float, type(None))


class DocumentWalk:
    """Walks one object.

    Args:
        engine: finds and replaces in single texts.
        scope: of this document.
        findings: the counts to add to.
    """

    def __init__(self, engine: TextEngine, scope: Scope, findings: Findings) -> None:
        self._engine = engine
        self._scope = scope
        self._findings = findings
        self._steps: list[str] = []

    def run(self, document: Any) -> Any:
        """Return ``document`` redacted; the same object when nothing was replaced.

        Raises:
            EventDropped, RedactionTimeout: it must not be stored.
            TypeError: something in it is not like JSON; says where.
            ValueError: it is nested too deep, or contains itself.
        """
        return self._value(document, "", self._engine.root)

    def _value(self, value: Any, key: str, place: Place | None) -> Any:
        if isinstance(value, str):
            # Of an enum's member, whose own formatting says something else, the text counts.
            plain = value if type(value) is str else str.__str__(value)
            changed = self._string(plain, key, place)
            return value if changed == plain else changed
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return self._number(value, key, place)
        if len(self._steps) > _DEEPEST:
            raise ValueError(f"the document is nested deeper than {_DEEPEST} levels, or contains itself")
        if isinstance(value, dict):
            return self._mapping(value, place)
        if isinstance(value, list | tuple):
            return self._array(value, key, place)
        return self._foreign(value, key, place)

    def _string(self, value: str, key: str, place: Place | None) -> str:
        every = place is not None
        return redact_string(
            self._engine, encodable(value), key, place, self._scope, self._findings, self._where, every=every
        )

    def _number(self, value: int | float, key: str, place: Place | None) -> Any:
        if (isinstance(value, float) and not isfinite(value)) or (
            place is None and abs(value) < _LEAST_NUMBER
        ):
            return value
        try:
            text = repr(value)
        except ValueError:  # more digits than the interpreter writes
            raise ValueError(f"{self._where() or 'the document'}: a number with too many digits") from None
        changed, counts = self._engine.redact_leaf(text, key, place, self._scope, is_number=True)
        self._count(counts)
        return value if changed is text else changed

    def _mapping(self, value: dict[Any, Any], place: Place | None) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        changed = False
        for name, item in value.items():
            new_name, counts = self._name(name, place, result)
            self._steps.append(f".{new_name}")
            self._count(counts)
            below = place.below(str(name)) if place is not None else None
            if len(self._steps) == 1 and _is_protected(name, item):
                new_item = item
            else:
                new_item = self._value(item, encodable(str(name)), below)
                if new_name is not name:  # a second reading will find it under that name
                    new_item = self._value(new_item, str(new_name), below)
            self._steps.pop()
            result[new_name] = new_item
            changed = changed or new_item is not item or new_name is not name
        return result if changed else value

    def _name(self, name: Any, place: Place | None, taken: dict[Any, Any]) -> tuple[Any, Counts]:
        """Return the name of an entry, redacted; a name that is a number stays one unless it is redacted."""
        if isinstance(name, bool) or not isinstance(name, str | int | float):
            where = self._where() or "the document"
            raise TypeError(f"{where}: a key of type {type(name).__name__} is not JSON")
        text = encodable(str(name))
        changed, counts = self._engine.redact_key(text, place, self._scope)
        stays = changed is text and (text is name or not isinstance(name, str)) and name not in taken
        return name if stays else free_name(changed, taken), counts

    def _array(self, value: list[Any] | tuple[Any, ...], key: str, place: Place | None) -> Any:
        result: list[Any] = []
        changed = False
        for number, item in enumerate(value):
            self._steps.append(f"[{number}]")
            new = self._value(item, key, place.below(number) if place is not None else None)
            self._steps.pop()
            result.append(new)
            changed = changed or new is not item
        return result if changed else value

    def _foreign(self, value: Any, key: str, place: Place | None) -> Any:
        """Return a value that JSON has no form of its own for, such as a time, in the form it is given."""
        try:
            if isinstance(value, bytes | bytearray | memoryview):
                raise TypeError  # noqa: TRY301 - in base64, as which it would count, nothing can be found
            plain = msgspec.to_builtins(value, str_keys=True)
        except TypeError:
            where = self._where() or "the document"
            raise TypeError(f"{where}: a value of type {type(value).__name__} is not JSON") from None
        changed = self._value(plain, key, place)
        return value if changed is plain else changed

    def _count(self, counts: Counts) -> None:
        for label, count in counts.items():
            self._findings[self._where(), label] += count

    def _where(self) -> str:
        return "".join(self._steps).removeprefix(".")


def _is_protected(name: Any, value: Any) -> bool:
    if name not in PROTECTED or not isinstance(value, _SCALARS):
        return False
    try:
        return is_protected(name, msgspec.json.encode(value))
    except (OverflowError, UnicodeEncodeError):
        return False
