"""A configuration file that exists for one test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from jamjet_proxy.config import Check, Config, load
from jamjet_proxy.model.errors import ConfigError


@pytest.fixture
def load_text(tmp_path: Path) -> Callable[..., Config]:
    """A function that loads a text as ``config.yaml``, with an environment and a check if given."""

    def run(text: str, environ: Mapping[str, str] | None = None, check: Check | None = None) -> Config:
        path = tmp_path / "config.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path, environ or {}, check)

    return run


@pytest.fixture
def problems(load_text: Callable[..., Config]) -> Callable[..., list[str]]:
    """A function like ``load_text`` for what cannot be loaded; it returns the problems that are reported."""

    def run(text: str, environ: Mapping[str, str] | None = None, check: Check | None = None) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load_text(text, environ, check)
        return caught.value.problems

    return run
