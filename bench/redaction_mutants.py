"""Texts and events a few random steps away from values, the same ones for the same seed; all invented."""

from __future__ import annotations

import json
import random
import urllib.parse
from collections.abc import Callable
from typing import Any

import redaction_texts
from redaction_texts import Dice, Maker

_LONG_SHARE = 0.002
_LONG_CHARACTERS = 8_000
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789"

# What a detector must take, or leave, together with its neighbourhood.
_VALUES = (
    "jane.doe@example.com",
    "o'neil+x@mail.example.co.uk",
    "a%40example.com",
    "j\u00f6rg\uff20example\uff0ecom",
    "b&#64;example.com",
    "c\\u0040example.com",
    "git@host:repo",
    "user@10.2.3.4",
    "user@[10.2.3.4]",
    "x@b\u00fccher.example",
    "4111 1111 1111 1111",
    "378282246310005",
    "4111111111111112",
    "3782\u00a0822463\u00a010005",
    "342-31-8451",
    "ssn 342 31 8451",
    "000-12-3456",
    "078-05-1120",
    "+1 415 600 8119",
    "+49 (0)30 9018 2012",
    "(303)\u00a0234\u20115459",
    "tel 0412/345/077",
    "call 4155551234",
    "+44 20 7946 0958 ext. 12",
    "10.2.3.4",
    "10.2.3.4:8080",
    "192.168.0.0/16",
    "version 1.2.3.4",
    "Chrome/120.0.6099.109",
    "2001:db8::1",
    "[2001:db8::1]:443",
    "fe80::1%eth0",
    "::ffff:10.0.0.1",
    "std::vector",
    "12:30:45",
    "00:1b:44:11:3a:b7",
    "DE89 3704 0044 0532 0130 00",
    "de89370400440532013000",
    "GB82WEST12345698765433",
    "FR14 2004 1010 0505 0001 3M02 606",
    "2026-11-23T13:28:10.123456Z",
    "12345678-1234-4234-8234-123456789012",
    "order 481119274",
    "1700000000123",
    "[EMAIL]",
    "[EMAIL_2]",
    "[US_SSN:0123456789abcdef]",
    "[REDACTED:phone]",
    '{"ip": "10.2.3.4", "n": 14158942089}',
    "password=hunter2hunter2",
    "Authorization: Bearer ",
    "https://user:secret@host.example/path?e=a%40b.com",
)
_TEMPLATES = (
    "{}",
    "{}.",
    "<{}>",
    '"{}"',
    "'{}'",
    "({})",
    "[{}](mailto:{})",
    "call me at {} or write to {}",
    "ssn {} and phone {}",
    "card number: {}, expires 12/29",
    "iban={};ip={}",
    "password: {}",
    "token={}&user={}",
    "Authorization: Bearer {}",
    "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----",
    "https://example.org/?q={}&r={}#{}",
    "postgres://app:{}@db.internal:5432/app",
    '{{"phone": "{}", "note": "{}"}}',
    '{{"a": "{{\\"email\\": \\"{}\\"}}"}}',
    "2026-11-23T13:28:10Z INFO req=5f3a ip={} user={}",
    "| {} | {} |",
    "{}\t{}\n{}",
    "order {}, ref {}",
    "version {}",
    "{}{}",
    "\\n{}\\n",
)
_PIECES = (
    *"0123456789@.:-+()/ \\\"'%&;#_=xaAfFuUtTnNeE\n\t\r[]{},<>|",
    "\u00a0",
    "\u200b",
    "\u200d",
    "\u00ad",
    "\uff10",
    "\u0664",
    "\u2011",
    "\u2024",
    "\u212a",
    "\u017f",
    "\u0130",
    "\u00e9",
    "\u4e2d",
    "\U0001f600",
    "\U0001d7d8",
    "\x00",
    *("phone ", "ssn ", "card ", "iban ", "v", "version ", "ip ", "order ", "id ", "ref ", "fax", "office"),
    *(
        "::",
        "@x.com",
        "\\n",
        "\\u00",
        "\\u0040",
        "%4",
        "%40",
        "%2E",
        "&commat;",
        "&#x40;",
        "+1 ",
        "eyJ",
        "sk-",
    ),
    *("[EMAIL]", "[PHONE]", "ext. 5", "mailto:", "://", "Bearer ", "key=", "0x", "1.2.3.4", "DE89", "4111"),
)
_KEYS = (
    *("phone", "ssn", "card_number", "id", "note", "userPhone", "mobile_number", "ip", "iban", "api_key"),
    *("password", "to", "trace_id", "timestamp", "model", "content", "a@b.com", "x", "", "full_name"),
)
_FIELDS = ("payload", "name", "trace_id", "tags", "end_user_email", "status", "model", "extra")
_NUMBERS = (14158942089, 342318451, 4111111111111111, -4111111111111111, 1700000000, 0, 1.5, 1e30)


