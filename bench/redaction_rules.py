"""Twenty rules as an operator writes them, and sentences that they hit."""

from __future__ import annotations

from typing import Any

from redaction_texts import Dice

SETTINGS: dict[str, Any] = {
    "rules": [
        {"name": "employee", "type": "EMPLOYEE", "pattern": r"\bEMP-\d{6}\b"},
        {"name": "ticket", "type": "TICKET", "pattern": r"\b(?:INC|REQ|CHG|PRB)\d{7}\b"},
        {"name": "account", "type": "ACCOUNT", "pattern": r"\b[A-Z]{2}\d{2}-\d{4}-\d{4}-\d{4}\b"},
        {"name": "ledger", "type": "ACCOUNT", "pattern": r"\bACC[- ]?\d{4}[- ]?\d{4}[- ]?\d{4}\b"},
        {"name": "sort code", "type": "ACCOUNT", "pattern": r"\b\d{2}-\d{2}-\d{2} \d{8}\b"},
        {"name": "policy", "type": "POLICY", "pattern": r"\bPOL/\d{4}/\d{5}\b"},
        {"name": "patient", "type": "PATIENT", "pattern": r"\bMRN[: ]?\d{7,8}\b"},
        {"name": "vehicle", "type": "VIN", "pattern": r"\b[A-HJ-NPR-Z0-9]{11}\d{6}\b"},
        {"name": "passport", "type": "PASSPORT", "pattern": r"(?i)\bpassport (?:no\.? )?[A-Z]\d{8}\b"},
        {"name": "insurance", "type": "NINO", "pattern": r"\b[A-CEGHJ-PR-TW-Z]{2}\d{6}[A-D]\b"},
        {"name": "invoice", "type": "INVOICE", "pattern": r"\bINV-\d{4}-\d{5}\b"},
        {"name": "purchase", "type": "ORDER", "pattern": r"\bPO\d{8}\b"},
        {"name": "customer", "type": "CUSTOMER", "pattern": r"\bcust_[a-z0-9]{12}\b"},
        {"name": "host", "type": "HOST", "pattern": r"\b[a-z]+-\d{2}\.corp\.internal\b"},
        {"name": "bucket", "type": "PATH", "pattern": r"s3://[a-z0-9.-]+/private/\S+"},
        {"name": "plate", "type": "PLATE", "pattern": r"\b[A-Z]{1,3}-[A-Z]{1,2} \d{1,4}\b"},
        {"name": "codename", "type": "CODENAME", "pattern": r"(?i)\bproject (?:bluebird|nightjar|kestrel)\b"},
        {"name": "names", "type": "NAME", "keys": ["customer_name", "full_name", "account_holder"]},
        {"name": "addresses", "type": "ADDRESS", "keys": ["street", "postal_address"]},
        {"name": "birthdays", "type": "BIRTHDAY", "keys": ["date_of_birth", "dob"]},
    ]
}
NONE: dict[str, Any] = {"rules": []}


def hit(dice: Dice) -> str:
    """Return a sentence that one or two of the patterns hit."""
    n = dice.randrange(10**8, 10**9)
    return dice.choice(
        (
            f"Ask EMP-{n % 10**6:06d} about INC{n % 10**7:07d}.",
            f"It was booked to DE{n % 90 + 10}-{n % 9000 + 1000}-{n % 8000 + 1000}-{n % 7000 + 1000}.",
            f"The policy is POL/2024/{n % 10**5:05d}, the patient MRN {n % 10**7:07d}.",
            f"See s3://reports.eu/private/{n}.pdf for Project Kestrel.",
            f"The car is M-AB {n % 9000}, its invoice INV-2026-{n % 10**5:05d}.",
        )
    )
