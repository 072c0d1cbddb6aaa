"""Small files that hold one secret, readable by their owner only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from jamjet_proxy.model.errors import StartError

_OWNER_ONLY = 0o600


def read_or_create(path: Path, make: str | None = None) -> str:
    """Return the secret in ``path``; where there is no such file yet, create it with 32 random bytes in hex.

    Args:
        path: the file; created with mode 0600 and synced, never overwritten.
        make: the secret to write instead of a random one.

    Raises:
        StartError: the file can't be read or written, is empty, or others may read it.
    """
    try:
        if not path.exists():
            _create(path, make or secrets.token_hex(32))
        if path.stat().st_mode & 0o077:
            raise StartError(f"{path} can be read by other users", hint=f"run: chmod 600 {path}")
        secret = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"cannot use the secret file {path}: {type(error).__name__}") from error
    if not secret:
        raise StartError(f"the secret file {path} is empty", hint="restore it from your backup")
    return secret


def _create(path: Path, secret: str) -> None:
    # Written beside and linked into place, so that no reader ever sees half a secret
    # and two starting processes agree on whose is kept.
    # A name of its own each time: in a container the next process has the same number as the last.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
