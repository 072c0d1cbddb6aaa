"""What pydantic finds, in words for the operator."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic_core import ErrorDetails

from jamjet_proxy.config.findings import Finding, KeyPath, Origin, locate, shown, suggestion
from jamjet_proxy.config.places import field_names, follow, tags

_MAPPING = "must be a mapping of names to values"
_LIST = "must be a list"
_TEXT = "must be text; put it in quotes"
_WHOLE = "must be a whole number"
_NUMBER = "must be a number"

_PHRASES = {
    "bool_type": "must be true or false",
    "dict_type": _MAPPING,
    "finite_number": _NUMBER,
    "float_type": _NUMBER,
    "greater_than_equal": "must be at least {ge}",
    "int_from_float": _WHOLE,
    "int_type": _WHOLE,
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "mapping_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "model_type": _MAPPING,
    "path_type": _TEXT,
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must not be empty",
    "string_type": _TEXT,
    "string_unicode": "must be valid Unicode",
    "tuple_type": _LIST,
    "value_error": "{error}",
}

# Follows from another error in the same section, which is told.
_ECHOES = {"default_factory_not_called"}


def explain(errors: list[ErrorDetails], origins: Mapping[KeyPath, Origin]) -> list[Finding]:
    """Return one finding per error that the operator can act on; none repeats the value that was given."""
    return [_explain_one(error, origins) for error in errors if error["type"] not in _ECHOES]


def _explain_one(error: ErrorDetails, origins: Mapping[KeyPath, Origin]) -> Finding:
    location = error["loc"]
    if error["type"] == "extra_forbidden":
        return _unknown_key(location, origins)
    if error["type"] == "missing":
        path, _ = follow(location[:-1])
        return Finding(locate(origins, path), path, f"key {location[-1]!r} is missing")
    if error["type"].startswith("union_tag"):
        return _unknown_tag(error, origins)
    if location[-1:] == ("[key]",):
        location = location[:-1]
    path, _ = follow(location)
    return Finding(locate(origins, path), path, _sentence(error))


def _sentence(error: ErrorDetails) -> str:
    phrase = _PHRASES.get(error["type"])
    if phrase is None:
        return error["msg"]
    # The bound of a setting in fractions is 600.0 to pydantic and 600 to a person.
    return phrase.format(
        **{name: str(value).removesuffix(".0") for name, value in error.get("ctx", {}).items()}
    )


def _unknown_key(location: tuple[str | int, ...], origins: Mapping[KeyPath, Origin]) -> Finding:
    path, place = follow(location[:-1])
    name = str(location[-1])
    message = f"unknown key {shown(name)!r}{suggestion(name, field_names(place))}"
    return Finding(locate(origins, (*path, name)), path, message)


def _unknown_tag(error: ErrorDetails, origins: Mapping[KeyPath, Origin]) -> Finding:
    path, place = follow(error["loc"])
    if error["type"] == "union_tag_not_found":
        message = f"key 'type' is missing (known: {', '.join(tags(place))})"
        return Finding(locate(origins, path), path, message)
    path = (*path, "type")
    tag = str(error["ctx"]["tag"])
    return Finding(locate(origins, path), path, f"unknown type {shown(tag)!r}{suggestion(tag, tags(place))}")
