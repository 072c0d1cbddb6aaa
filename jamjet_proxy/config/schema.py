"""Every setting, its default and its bounds: one section per room of the program."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    model_validator,
)

from jamjet_proxy.config.addresses import check_base_url, check_host, check_listen, parse_listen
from jamjet_proxy.config.secrets import SecretRef
from jamjet_proxy.model.method import Method, parse_method
from jamjet_proxy.model.pii import PiiType, parse_pii_type

_DESTINATION_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_TOKEN_NAME = re.compile(r"[A-Z0-9_]{1,64}")
_RESERVED_DESTINATIONS = frozenset({"index"})  # the local index keeps its cursor under this name


def _destination_name(name: str) -> str:
    if not _DESTINATION_NAME.fullmatch(name):
        raise ValueError(
            "a destination's name is 1 to 64 of a-z, 0-9, - and _, and starts with a letter or digit"
        )
    if name in _RESERVED_DESTINATIONS:
        raise ValueError("this destination name is reserved; choose another")
    return name


def _project_name(name: str) -> str:
    if not 1 <= len(name) <= 100 or not name.isprintable() or name != name.strip():
        raise ValueError("a project's name is 1 to 100 printable characters without blanks at its ends")
    if name.startswith("jj_"):
        raise ValueError("a project's name must not be a project key")
    return name


def _project_selection(value: object) -> Literal["*"] | tuple[str, ...]:
    if value == "*":
        return "*"
    if isinstance(value, list | tuple):
        return tuple(_selected_project(position, name) for position, name in enumerate(value))
    raise ValueError('must be "*" or a list of project names')


def _selected_project(position: int, name: object) -> str:
    if isinstance(name, str):
        return _project_name(name)
    raise ValueError(f"entry {position} must be text; put it in quotes")


def _directory(path: Path) -> Path:
    text = str(path)
    if not text.isprintable() or text.startswith("~") or path == Path():
        raise ValueError("must be a path, absolute or below the data directory; ~ is not expanded")
    if not path.is_absolute() and ".." in path.parts:
        raise ValueError("must not leave the data directory; use an absolute path")
    return path


def _token_format(text: str) -> str:
    if "{type}" not in text:
        raise ValueError("must contain {type}")
    return text


def _token_name(text: str) -> str:
    name = re.sub(r"[\s-]+", "_", text).upper()
    if not _TOKEN_NAME.fullmatch(name):
        raise ValueError("must be 1 to 64 of A-Z, 0-9 and _")
    return name


def _pii_type(value: object) -> PiiType:
    if isinstance(value, str):
        return parse_pii_type(value)
    raise ValueError("must be the name of a PII type")


def _enforced(value: object) -> bool | tuple[PiiType, ...]:
    if isinstance(value, bool):
        return value
    if isinstance(value, list | tuple):
        return _without_repeats(tuple(map(_pii_type, value)))
    raise ValueError("must be true, false or a list of PII types")


def _method(value: object) -> Method:
    if isinstance(value, str):
        return parse_method(value)
    raise ValueError("must be the name of a method")


def _method_alone(value: object) -> object:
    """Take ``partial`` for ``{method: partial}``."""
    return {"method": value} if isinstance(value, str) else value


def _each_type_once(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    names: dict[PiiType, str] = {}
    for name in value:
        try:
            kind = _pii_type(name)
        except ValueError:
            continue  # is told where the name itself is checked
        if kind in names:
            raise ValueError(f"{names[kind]!r} and {name!r} are the same type; keep one")
        names[kind] = str(name)
    return value


def _type_name(text: str) -> str:
    """Return the name of a type as tokens show it: a built-in one under any of its names, or a rule's."""
    try:
        return parse_pii_type(text).value
    except ValueError:
        return text.strip().upper()


def _without_repeats(types: tuple[PiiType, ...]) -> tuple[PiiType, ...]:
    return tuple(dict.fromkeys(types))


