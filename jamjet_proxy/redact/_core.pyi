from collections.abc import Callable, Sequence, Set
from typing import Literal

import msgspec

class Prepared: ...

def prepare(
    kinds: Sequence[tuple[str, bytes, bool]],
    tokens: Sequence[bytes],
    issuers: Sequence[tuple[int, int, int, int]],
    iban_lengths: bytes,
    calling_codes: bytes,
    folds: bytes,
    tlds: Sequence[bytes],
    protected: Set[str],
    plain_names: Set[str],
    redact: Callable[[str, str], tuple[str, dict[str, int]]],
    is_document: Callable[[str], bool],
    /,
) -> Prepared: ...
def find(core: Prepared, text: str, hint: str, /) -> list[tuple[int, int, str]] | None: ...
def redact_fields(
    core: Prepared, fields: dict[str, msgspec.Raw], /
) -> dict[str, tuple[bytes, list[tuple[str, str, int]]]] | Literal[False] | None: ...
