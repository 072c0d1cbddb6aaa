"""What the document about redaction says is checked against the program."""

from __future__ import annotations

import re
from ast import literal_eval
from pathlib import Path

import pytest

from jamjet_proxy.config import load
from jamjet_proxy.model.method import Method
from jamjet_proxy.model.outcome import Reason
from jamjet_proxy.model.pii import PiiType, parse_pii_type
from jamjet_proxy.redact import EventDropped, Redactor, RuleSet
from jamjet_proxy.redact.rules import Treatment
from jamjet_proxy.services import check_rules

TEXT = (Path(__file__).parents[2] / "docs/redaction.md").read_text()
YAML = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
HASH = r"[0-9a-f]{16}"


def rows(first: str) -> list[list[str]]:
    """Return the cells of the table whose header begins with ``first``, without the quotes of code."""
    table = TEXT[TEXT.index(f"| {first} |") :].partition("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


@pytest.mark.parametrize("text", YAML)
def test_settings_in_the_document_load_and_their_examples_pass(text: str, tmp_path: Path) -> None:
    """Every block of settings can be pasted as it stands."""
    path = tmp_path / "config.yaml"
    path.write_text(text)
    load(path, {}, check_rules)


def test_types_are_those_of_the_program() -> None:
    """Each type is listed, and every name given for it means it."""
    listed = {row[0].strip("`"): re.findall(r"`(\w+)`", row[1]) for row in rows("type")}
    assert list(listed) == [kind.value.lower() for kind in PiiType]
    for name, others in listed.items():
        assert {parse_pii_type(other) for other in [name, *others]} == {PiiType(name.upper())}


def test_methods_do_what_their_table_says() -> None:
    """Before and after are those of the program, for every method."""
    header = TEXT[TEXT.index("| method |") :].partition("\n")[0]
    values = re.findall(r"`([^`]+)`", header)
    table = rows("method")
    assert [row[0].split("`")[1] for row in table] == [method.value for method in Method]
    for method, row in zip(Method, table, strict=True):
        by = Redactor(RuleSet(methods=tuple((kind, Treatment(method)) for kind in PiiType)))
        for value, expected in zip(values, row[1:], strict=True):
            if method is Method.DROP_EVENT:
                with pytest.raises(EventDropped):
                    by.redact(value)
            else:
                assert re.sub(HASH, "", by.redact(value)) == re.sub(HASH, "", expected.strip("`"))


def test_reasons_are_those_of_the_program() -> None:
    """The reasons for refusing an event have their names on the wire."""
    for reason in (Reason.REDACTION_FAILED, Reason.REDACTION_TIMEOUT, Reason.DROPPED_BY_RULE):
        assert f"`{reason.value}`" in TEXT


def test_the_python_lines_give_what_is_written_behind_them() -> None:
    """The documented calls and their results."""
    block = TEXT[TEXT.index("```python") :]
    lines = re.findall(r"^redactor\.(\w+)\((.*)\) +# (.*)$", block, re.MULTILINE)
    assert len(lines) == 3
    for name, argument, result in lines:
        assert getattr(Redactor(), name)(literal_eval(argument)) == literal_eval(result)