def mutant(dice: Dice) -> str:
    """Return a text: values in a template, then up to six random steps."""
    text = dice.choice(_TEMPLATES).format(*(_value(dice) for _ in range(3)))
    if dice.random() < 0.2:
        text = f"{redaction_texts.lookalike(dice)} {text}"
    for _ in range(dice.randrange(7)):
        text = dice.choice(_STEPS)(text, dice)
    return _longer(text, dice) if dice.random() < _LONG_SHARE else text


def event(text: str, dice: Dice) -> str:
    """Return the JSON of an event that holds ``text`` in several places."""
    fields: dict[str, Any] = {"payload": _tree(text, dice, 3)}
    for _ in range(dice.randrange(3)):
        fields[dice.choice(_FIELDS) if dice.random() < 0.8 else text[:60]] = _tree(text, dice, 1)
    return json.dumps(fields, ensure_ascii=dice.random() < 0.5)


# --- values ---------------------------------------------------------------------------------------------


def _secret(dice: Dice) -> str:
    tail = "".join(dice.choices(_LETTERS, k=dice.randrange(10, 50)))
    prefixes = (
        "sk-",
        "sk-proj-",
        "ghp_",
        "AKIA",
        "xoxb-",
        "jj_",
        "AIza",
        "eyJhbGciOiJIUzI1NiJ9.eyJ",
        "glpat-",
    )
    return dice.choice(prefixes) + tail


def _hexadecimal(dice: Dice) -> str:
    return dice.randbytes(dice.randrange(4, 24)).hex()


_MAKERS: tuple[Maker, ...] = (
    redaction_texts.email,
    redaction_texts.card,
    redaction_texts.iban,
    redaction_texts.ssn,
    redaction_texts.phone,
    redaction_texts.address,
    _secret,
    _hexadecimal,
)


def _value(dice: Dice) -> str:
    return dice.choice(_VALUES) if dice.random() < 0.6 else dice.choice(_MAKERS)(dice)


# --- steps ----------------------------------------------------------------------------------------------


def _insert(text: str, dice: Dice) -> str:
    place = dice.randrange(len(text) + 1)
    return text[:place] + dice.choice(_PIECES) + text[place:]


def _overwrite(text: str, dice: Dice) -> str:
    place = dice.randrange(len(text) + 1)
    return text[:place] + dice.choice(_PIECES) + text[place + dice.randrange(1, 3) :]


def _delete(text: str, dice: Dice) -> str:
    place = dice.randrange(len(text) + 1)
    return text[:place] + text[place + dice.randrange(1, 4) :]


def _double(text: str, dice: Dice) -> str:
    start, length = dice.randrange(len(text) + 1), dice.randrange(1, 20)
    return text[: start + length] + text[start:]


def _splice(text: str, dice: Dice) -> str:
    other = _value(dice)
    return text[: dice.randrange(len(text) + 1)] + other[dice.randrange(len(other)) :]


def _disguise(text: str, dice: Dice) -> str:
    """Write one character in another way."""
    if not text:
        return text
    place = dice.randrange(len(text))
    code = ord(text[place])
    forms = [
        f"\\u{code & 0xFFFF:04x}",
        f"&#{code};",
        f"&#x{code:x};",
        f"%{code & 0xFF:02X}",
        f"{text[place]}\u200b",
    ]
    if 0x21 <= code < 0x7F:
        forms += [chr(code + 0xFEE0)] * 3  # full width
    return text[:place] + dice.choice(forms) + text[place + 1 :]


def _encode(text: str, dice: Dice) -> str:
    forms: tuple[Callable[[str], str], ...] = (
        json.dumps,
        urllib.parse.quote,
        str.upper,
        str.lower,
        str.swapcase,
    )
    return dice.choice(forms)(text)


_STEPS = (_insert, _insert, _overwrite, _overwrite, _delete, _delete, _double, _splice, _disguise, _encode)


def _longer(text: str, dice: Dice) -> str:
    repeats = dice.randrange(2, _LONG_CHARACTERS // (len(text) + 1) + 3)
    return (text + dice.choice(("", " ", "\n"))) * repeats


# --- events ---------------------------------------------------------------------------------------------


def _tree(text: str, dice: Dice, depth: int) -> Any:
    shape = dice.randrange(6) if depth else dice.randrange(3)
    if shape < 2:
        return text
    if shape == 2:
        return dice.choice((*_NUMBERS, True, None, text[dice.randrange(len(text) + 1) :]))
    if shape == 3:
        return [_tree(text, dice, depth - 1) for _ in range(dice.randrange(1, 3))]
    if shape == 4:
        return json.dumps(_tree(text, dice, depth - 1), ensure_ascii=dice.random() < 0.5)
    return {_key(text, dice): _tree(text, dice, depth - 1) for _ in range(dice.randrange(1, 4))}


def _key(text: str, dice: Dice) -> str:
    return dice.choice(_KEYS) if dice.random() < 0.8 else text[:60]


def dice_of(seed: int, chunk: int) -> Dice:
    """Return the dice of one chunk of mutants, whichever process throws them."""
    return random.Random(f"{seed}/{chunk}")
