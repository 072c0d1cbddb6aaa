"""Texts made to be slow: monotonous ones, and those that nearly hold a value from end to end."""

from __future__ import annotations

import random
from base64 import urlsafe_b64encode
from functools import cache

LENGTHS = (20_000, 40_000, 80_000)
_SEED = 7

# What is repeated until the text is long enough.
_UNITS = {
    "AAAA": "A",
    "digit 4": "4",
    "digits 1-0": "1234567890",
    "digits and blanks": "4 ",
    "digits and hyphens": "4-1-",
    "digits and dots": "415.600.",
    "digits, all separators": "1 (2) 3-4/5.",
    "1.1.1.": "1.",
    "1.1.1.1 ": "1.1.1.1 ",
    "1:1:1:": "1:",
    "::::": ":",
    "fe80::": "fe80::",
    "::1 ": "::1 ",
    "@": "@",
    "x@a.a.": "x@a.a.a.",
    "a.a.a.": "a.",
    "a@b ": "a@b ",
    "jane@x.com,": "jane@x.com,",
    "e-acute @": "\u00e9@",
    "%40": "%40",
    "%2": "%2",
    "a%40b.": "a%40b.",
    "\\u0040": "\\u0040",
    "\\u00": "\\u00",
    "\\n": "\\n",
    "&#64;": "&#64;",
    "&#": "&#",
    "&commat;": "&commat;",
    "full-width digits": "\uff14",
    "full-width @": "a\uff20b\uff0e",
    "digits, zero-width joined": "4\u200b",
    "letters, zero-width joined": "a\u200d@",
    "soft hyphens": "\u00ad",
    "Arabic digits": "\u0664",
    "ssn 123456788 ": "ssn 123456788 ",
    "ssn 342-31-8451 ": "ssn 342-31-8451 ",
    "call 4155551234 ": "call 4155551234 ",
    "phone (1)": "phone (1)",
    "phone ": "phone ",
    "+1 ": "+1 ",
    "+": "+",
    "(": "(",
    "card 4111 ": "card 4111 ",
    "4111-": "4111-",
    "4111111111111111 ": "4111111111111111 ",
    "DE89 ": "DE89 ",
    "DE893704": "DE893704",
    "IBAN, bad check": "DE88 3704 0044 0532 0130 00 ",
    "GB82WEST": "GB82WEST",
    "eyJ": "eyJ",
    "eyJ.": "eyJhbGciOi.",
    "sk-": "sk-",
    "AKIA ghp_": "AKIA ghp_ xoxb- ",
    "password=": "password=",
    "password: ": "password: ",
    "token=a&": "token=a&",
    "Authorization: Bearer ": "Authorization: Bearer ",
    "://": "://",
    "https://a:b": "https://a:b",
    "a:b@": "a:b@",
    "BEGIN PRIVATE KEY": "-----BEGIN PRIVATE KEY-----\n",
    "-----": "-",
    "jj_": "jj_",
    "quotes": '"',
    "apostrophes": "'",
    "backslashes": "\\",
    "backslash quote": '\\"',
    "brackets": "[",
    '{"a":': '{"a":',
    '["': '["',
    "[EMAIL]": "[EMAIL]",
    "[EMAIL": "[EMAIL",
    "blanks": " ",
    "lines": "\n",
    "emoji": "\U0001f600",
}


def texts(length: int) -> dict[str, str]:
    """Return the texts by name, each ``length`` characters long."""
    found = {name: (unit * (length // len(unit) + 1))[:length] for name, unit in _UNITS.items()}
    return found | {name: text[:length] for name, text in _random_texts().items()}


@cache
def _random_texts() -> dict[str, str]:
    dice, longest = random.Random(_SEED), LENGTHS[-1]
    return {
        "hex": dice.randbytes(longest // 2).hex(),
        "base64url": urlsafe_b64encode(dice.randbytes(longest)).decode(),
        "random digits": "".join(dice.choices("0123456789", k=longest)),
        "random digits, separated": "".join(dice.choices("0123456789 -.()+", k=longest)),
        "random signs": "".join(dice.choices("0123456789abcdefAZ.:@%&\\+-/ ", k=longest)),
    }
