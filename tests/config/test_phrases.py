"""Errors of pydantic that have no words of our own."""

from __future__ import annotations

from pydantic_core import ErrorDetails

from jamjet_proxy.config.findings import Origin
from jamjet_proxy.config.phrases import explain


def test_unforeseen_error_keeps_the_words_of_pydantic() -> None:
    """A kind of error that a later pydantic may bring is still located and told."""
    error = ErrorDetails(type="new_kind", loc=("server", "listen"), msg="Input is odd", input=None)
    (finding,) = explain([error], {("server",): Origin("config.yaml", 3)})
    assert str(finding) == "config.yaml:3: server.listen: Input is odd"