def _not_empty(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("must not be empty")
    return names


def _default_token_name(rule: Mapping[str, Any]) -> str:
    return re.sub(r"[^A-Z0-9]", "_", rule["name"].upper())


# YAML only knows lists; tuples are taken so that a configuration can be shared and compared without fear.
_AS_LIST = Field(strict=False)

DestinationName = Annotated[str, AfterValidator(_destination_name)]
ProjectName = Annotated[str, AfterValidator(_project_name)]
ProjectSelection = Annotated[Literal["*"] | tuple[str, ...], PlainValidator(_project_selection)]
TokenFormat = Annotated[str, Field(max_length=100), AfterValidator(_token_format)]
MethodName = Annotated[Method, BeforeValidator(_method)]
Texts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], _AS_LIST, AfterValidator(_not_empty)]
TypeNames = Annotated[
    tuple[Annotated[str, AfterValidator(_type_name)], ...], _AS_LIST, AfterValidator(_not_empty)
]
Enforced = Annotated[bool | tuple[PiiType, ...], PlainValidator(_enforced)]
PiiTypes = Annotated[
    tuple[Annotated[PiiType, BeforeValidator(_pii_type)], ...], _AS_LIST, AfterValidator(_without_repeats)
]


class Section(BaseModel):
    """Base of every section: immutable, without unknown keys, without guessing between types.

    A key with nothing behind it (``rules:``) counts as left out: what stands below it may be commented out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_left_out(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value is not None or key not in cls.model_fields}


class ServerConfig(Section):
    """The door for programs and people.

    Attributes:
        listen: ``HOST:PORT``, with port 0 for any free one; an IPv6 host stands in brackets.
        allowed_hosts: names that a Host header may carry beyond the loopback ones, in lower case.
    """

    listen: Annotated[str, AfterValidator(check_listen)] = "127.0.0.1:7717"
    allowed_hosts: Annotated[tuple[Annotated[str, AfterValidator(check_host)], ...], _AS_LIST] = ()

    @property
    def address(self) -> tuple[str, int]:
        """Host (IPv6 without brackets) and port to listen on."""
        return parse_listen(self.listen)


class LimitsConfig(Section):
    """What one request may ask of this process.

    Attributes:
        body_bytes: largest request body, after inflating.
        event_depth: deepest nesting of one event, in levels.
        inflate_ratio: largest inflated size per compressed byte, for bodies beyond 1 MiB inflated.
        body_timeout_s: longest time for a body to arrive, in seconds.
    """

    body_bytes: int = Field(default=67108864, ge=1024, le=1 << 30)
    event_depth: int = Field(default=128, ge=2, le=500)
    inflate_ratio: int = Field(default=200, ge=1, le=10000)
    body_timeout_s: float = Field(default=30.0, ge=0.1, le=600, allow_inf_nan=False)


class JamjetDestination(Section):
    """A JamJet Cloud, or another proxy.

    Attributes:
        type: always ``jamjet``.
        url: base URL, http or https, without a trailing slash.
        projects: ``*``, or the names of the projects whose spans go there.
        upstream_keys: secret reference by project name; ``default`` serves projects without one of their own.
        batch_events: most events in one request.
        timeout_s: longest time for one request, in seconds.
    """

    type: Literal["jamjet"]
    url: Annotated[str, AfterValidator(check_base_url)]
    projects: ProjectSelection = "*"
    upstream_keys: Mapping[ProjectName, SecretRef] = Field(default_factory=dict)
    batch_events: int = Field(default=50, ge=1, le=500)
    timeout_s: float = Field(default=30.0, ge=0.1, le=600, allow_inf_nan=False)


class FileDestination(Section):
    """A directory of files.

    Attributes:
        type: always ``file``.
        directory: where the files go; a relative path is below the data directory.
        projects: ``*``, or the names of the projects whose spans go there.
        rotate_bytes: size at which a new file is begun.
    """

    type: Literal["file"]
    directory: Annotated[Path, Field(strict=False), AfterValidator(_directory)]
    projects: ProjectSelection = "*"
    rotate_bytes: int = Field(default=67108864, ge=1024)


Destination = Annotated[JamjetDestination | FileDestination, Field(discriminator="type")]


class AllowConfig(Section):
    """Values that are found and stay all the same; a value must match as a whole.

    Attributes:
        types: only values of these types; None for all.
        exact: the values themselves.
        domain: domains of e-mail addresses, those below them included.
        cidr: networks of IP addresses.
        regex: regular expressions.
    """

    types: TypeNames | None = None
    exact: Texts | None = None
    domain: Texts | None = None
    cidr: Texts | None = None
    regex: Texts | None = None

    @model_validator(mode="after")
    def _says_what(self) -> AllowConfig:
        if all(values is None for values in (self.exact, self.domain, self.cidr, self.regex)):
            raise ValueError("must have at least one of exact, domain, cidr and regex")
        return self


class ExampleConfig(Section):
    """A test of the rules, written beside one of them.

    Attributes:
        text: what comes in: plain text, or a JSON document as an event.
        expect: what is to come out; None when the event is to be dropped.
    """

    text: str
    expect: str | None = None


class MethodConfig(Section):
    """What happens to the values of one type.

    Attributes:
        method: how they are made unreadable.
        format: their token; None for the one of the section.
    """

    method: MethodName = Method.REPLACE
    format: TokenFormat | None = None

    @model_validator(mode="after")
    def _has_a_token(self) -> MethodConfig:
        _check_has_token(self.method, self.format)
        return self


def _check_has_token(method: Method | None, template: str | None) -> None:
    if template is not None and method not in {None, Method.REPLACE, Method.HASH}:
        raise ValueError("a format goes with the methods replace and hash only")


Allows = Annotated[tuple[AllowConfig, ...], _AS_LIST]
Methods = Annotated[
    Mapping[
        Annotated[PiiType, BeforeValidator(_pii_type)],
        Annotated[MethodConfig, BeforeValidator(_method_alone)],
    ],
    BeforeValidator(_each_type_once),
]


class RedactionRule(Section):
    """A rule of the operator's own: a pattern, or places whose values are hidden whole, or both.

    Attributes:
        name: what the rule is called in the accounts.
        type: name shown in the token; made from ``name`` unless given.
        pattern: regular expression of the values; None for all that stand in the places.
        keys: names of keys below which the rule applies; None for anywhere.
        paths: selectors of the places where it applies; None for anywhere.
        method: how values are made unreadable; None for the method of its type.
        format: its token; None for the one of its type or of the section.
        mode: ``shadow`` only counts what the rule would do.
        enforced: whether no project may switch it off.
        allow: values it leaves alone.
        examples: tests of the rules.
    """

    name: str = Field(min_length=1, max_length=64)
    type: Annotated[str, AfterValidator(_token_name)] = Field(default_factory=_default_token_name)
    pattern: Annotated[str, Field(min_length=1)] | None = None
    keys: Texts | None = None
    paths: Texts | None = None
    method: MethodName | None = None
    format: TokenFormat | None = None
    mode: Literal["enforce", "shadow"] = "enforce"
    enforced: bool = False
    allow: Allows = ()
    examples: Annotated[tuple[ExampleConfig, ...], _AS_LIST] = ()

    @model_validator(mode="after")
    def _looks_for_something(self) -> RedactionRule:
        if self.pattern is None and self.keys is None and self.paths is None:
            raise ValueError("must have at least one of pattern, keys and paths")
        _check_has_token(self.method, self.format)
        return self


Rules = Annotated[tuple[RedactionRule, ...], _AS_LIST]


class RedactionConfig(Section):
    """What is hidden before anything is stored.

    Attributes:
        enabled: whether anything is.
        enforced: what projects may not switch off or soften: everything here, or these types.
        format: the token that takes a value's place; ``{type}`` stands for the type's name.
        types: built-in kinds of personal data to look for, without repeats.
        methods: what happens to types other than being replaced by a token.
        allow: values that stay.
        time_limit_ms: longest time for one event, in milliseconds; beyond it the event is refused.
        rules: the operator's own rules.
    """

    enabled: bool = True
    enforced: Enforced = False
    format: TokenFormat = "[{type}]"
    types: PiiTypes = tuple(PiiType)
    methods: Methods = Field(default_factory=dict)
    allow: Allows = ()
    time_limit_ms: int = Field(default=2000, ge=10, le=600000)
    rules: Rules = ()


class RedactionOverride(Section):
    """What one project does differently; None leaves the base setting. What is enforced stays.

    Attributes:
        enabled: replaces the base's.
        format: replaces the base's.
        types: replaces the base's.
        methods: replace the base's, type by type.
        allow: added to the base's.
        rules: added to the base's.
    """

    enabled: bool | None = None
    format: TokenFormat | None = None
    types: PiiTypes | None = None
    methods: Methods = Field(default_factory=dict)
    allow: Allows = ()
    rules: Rules = ()


class ProjectConfig(Section):
    """Overrides for one project."""

    redaction: RedactionOverride = RedactionOverride()


class Config(Section):
    """All settings; ``Config()`` is what an empty file gives.

    Attributes:
        destinations: by name; none means that spans stay on this machine.
        projects: overrides by project name; a project need not be listed.
    """

    server: ServerConfig = ServerConfig()
    limits: LimitsConfig = LimitsConfig()
    destinations: Mapping[DestinationName, Destination] = Field(default_factory=dict)
    redaction: RedactionConfig = RedactionConfig()
    projects: Mapping[ProjectName, ProjectConfig] = Field(default_factory=dict)
