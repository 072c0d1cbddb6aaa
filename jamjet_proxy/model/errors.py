"""Faults, as one tree.

What happens to *data* (accepted, duplicate, rejected, delivered) is a value and lives in
``model.outcome``; the classes here are for what goes wrong around it.

::

    ProxyError
    ├── ConfigError            invalid_config        the YAML or the environment is wrong
    ├── StartError             cannot_start          the data directory cannot be used
    │   └── AlreadyRunning     already_running       another process holds the data directory
    ├── DaemonNotRunning       daemon_not_running    the command needs a running daemon
    ├── RequestError                                 the caller must change the request
    │   ├── InvalidRequest     invalid_request       names the field
    │   ├── MalformedBody      malformed_body        not JSON, not the declared encoding
    │   ├── BodyTooLarge       body_too_large
    │   ├── BodyTimeout        body_timeout          the body did not arrive in time
    │   ├── UnsupportedMedia   unsupported_media_type
    │   ├── UnsupportedCoding  unsupported_encoding
    │   ├── Unauthorized       unauthorized
    │   ├── Forbidden          forbidden
    │   ├── MisdirectedHost    host_not_allowed
    │   ├── NotFound           not_found
    │   ├── MethodNotAllowed   method_not_allowed
    │   └── Conflict           conflict
    └── StorageError           storage_unavailable   nothing was written; try again
        ├── StorageFull        storage_full
        └── DamagedRow         storage_damaged       one row can't be read; the others can

No message may carry payload text or a key.
"""

from __future__ import annotations

from typing import ClassVar


class ProxyError(Exception):
    """Base of every fault this program raises on purpose.

    Attributes:
        code: stable machine-readable name, part of the HTTP and CLI interface.
        retryable: whether the same call may succeed later.
        hint: one sentence that tells the operator what to do; may be empty.
        field: dotted name of the offending input field, or None.
    """

    code: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "", field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.field = field


class ConfigError(ProxyError):
    """The configuration is unusable; ``problems`` lists every finding, one sentence each."""

    code = "invalid_config"

    def __init__(self, problems: list[str], *, hint: str = "") -> None:
        super().__init__("; ".join(problems), hint=hint)
        self.problems = problems


class StartError(ProxyError):
    """The data directory cannot be used as it is."""

    code = "cannot_start"


class AlreadyRunning(StartError):
    """Another process holds the data directory."""

    code = "already_running"


class DaemonNotRunning(ProxyError):
    """The command needs a running daemon and there is none."""

    code = "daemon_not_running"


class RequestError(ProxyError):
    """The caller must change the request before sending it again."""

    code = "bad_request"


class InvalidRequest(RequestError):
    """A field of the request is missing or wrong; ``field`` names it."""

    code = "invalid_request"


class MalformedBody(RequestError):
    """The body is not JSON, or not in the encoding it declares."""

    code = "malformed_body"


class BodyTooLarge(RequestError):
    """The body exceeds the size, ratio or depth that is accepted."""

    code = "body_too_large"


class BodyTimeout(RequestError):
    """The body did not arrive within its deadline."""

    code = "body_timeout"
    retryable = True


class UnsupportedMedia(RequestError):
    """The content type is not one this route reads."""

    code = "unsupported_media_type"


class UnsupportedCoding(RequestError):
    """The content encoding is not one this route inflates."""

    code = "unsupported_encoding"


class Unauthorized(RequestError):
    """No valid credential was presented."""

    code = "unauthorized"


class Forbidden(RequestError):
    """The credential is valid and does not allow this."""

    code = "forbidden"


class MisdirectedHost(RequestError):
    """The Host header names a host this proxy does not answer for."""

    code = "host_not_allowed"


class NotFound(RequestError):
    """There is no such thing, or not for this credential."""

    code = "not_found"


class MethodNotAllowed(RequestError):
    """The route exists and does not answer this method."""

    code = "method_not_allowed"


class Conflict(RequestError):
    """The request contradicts what is already stored."""

    code = "conflict"


class StorageError(ProxyError):
    """The store did not take the write; nothing was acknowledged."""

    code = "storage_unavailable"
    retryable = True


class DamagedRow(StorageError):
    """One row of the journal doesn't hold what was written to it."""

    code = "storage_damaged"
    retryable = False


class StorageFull(StorageError):
    """The disk has no room for the write; nothing was acknowledged."""

    code = "storage_full"
