"""Refused credentials."""

from __future__ import annotations

import logging

import pytest

from jamjet_proxy.crypto import project_keys
from jamjet_proxy.web import refusals
from jamjet_proxy.web.refusals import Refusals


def test_flood_of_keys_does_not_fill_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody who tries keys is counted but not logged without end."""
    monkeypatch.setattr(refusals, "_REMEMBERED", 5)
    it = Refusals()
    with caplog.at_level(logging.WARNING):
        for _ in range(50):
            it.note(project_keys.mint(), "127.0.0.1")
    assert it.count == 50
    assert len(caplog.records) == 5


def test_what_is_no_key_is_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    """A password sent by mistake stays out of the log."""
    with caplog.at_level(logging.WARNING):
        Refusals().note("correct horse battery staple", None)
    assert "horse" not in caplog.text
    assert "no project key" in caplog.text
