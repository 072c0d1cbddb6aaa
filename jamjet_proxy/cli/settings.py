"""What every command reads first: the configuration and the data directory."""

from __future__ import annotations

import argparse
import os

from jamjet_proxy.config import Config, default_data_dir, load
from jamjet_proxy.config.data_dir import DataDir
from jamjet_proxy.services import check_rules


def config_of(options: argparse.Namespace) -> Config:
    """Load the configuration the options name.

    Raises:
        ConfigError: it can't be used; says everything that is wrong with it.
    """
    return load(options.config, os.environ, check_rules)


def data_dir_of(options: argparse.Namespace) -> DataDir:
    """Return the data directory the options name."""
    return DataDir((options.data_dir or default_data_dir()).absolute())
