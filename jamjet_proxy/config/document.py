"""YAML text as plain data that remembers on which line each setting stands.

Read more narrowly than YAML allows: keys are names and stand once, tags are refused, aliases may neither
contain themselves nor grow the document beyond its bounds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from jamjet_proxy.config.findings import Finding, KeyPath, Origin, shown

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"

MAX_BYTES = 1 << 20
"""Largest YAML text that is read, in bytes."""

_MAX_DEPTH = 32
_TOO_DEEP = f"nested deeper than {_MAX_DEPTH} levels"
_CYCLE = "an alias must not stand inside what it repeats; write the settings out"
_MAX_NODES = MAX_BYTES  # more than a text of that size can hold without aliases
_PREFIX = "tag:yaml.org,2002:"
_TEXT = {f"{_PREFIX}str", f"{_PREFIX}timestamp"}  # a date is text: no setting is a point in time
_VALUES = {f"{_PREFIX}null", f"{_PREFIX}bool", f"{_PREFIX}int", f"{_PREFIX}float"}
_QUOTED_NAME = re.compile(r" '[^'<]{3,}'")


class YamlSyntaxError(ValueError):
    """The text is not YAML; ``line`` counts from 1. The message repeats nothing of the text."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(slots=True)
class Document:
    """The outcome of reading a text.

    Attributes:
        value: the data; None for an empty text.
        origins: where each path of ``value`` stands.
        findings: mistakes of form that did not keep the rest from being read.
    """

    value: Value = None
    origins: dict[KeyPath, Origin] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def read_yaml(text: str, source: str) -> Document:
    """Read ``text``; ``source`` is the name that origins carry.

    Raises:
        YamlSyntaxError: it is not one YAML document, or too deep or too large when expanded.
    """
    node = _compose(text)
    document = Document(origins={(): Origin(source)})
    if node is not None:
        document.value = _Reader(source, document).read(node, ())
    return document


def _compose(text: str) -> yaml.Node | None:
    loader = None
    try:
        loader = _ShallowLoader(text)
        node: yaml.Node | None = loader.get_single_node()
        return node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message, line = _explain(error), mark.line + 1 if mark else 1
    except yaml.reader.ReaderError as error:
        message, line = "it contains a control character", text.count("\n", 0, error.position) + 1
    finally:
        if loader is not None:
            loader.dispose()
    # Raised here, outside the handlers: the parser's own error holds a piece of the text.
    raise YamlSyntaxError(f"not valid YAML: {message}", line)


def _explain(error: yaml.MarkedYAMLError) -> str:
    sentence = ", ".join(part for part in (error.context, error.problem) if part)
    hint = "; put a value that starts with * in quotes" if "alias" in sentence else ""
    return _QUOTED_NAME.sub("", sentence) + hint


class _ShallowLoader(yaml.SafeLoader):
    """A composer that refuses deep nesting before Python's own stack does."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise yaml.composer.ComposerError(None, None, _TOO_DEEP, self.get_mark())
        try:
            node: yaml.Node | None = super().compose_node(parent, index)
            return node
        finally:
            self._depth -= 1


class _Reader:
    """Turns one tree of nodes into data, noting origins and findings in a document."""

    def __init__(self, source: str, document: Document) -> None:
        self._source = source
        self._document = document
        self._open: set[int] = set()
        self._nodes = 0

    def read(self, node: yaml.Node, path: KeyPath) -> Value:
        """Return the data of ``node``; None in place of what is refused, with a finding."""
        self._nodes += 1
        if self._nodes > _MAX_NODES:
            raise YamlSyntaxError("its aliases make it too large", node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._open:
            return self._refuse(node, path, _CYCLE)
        self._open.add(id(node))
        try:
            return self._collection(node, path)
        finally:
            self._open.remove(id(node))

    def _collection(self, node: yaml.Node, path: KeyPath) -> Value:
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_PREFIX}map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_PREFIX}seq":
            return self._sequence(node, path)
        return self._refuse(node, path, "tags (!name) are not allowed")

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> Value:
        first_lines: dict[str, int] = {}
        result: dict[str, Value] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._key(key_node, path)
            if key is None:
                continue
            if key in result:
                self._refuse(key_node, path, f"key {shown(key)!r} stands here and on line {first_lines[key]}")
                continue
            first_lines[key] = line
            self._document.origins[*path, key] = Origin(self._source, line)
            result[key] = self.read(value_node, (*path, key))
        return result

    def _key(self, node: yaml.Node, path: KeyPath) -> str | None:
        if node.tag == f"{_PREFIX}merge":
            self._refuse(node, path, "merge keys (<<) are not allowed; write the settings out")
        elif not isinstance(node, yaml.ScalarNode) or node.tag not in _TEXT | _VALUES or not node.value:
            self._refuse(node, path, "a key must be a name")
        else:
            # Names are taken as written: a project may be called 123 or "no".
            return str(node.value)
        return None

    def _sequence(self, node: yaml.SequenceNode, path: KeyPath) -> Value:
        result: list[Value] = []
        for position, item in enumerate(node.value):
            self._document.origins[*path, position] = Origin(self._source, item.start_mark.line + 1)
            result.append(self.read(item, (*path, position)))
        return result

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Value:
        if node.tag in _TEXT:
            return str(node.value)
        if node.tag not in _VALUES:
            return self._refuse(node, path, "tags (!name) are not allowed")
        try:
            value: Value = yaml.constructor.SafeConstructor().construct_object(node)
        except (ValueError, KeyError):  # an explicit tag over something else, such as !!int abc
            return self._refuse(node, path, f"not a valid {node.tag.removeprefix(_PREFIX)}")
        return value

    def _refuse(self, node: yaml.Node, path: KeyPath, message: str) -> Value:
        """Note a finding about ``node`` and return what stands in for it."""
        origin = Origin(self._source, node.start_mark.line + 1)
        self._document.findings.append(Finding(origin, path, message))
        return None
