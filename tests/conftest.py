"""Fixtures that start real processes and end what they started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.proxy import MakeProxy, ProxyProcess
from support.upstream import Upstream


@pytest.fixture
def make_proxy(tmp_path: Path) -> Iterator[MakeProxy]:
    """Return a factory: ``make_proxy(config_yaml="", name="data")`` gives a proxy that isn't started yet."""
    made: list[ProxyProcess] = []

    def make(config_yaml: str = "", name: str = "data") -> ProxyProcess:
        config = tmp_path / f"{name}.yaml"
        config.write_text(config_yaml)
        proxy = ProxyProcess(tmp_path / name, config)
        made.append(proxy)
        return proxy

    yield make
    for proxy in made:
        proxy.close()


@pytest.fixture
def proxy(make_proxy: MakeProxy) -> ProxyProcess:
    """A running proxy with the default configuration."""
    return make_proxy().start()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A running upstream; whatever it was asked that it shouldn't fails the test."""
    running = Upstream()
    yield running
    running.stop()
    assert running.unexpected == []
