"""Faults on the wire: every class has its status, and every answer the same shape."""

from __future__ import annotations

import inspect
import json
import re
from http import HTTPStatus

import pytest

from jamjet_proxy.model import errors
from jamjet_proxy.model.errors import ProxyError
from jamjet_proxy.web.problems import problem

# What can only end a start or a command never becomes an answer.
NOT_ON_THE_WIRE = {
    errors.ProxyError,
    errors.ConfigError,
    errors.StartError,
    errors.AlreadyRunning,
    errors.DaemonNotRunning,
    errors.DamagedRow,
}
STATUS = {
    errors.RequestError: 400,
    errors.InvalidRequest: 400,
    errors.MalformedBody: 400,
    errors.BodyTooLarge: 413,
    errors.BodyTimeout: 408,
    errors.UnsupportedMedia: 415,
    errors.UnsupportedCoding: 415,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.MisdirectedHost: 421,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.Conflict: 409,
    errors.StorageError: 503,
    errors.StorageFull: 503,
}
EVERY_CLASS = [
    value for _, value in inspect.getmembers(errors, inspect.isclass) if issubclass(value, ProxyError)
]


def test_every_class_is_looked_at() -> None:
    """No fault is left out of the table below."""
    assert set(EVERY_CLASS) == NOT_ON_THE_WIRE | STATUS.keys()


@pytest.mark.parametrize(
    ("kind", "status"), STATUS.items(), ids=lambda value: getattr(value, "__name__", None)
)
def test_every_class_has_its_status(kind: type[ProxyError], status: int) -> None:
    """Each fault a request can meet is answered with its own status."""
    assert problem(kind("words")).status == status


@pytest.mark.parametrize("kind", STATUS, ids=lambda kind: kind.__name__)
def test_shape(kind: type[ProxyError]) -> None:
    """Every problem document has the same members, and the one that older clients look for."""
    answer = problem(kind("what went wrong", hint="what to do", field="a.b"))
    assert answer.content_type == "application/problem+json"
    assert json.loads(answer.body) == {  # type: ignore[arg-type]
        "type": f"urn:jamjet-proxy:problem:{kind.code}",
        "title": HTTPStatus(answer.status).phrase,
        "status": answer.status,
        "code": kind.code,
        "detail": "what went wrong",
        "error": "what went wrong",
        "hint": "what to do",
        "field": "a.b",
    }


def test_optional_members_are_left_out() -> None:
    """A fault without a hint or a field says nothing about them."""
    assert not {"hint", "field"} & set(json.loads(problem(errors.NotFound("no")).body))  # type: ignore[arg-type]


def test_unknown_faults_are_internal_errors() -> None:
    """A fault that isn't in the table is our own."""
    assert problem(ProxyError("oops")).status == 500


def test_headers() -> None:
    """A missing credential is asked for, and a store that is full says when to come back."""
    assert problem(errors.Unauthorized("no")).headers["WWW-Authenticate"] == "Bearer"
    for kind in (errors.StorageError, errors.StorageFull):
        assert problem(kind("no")).headers["Retry-After"] == "1"
    assert "Retry-After" not in problem(errors.BodyTooLarge("no")).headers


def test_codes_are_stable_names() -> None:
    """Codes are lower-case words, and no two classes share one."""
    codes = [kind.code for kind in EVERY_CLASS]
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in codes)
    assert len(set(codes)) == len(codes)


def test_retryable_agrees_with_the_status() -> None:
    """What may be tried again is answered with a status that clients try again, and nothing else is."""
    retried = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.SERVICE_UNAVAILABLE}
    assert {kind for kind in STATUS if kind.retryable} == {k for k, s in STATUS.items() if s in retried}
