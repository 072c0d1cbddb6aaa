"""Reading the configuration: file, then environment, then schema; all problems in one answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from jamjet_proxy.config.document import MAX_BYTES, Document, Value, YamlSyntaxError, read_yaml
from jamjet_proxy.config.environment import override
from jamjet_proxy.config.findings import Finding, KeyPath, in_reading_order, locate
from jamjet_proxy.config.phrases import explain
from jamjet_proxy.config.schema import Config
from jamjet_proxy.config.sound import SoundPart
from jamjet_proxy.model.errors import ConfigError

Check = Callable[[Config], Iterable[tuple[KeyPath, str]]]
"""A further look at a configuration that fits the schema: yields paths of settings and what is wrong."""

_EXAMPLES = "examples"
_HINT = "config.example.yaml shows every key with its default."


def load(path: Path | None, environ: Mapping[str, str], check: Check | None = None) -> Config:
    """Return the configuration in ``path`` (None: only defaults), overridden by ``environ``.

    ``check`` sees the part of the configuration that fits the schema; what it finds is reported with file and
    line like everything else.

    Raises:
        ConfigError: it is unusable; ``problems`` lists every reason as ``file:line: setting: what is wrong``.
    """
    document = Document() if path is None else _read_file(path)
    settings = document.value if isinstance(document.value, dict) else {}
    findings = document.findings + override(settings, document.origins, environ)
    config, errors = _validate(settings)
    findings += explain(errors, document.origins)
    if check is not None:
        mistakes = check(config) if config is not None else _check_sound_part(settings, errors, check)
        findings += [Finding(locate(document.origins, at), at, message) for at, message in mistakes]
    if config is None or findings:
        raise ConfigError([str(finding) for finding in in_reading_order(findings)], hint=_HINT)
    return config


def _check_sound_part(
    settings: dict[str, Value], errors: list[ErrorDetails], check: Check
) -> Iterator[tuple[KeyPath, str]]:
    """Yield what ``check`` finds in what fits the schema, except in examples: those need the whole."""
    part = SoundPart(settings, errors)
    config = None if part.settings is None else _validate(part.settings)[0]
    for at, message in check(config) if config is not None else ():
        if _EXAMPLES not in at:
            yield part.original(at), message


def _read_file(path: Path) -> Document:
    try:
        document = read_yaml(_read_text(path), path.name)
    except YamlSyntaxError as error:
        raise ConfigError([f"{path.name}:{error.line}: {error}"], hint=_HINT) from None
    if document.value is not None and not isinstance(document.value, dict):
        raise ConfigError([f"{path.name}:1: the file must be a mapping of names to values"], hint=_HINT)
    return document


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError([f"{path}: the configuration cannot be read: {error.strerror}"]) from None
    if len(content) > MAX_BYTES:
        raise ConfigError([f"{path}: the configuration is larger than {MAX_BYTES} bytes"])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    # Raised here, outside the handler: the decoder's error holds the whole file.
    raise ConfigError([f"{path.name}:{line}: the file is not UTF-8 text"])


def _validate(settings: dict[str, Value]) -> tuple[Config | None, list[ErrorDetails]]:
    # Returns rather than raises: pydantic's error holds the values and must not become the context of ours.
    try:
        return Config.model_validate(settings), []
    except ValidationError as error:
        return None, error.errors(include_input=False, include_url=False)
