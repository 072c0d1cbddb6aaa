"""Which projects a destination serves."""

from __future__ import annotations

from support.stores import make_project

from jamjet_proxy.forward.destination import selects


def test_star_means_everybody() -> None:
    """A destination for all projects serves any of them."""
    assert selects("*", make_project("anything"))


def test_names_are_exact() -> None:
    """A list serves the projects it names and no others."""
    assert selects(("alpha", "beta"), make_project("beta"))
    assert not selects(("alpha",), make_project("alph"))
    assert not selects((), make_project("alpha"))
