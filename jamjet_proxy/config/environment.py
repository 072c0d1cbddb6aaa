"""Settings from the environment: ``JAMJET_PROXY_SERVER__LISTEN`` overrides ``server.listen``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from jamjet_proxy.config.document import Document, Value, YamlSyntaxError, read_yaml
from jamjet_proxy.config.findings import Finding, KeyPath, Origin, dotted
from jamjet_proxy.config.places import (
    ROOT,
    Place,
    field_names,
    holds_free_names,
    step,
    takes_only_text,
    takes_text,
)

PREFIX = "JAMJET_PROXY_"
"""What the names of all variables of this program start with."""

CONFIG_VARIABLE = f"{PREFIX}CONFIG"
"""Names the configuration file; not a setting in it."""

DATA_DIR_VARIABLE = f"{PREFIX}DATA_DIR"
"""Names the data directory; not a setting in the file."""

_LEVEL = "__"


class _RefusalError(ValueError):
    """A variable cannot be applied; the message says why, without its value."""


def override(
    settings: dict[str, Value], origins: dict[KeyPath, Origin], environ: Mapping[str, str]
) -> list[Finding]:
    """Write every override of ``environ`` into ``settings`` and ``origins``; return those that cannot be.

    A variable that is set but empty counts as not set. Of two that meet, the more specific one wins.
    """
    findings: list[Finding] = []
    for name in sorted(_variables(environ), key=lambda name: (name.count(_LEVEL), name)):
        origin = Origin(f"environment {name}")
        try:
            findings += _apply(name, environ[name], settings, origins)
        except _RefusalError as refusal:
            findings.append(Finding(origin, (), str(refusal)))
    return findings


def _variables(environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        if name.startswith(PREFIX) and name not in {CONFIG_VARIABLE, DATA_DIR_VARIABLE} and value:
            yield name


def _apply(name: str, text: str, settings: dict[str, Value], origins: dict[KeyPath, Origin]) -> list[Finding]:
    segments = name.removeprefix(PREFIX).split(_LEVEL)
    if len(segments) == 1 and segments[0].lower() not in field_names(ROOT):
        raise _RefusalError(_unknown(segments[0]))
    if not all(segments):
        raise _RefusalError("a name between double underscores is empty")
    origin = Origin(f"environment {name}")
    path, place, target = _descend(segments[:-1], settings, origins, origin)
    key = _key(segments[-1], place, target)
    path, place = (*path, key), step(place, key)
    document = _read(text, place, origin)
    for old in [known for known in origins if known[: len(path)] == path]:
        del origins[old]
    origins[path] = origin
    target[key] = document.value
    return [Finding(origin, path + finding.path, finding.message) for finding in document.findings]


def _descend(
    segments: list[str], settings: dict[str, Value], origins: dict[KeyPath, Origin], origin: Origin
) -> tuple[KeyPath, Place, dict[str, Value]]:
    """Return path, place and mapping under ``segments``, made where missing."""
    path: KeyPath = ()
    place = ROOT
    target = settings
    for segment in segments:
        key = _key(segment, place, target)
        path, place = (*path, key), step(place, key)
        if target.get(key) is None:
            target[key] = {}
            origins[path] = origin
        below = target[key]
        if not isinstance(below, dict):
            raise _RefusalError(f"{dotted(path)} has no settings below it; override it as a whole")
        target = below
    return path, place, target


def _key(segment: str, place: Place, present: Mapping[str, Value]) -> str:
    """Return the key that ``segment`` means: variables can spell neither small letters nor dashes."""
    lower = segment.lower()
    if not holds_free_names(place):
        return lower
    exact = [name for name in present if name.lower() == lower]
    alike = exact or [name for name in present if name.lower().replace("-", "_") == lower]
    if len(alike) > 1:
        raise _RefusalError(f"{segment} may mean {' or '.join(map(repr, alike))}; set it in the file instead")
    return alike[0] if alike else lower


def _read(text: str, place: Place, origin: Origin) -> Document:
    """Read a value as YAML, or as it stands where the setting is text and YAML sees something else in it."""
    try:
        document = read_yaml(text, origin.source)
    except YamlSyntaxError as error:
        if takes_text(place):
            return Document(value=text)
        raise _RefusalError(str(error)) from None
    if takes_only_text(place) and not isinstance(document.value, str):
        return Document(value=text)
    return document


def _unknown(segment: str) -> str:
    known = [*_known_variables(ROOT), "CONFIG", "DATA_DIR"]
    same_end = [name for name in known if name.rpartition(_LEVEL)[2] == segment]
    near = same_end or get_close_matches(segment, known, n=1)
    if near:
        return f"unknown setting; did you mean {PREFIX + near[0]}?"
    return f"unknown setting; name it {PREFIX}SECTION{_LEVEL}KEY (sections: {', '.join(field_names(ROOT))})"


def _known_variables(place: Place) -> Iterator[str]:
    for name in field_names(place):
        yield name.upper()
        for below in _known_variables(step(place, name)):
            yield f"{name.upper()}{_LEVEL}{below}"
