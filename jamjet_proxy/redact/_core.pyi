"""Types of the compiled core; ``compiled`` is its only user."""

from collections.abc import Callable, Sequence, Set
from typing import Any, NewType

import msgspec

Tables = NewType("Tables", object)
Prepared = NewType("Prepared", object)
Leaf = Callable[[str, str, int, list[str | int] | None], tuple[str, dict[str, int]]]

def load(tables: dict[str, Any], /) -> Tables: ...
def prepare(
    tables: Tables,
    kinds: Sequence[tuple[str, str, bool]],
    tokens: Sequence[str],
    openings: Sequence[str],
    replaces: bool,
    secrets: Callable[[str, str], list[tuple[int, int]]],
    is_document: Callable[[str], bool],
    protected: Set[str],
    plain_names: Set[str],
    /,
) -> Prepared: ...
def find(prepared: Prepared, text: str, hint: str, /) -> list[tuple[int, int, str]] | None: ...
def candidates(prepared: Prepared, text: str, hint: str, /) -> list[tuple[int, int, str]] | None: ...
def redact(prepared: Prepared, text: str, /) -> str | None: ...
def redact_fields(
    prepared: Prepared,
    fields: dict[str, msgspec.Raw],
    leaf: Leaf,
    keys: Set[str] | None,
    is_hit: Callable[[str], bool] | None,
    /,
) -> dict[str, tuple[bytes | None, list[tuple[str, str, int]]]] | bool | None: ...
def flat(json: bytes, /) -> bytes: ...
