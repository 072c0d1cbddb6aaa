"""Where files live by default."""

from __future__ import annotations

from jamjet_proxy.config import default_data_dir


def test_data_directory_is_the_users_own() -> None:
    """The default data directory is absolute and named after the program."""
    path = default_data_dir()
    assert path.is_absolute()
    assert path.name == "jamjet-proxy"
