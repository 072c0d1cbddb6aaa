"""Kinds of personal data the built-in detectors know, under every name people use for them."""

from __future__ import annotations

import re
from difflib import get_close_matches
from enum import StrEnum


class PiiType(StrEnum):
    """A built-in kind of personal data; the value is the name shown in redaction tokens."""

    EMAIL = "EMAIL"
    CREDIT_CARD = "CREDIT_CARD"
    US_SSN = "US_SSN"
    PHONE = "PHONE"
    IP = "IP"
    IBAN = "IBAN"
    SECRET = "SECRET"  # noqa: S105 - the name of a type


_ALIASES = {
    "email": PiiType.EMAIL,
    "emailaddress": PiiType.EMAIL,
    "creditcard": PiiType.CREDIT_CARD,
    "ssn": PiiType.US_SSN,
    "usssn": PiiType.US_SSN,
    "phone": PiiType.PHONE,
    "phonenumber": PiiType.PHONE,
    "ip": PiiType.IP,
    "ipaddress": PiiType.IP,
    "iban": PiiType.IBAN,
    "ibancode": PiiType.IBAN,
    "secret": PiiType.SECRET,
    "secrets": PiiType.SECRET,
    "apikey": PiiType.SECRET,
    "credential": PiiType.SECRET,
    "credentials": PiiType.SECRET,
}


def parse_pii_type(name: str) -> PiiType:
    """Return the type called ``name`` in any SDK, page or document, whatever its case.

    Raises:
        ValueError: no type has that name; the message suggests the nearest one.
    """
    found = _ALIASES.get(re.sub(r"[\s_-]+", "", name).lower())
    if found is not None:
        return found
    known = [kind.value.lower() for kind in PiiType]
    near = get_close_matches(name.lower(), known, n=1, cutoff=0.4)
    suggestion = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"unknown PII type {name!r}{suggestion} (known: {', '.join(known)})")
