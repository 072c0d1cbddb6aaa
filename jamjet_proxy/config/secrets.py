"""References to secrets: the configuration says where a secret is kept and never holds one."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from jamjet_proxy.model.errors import ConfigError

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MAX_SECRET_BYTES = 65536  # so that a reference to an endless file such as /dev/zero comes to an end


def check_reference(value: object) -> str:
    """Return ``value`` if it is ``env:NAME`` or ``file:/absolute/path``.

    Raises:
        ValueError: it is something else, perhaps a secret; the message never repeats it.
    """
    if isinstance(value, str) and _is_reference(value):
        return value
    raise ValueError(
        "must be a reference to a secret, not the secret itself; put it in an environment variable or a file"
        " and reference it as env:NAME or file:/path"
    )


def _is_reference(text: str) -> bool:
    scheme, _, rest = text.partition(":")
    if scheme == "env":
        # A name that begins like a project key is a key pasted behind "env:"; names are shown in messages.
        return _VARIABLE.fullmatch(rest) is not None and not rest.startswith("jj_")
    return scheme == "file" and Path(rest).is_absolute() and rest.isprintable()


SecretRef = Annotated[str, BeforeValidator(check_reference)]
"""A checked reference to a secret: ``env:NAME`` or ``file:/absolute/path``."""


def resolve(reference: str, environ: Mapping[str, str] = os.environ) -> str:
    """Read the secret behind ``reference`` now, without the line end that editors leave behind it.

    Raises:
        ConfigError: ``reference`` is none, or there is no such secret, or it is empty or unreadable. The
            message names the reference, never the value.
    """
    try:
        scheme, _, rest = check_reference(reference).partition(":")
    except ValueError as error:
        raise ConfigError([f"a secret reference {error}"]) from None
    secret = _from_environment(rest, environ) if scheme == "env" else _from_file(rest)
    secret = secret.rstrip("\r\n")
    if not secret:
        raise ConfigError([f"the secret {reference} is empty"])
    return secret


def _from_environment(name: str, environ: Mapping[str, str]) -> str:
    value = environ.get(name)
    if value is None:
        raise ConfigError([f"the secret env:{name} is missing: the environment variable is not set"])
    return value


def _from_file(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            content = file.read(_MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise ConfigError([f"the secret file:{path} cannot be read: {error.strerror}"]) from None
    if len(content) > _MAX_SECRET_BYTES:
        raise ConfigError([f"the secret file:{path} is larger than {_MAX_SECRET_BYTES} bytes"])
    try:
        return content.decode()
    except UnicodeDecodeError:
        pass  # the decoder's own error carries the bytes, so it must not become the context of ours
    raise ConfigError([f"the secret file:{path} is not UTF-8 text"])
