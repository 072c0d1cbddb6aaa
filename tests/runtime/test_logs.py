"""The log: one line per event, never a key."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator

import pytest

from jamjet_proxy.crypto import project_keys
from jamjet_proxy.runtime.logs import configure_logging


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the daemon's logging writes to standard error; logging is put back afterwards."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    root.handlers.clear()
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    configure_logging()
    yield stderr
    root.handlers[:] = handlers
    root.setLevel(level)


def test_keys_are_cut(said: io.StringIO) -> None:
    """A key or token that gets into a message, an argument or a traceback is cut to its prefix."""
    key = project_keys.mint()
    token = "jjop_" + "Ab-9_" * 9
    log = logging.getLogger("test")
    log.info("key %s, token %s", key, token)
    try:
        int(f"bad key '{key}'")
    except ValueError:
        log.exception("failed")
    text = said.getvalue()
    assert key[:11] + "..." in text
    assert key not in text
    assert key[11:] not in text
    assert token[13:] not in text


def test_form_of_a_line(said: io.StringIO) -> None:
    """A line has its time in UTC, its level and its origin; details for developers are left out."""
    log = logging.getLogger("jamjet_proxy.test")
    log.debug("detail")
    log.warning("something")
    text = said.getvalue()
    assert text.endswith("Z WARNING jamjet_proxy.test: something\n")
    assert text.count("\n") == 1
