"""JSON answers."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from jamjet_proxy.web.answers import json_answer


def test_stored_text_goes_out_as_it_is() -> None:
    """JSON that is stored already isn't rewritten on its way out."""
    answer = json_answer({"event": msgspec.Raw(b'{"n": 1.0}')}, HTTPStatus.CREATED)
    assert answer.body == b'{"event":{"n": 1.0}}'
    assert (answer.status, answer.content_type) == (201, "application/json")
