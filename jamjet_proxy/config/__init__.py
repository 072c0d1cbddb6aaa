"""Settings: what the operator of the machine decides, checked before anything starts."""

from __future__ import annotations

from jamjet_proxy.config.addresses import parse_listen
from jamjet_proxy.config.environment import CONFIG_VARIABLE, DATA_DIR_VARIABLE
from jamjet_proxy.config.load import Check, load
from jamjet_proxy.config.paths import default_data_dir
from jamjet_proxy.config.redaction import effective_redaction
from jamjet_proxy.config.schema import (
    AllowConfig,
    Config,
    Destination,
    ExampleConfig,
    FileDestination,
    JamjetDestination,
    LimitsConfig,
    MethodConfig,
    ProjectConfig,
    RedactionConfig,
    RedactionOverride,
    RedactionRule,
    ServerConfig,
)
from jamjet_proxy.config.secrets import SecretRef, resolve

__all__ = [
    "CONFIG_VARIABLE",
    "DATA_DIR_VARIABLE",
    "AllowConfig",
    "Check",
    "Config",
    "Destination",
    "ExampleConfig",
    "FileDestination",
    "JamjetDestination",
    "LimitsConfig",
    "MethodConfig",
    "ProjectConfig",
    "RedactionConfig",
    "RedactionOverride",
    "RedactionRule",
    "SecretRef",
    "ServerConfig",
    "default_data_dir",
    "effective_redaction",
    "load",
    "parse_listen",
    "resolve",
]
