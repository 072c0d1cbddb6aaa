"""The sound part of settings of which some are wrong, so that the rest can be checked in the same go."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic_core import ErrorDetails

from jamjet_proxy.config.document import Value
from jamjet_proxy.config.findings import KeyPath
from jamjet_proxy.config.places import follow


class SoundPart:
    """Settings without those that pydantic refuses.

    Args:
        settings: all of them.
        errors: what pydantic says about them.

    Attributes:
        settings: what is left; None when that can't be told.
    """

    def __init__(self, settings: dict[str, Value], errors: Iterable[ErrorDetails]) -> None:
        self._wrong = set(map(_place, errors))
        self._holds_wrong = {path[:length] for path in self._wrong for length in range(len(path))}
        self._kept: dict[KeyPath, list[int]] = {}
        left = None if () in self._wrong else self._without(settings, (), ())
        self.settings = left if isinstance(left, dict) else None

    def original(self, path: KeyPath) -> KeyPath:
        """Return where a setting of this part stands in the whole, in which lists may be longer."""
        whole: KeyPath = ()
        for number, part in enumerate(path):
            kept = self._kept.get(path[:number])
            whole = (*whole, kept[part] if kept is not None and isinstance(part, int) else part)
        return whole

    def _without(self, value: Value, whole: KeyPath, left: KeyPath) -> Value:
        """Return ``value`` without what is wrong; it stands at ``whole``, and in this part at ``left``."""
        if isinstance(value, dict):
            return {
                key: self._without(below, (*whole, key), (*left, key))
                for key, below in value.items()
                if not self._is_wrong(below, (*whole, key))
            }
        if not isinstance(value, list):
            return value
        kept = [number for number, item in enumerate(value) if not self._is_wrong(item, (*whole, number))]
        self._kept[left] = kept
        return [
            self._without(value[number], (*whole, number), (*left, place))
            for place, number in enumerate(kept)
        ]

    def _is_wrong(self, value: Value, path: KeyPath) -> bool:
        """Tell whether ``value`` has to go; ``partail`` for ``{method: partail}`` is wrong as a whole."""
        return path in self._wrong or (path in self._holds_wrong and not isinstance(value, dict | list))


def _place(error: ErrorDetails) -> KeyPath:
    """Return what has to go for an error to go."""
    location = error["loc"]
    if error["type"] == "missing":
        return follow(location[:-1])[0]
    if error["type"] == "extra_forbidden":
        return (*follow(location[:-1])[0], str(location[-1]))
    return follow(location[:-1] if location[-1:] == ("[key]",) else location)[0]
