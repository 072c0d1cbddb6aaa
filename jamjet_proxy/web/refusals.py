"""Credentials that were refused: clients drop their spans silently then, so the operator must hear of it."""

from __future__ import annotations

import logging

from jamjet_proxy.crypto import project_keys

_log = logging.getLogger(__name__)

_REMEMBERED = 1_000


class Refusals:
    """Counts refused credentials and says each one once."""

    def __init__(self) -> None:
        self.count = 0
        self._said: set[str] = set()

    def note(self, presented: str, peer: str | None) -> None:
        """Take note of one refused request; only the recognisable beginning of a key is kept."""
        self.count += 1
        name = (
            f"key {project_keys.prefix(presented)}..."
            if project_keys.looks_like_key(presented)
            else "no project key"
        )
        if name in self._said or len(self._said) >= _REMEMBERED:
            return
        self._said.add(name)
        _log.warning(
            "refused a request from %s with %s: no project has it, so its spans are lost", peer, name
        )
