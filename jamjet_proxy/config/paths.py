"""Where files of this program live unless the operator says otherwise."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_data_path


def default_data_dir() -> Path:
    """Return the data directory of this user, absolute; it need not exist yet."""
    return user_data_path("jamjet-proxy", appauthor=False)
