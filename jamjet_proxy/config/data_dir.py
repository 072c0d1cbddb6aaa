"""The data directory: which files lie in it and who may read them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from jamjet_proxy.model.errors import StartError


@dataclass(frozen=True, slots=True)
class DataDir:
    """Paths of everything this installation keeps."""

    path: Path

    @property
    def registry(self) -> Path:
        """Projects and keys."""
        return self.path / "registry.db"

    @property
    def journal(self) -> Path:
        """Redacted spans, cursors, ledger."""
        return self.path / "journal.db"

    @property
    def index(self) -> Path:
        """Traces, derived from the journal."""
        return self.path / "index.db"

    @property
    def secret(self) -> Path:
        """The root secret; without it no stored key can be recognised."""
        return self.path / "installation.secret"

    @property
    def operator_token(self) -> Path:
        """The operator's credential for the HTTP interface."""
        return self.path / "operator.token"

    @property
    def lock(self) -> Path:
        """Held by the one process that may write here; says who and where it listens."""
        return self.path / "proxy.lock"

    def create(self) -> None:
        """Make the directory, for its owner only, if it is missing.

        Raises:
            StartError: it can't be made or isn't writable.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with TemporaryFile(dir=self.path):
                pass  # without a name, so that processes starting together don't meet
        except OSError as error:
            raise StartError(
                f"cannot use the data directory {self.path}: {error.strerror}",
                hint="choose another one with --data-dir or JAMJET_PROXY_DATA_DIR",
            ) from error
