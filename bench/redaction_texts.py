"""Texts as language models read and write them, the same ones for the same seed; every value is invented.

Chat prose, Markdown, code, logs, JSON and tables. About 30 % of the texts hold one to three values to be
redacted; all of them hold numbers that only look like some.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from traffic import word

_DAY = datetime(2026, 11, 23, 13, 28, tzinfo=UTC)
_SHARE = 0.3
_SMALLEST, _LARGEST = 2_000, 6_000
_SPAN_CHARACTERS = 4_600  # beside ids, counters and quotes this makes about 6 KB

_ASIDES = (
    " \N{EM DASH} so far",
    ", that\N{RIGHT SINGLE QUOTATION MARK}s it",
    " caf\N{LATIN SMALL LETTER E WITH ACUTE}",
    " \N{WHITE HEAVY CHECK MARK}",
)

Dice = random.Random
Maker = Callable[[Dice], str]


def mixed(count: int, seed: int = 1) -> list[str]:
    """Return ``count`` texts of 2,000 to 6,000 characters, every kind of them."""
    dice = Dice(seed)
    makers = [_chat, _markdown, _code, _log, _json, _table]
    return [
        _text(dice, makers[place % len(makers)], dice.randrange(_SMALLEST, _LARGEST))
        for place in range(count)
    ]


def prose(count: int, seed: int = 2) -> list[str]:
    """Return texts of sentences alone, with hardly a digit in them."""
    dice = Dice(seed)
    return [_text(dice, _paragraph, dice.randrange(_SMALLEST, _LARGEST)) for _ in range(count)]


def digits(count: int, seed: int = 3) -> list[str]:
    """Return texts that are mostly numbers: measurements, logs, tables, ids."""
    dice = Dice(seed)
    makers = [_table, _log, _numbers]
    return [
        _text(dice, makers[place % len(makers)], dice.randrange(_SMALLEST, _LARGEST))
        for place in range(count)
    ]


def spans(count: int, seed: int = 4, *, hits: float = 0.0, hit: Maker | None = None) -> list[bytes]:
    """Return ``count`` events of about 6 KB as an SDK sends them, JSON.

    Args:
        hits: the share of the events that get one more sentence, made by ``hit``.
    """
    dice = Dice(seed)
    chosen = set(dice.sample(range(count), round(count * hits)))
    return [_span(dice, hit(dice) if hit and place in chosen else "") for place in range(count)]


# --- values, and what resembles them ------------------------------------------------------------------


def email(dice: Dice) -> str:
    person = f"{dice.choice(('jane', 'omar', 'lucia', 'pavel'))}.{word(dice)}{dice.randrange(99)}"
    host = f"{dice.choice(('mail', 'post', 'corp'))}{dice.randrange(9)}"
    return f"{person}@{host}.example.{dice.choice(('org', 'com'))}"


def luhn(prefix: str, length: int, dice: Dice) -> str:
    """Return digits of ``length`` that start with ``prefix`` and end with the right check digit."""
    body = prefix + "".join(dice.choices("0123456789", k=length - len(prefix) - 1))
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return body + str(-total % 10)


def card(dice: Dice) -> str:
    number = luhn(dice.choice(("4", "51", "2221", "6011")), 16, dice)
    return dice.choice(("", " ", "-")).join(number[start : start + 4] for start in range(0, 16, 4))


def iban(dice: Dice) -> str:
    account = "".join(dice.choices("0123456789", k=18))
    check = 98 - int(account + "131400") % 97  # DE is 1314 in digits
    number = f"DE{check:02d}{account}"
    return number if dice.random() < 0.5 else " ".join(number[at : at + 4] for at in range(0, 22, 4))


def ssn(dice: Dice) -> str:
    return f"{dice.randrange(100, 600)}-{dice.randrange(10, 99)}-{dice.randrange(1000, 9999)}"


def phone(dice: Dice) -> str:
    line = f"{dice.randrange(200, 999)}-{dice.randrange(1000, 9999)}"
    return dice.choice((f"+1 415-{line}", f"(415) {line}", f"+49 30 9018 {dice.randrange(1000, 9999)}"))


def address(dice: Dice) -> str:
    if dice.random() < 0.2:
        return f"2a02:908:{dice.randrange(4096, 65535):x}::{dice.randrange(256, 65535):x}"
    return ".".join(str(dice.randrange(11, 220)) for _ in range(4))


_PERSONAL: tuple[tuple[str, Maker], ...] = (
    ("Please write to {} about it.", email),
    ("Reply-To: {}", email),
    ("My phone number is {}, after nine.", phone),
    ("The card {} was charged twice.", card),
    ("Her SSN is {}.", ssn),
    ("Sign-in from {} was refused.", address),
    ("Transfer it to {} this week.", iban),
)


def personal(dice: Dice) -> str:
    """Return a sentence with one value to be redacted in it."""
    sentence, value = dice.choice(_PERSONAL)
    return sentence.format(value(dice))


def _hexadecimal(dice: Dice, length: int) -> str:
    return dice.randbytes((length + 1) // 2).hex()[:length]


def _uuid(dice: Dice) -> str:
    text = _hexadecimal(dice, 32)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _moment(dice: Dice) -> datetime:
    return _DAY + timedelta(milliseconds=dice.randrange(10**9))


def lookalike(dice: Dice) -> str:
    """Return a sentence with something in it that resembles a value and is none."""
    n = dice.randrange(10**9, 10**10)
    return dice.choice(
        (
            f"Order {n} was placed on {_moment(dice):%Y-%m-%d}.",
            f"See commit {_hexadecimal(dice, 40)} in build 7.31.{n % 90}.2041.",
            f"The total comes to $1,{n % 900 + 100}.{n % 90 + 10} for {n % 40} items.",
            f"Request {_uuid(dice)} took {n % 9000} ms.",
            f"It expires at {1_700_000_000 + n % 10**8} (epoch), after {n % 99}.{n % 7} %.",
            f"Use std::vector<int> and list[{n % 60}] there; @decorator is fine.",
            f"Tracking number {n}{n % 10**8:08d}, gate {n % 60}.",
            f"Chrome/{n % 140}.0.{n % 7000}.{n % 200} on 64 bit.",
            f"MAC 00:1b:44:{n % 90 + 10}:3a:b7, section {n % 9}.{n % 8}.{n % 7}.",
        )
    )


# --- kinds of text: each call makes another piece ---------------------------------------------------------


def _text(dice: Dice, piece: Maker, length: int) -> str:
    pieces: list[str] = []
    while sum(map(len, pieces)) < length:
        pieces.append(piece(dice))
        if piece is not _paragraph and dice.random() < 0.3:
            pieces.append(lookalike(dice))
    if dice.random() < _SHARE:
        for _ in range(dice.randrange(1, 4)):
            pieces.insert(dice.randrange(len(pieces) + 1), personal(dice))
    return "\n".join(pieces)


def _sentence(dice: Dice) -> str:
    words = " ".join(word(dice) for _ in range(dice.randrange(6, 16)))
    # A model's typographic signs, one of which makes a text's characters wider in memory.
    aside = dice.choice(_ASIDES) if dice.random() < 0.03 else ""
    return words.capitalize() + aside + dice.choice((".", ".", ".", "?", ", I think.", "!"))


def _paragraph(dice: Dice) -> str:
    return " ".join(_sentence(dice) for _ in range(dice.randrange(2, 6))) + "\n"


def _chat(dice: Dice) -> str:
    return f"{dice.choice(('User', 'Assistant', 'System'))}: {_paragraph(dice)}"


def _markdown(dice: Dice) -> str:
    items = "\n".join(f"{n}. **{word(dice)}**: {_sentence(dice)}" for n in range(1, dice.randrange(3, 6)))
    heading = f"## {word(dice).capitalize()} {dice.randrange(1, 9)}.{dice.randrange(9)}"
    return f"{heading}\n\n{_paragraph(dice)}\n{items}\n"


def _code(dice: Dice) -> str:
    name, other = word(dice), word(dice)
    return (
        f"def {name}_{other}(self, limit: int = {dice.randrange(9999)}) -> dict[str, float]:\n"
        f'    """{_sentence(dice)}"""\n'
        f"    if self.{other} > 0x{_hexadecimal(dice, 8)}:\n"
        f"        return {{'{name}': {dice.random():.9f}, '{other}': {dice.randrange(10**6)}}}\n"
        f"    for row in self._rows[{dice.randrange(99)}:]:  # {_sentence(dice)}\n"
        f'        log.info("%s %d", row.{name}, {dice.randrange(10**4)})\n'
    )


def _log(dice: Dice) -> str:
    moment = _moment(dice)
    return (
        f"{moment:%Y-%m-%dT%H:%M:%S}.{dice.randrange(1000):03d}Z INFO [{word(dice)}-{dice.randrange(64)}] "
        f"req={_hexadecimal(dice, 16)} status={dice.choice((200, 201, 404, 500))} "
        f"bytes={dice.randrange(10**6)} dur={dice.randrange(9999)}.{dice.randrange(99)}ms "
        f"{word(dice)} {word(dice)}"
    )


def _json(dice: Dice) -> str:
    row = {
        "id": _uuid(dice),
        "created": 1_700_000_000 + dice.randrange(10**8),
        "amount": round(dice.random() * 9_000, 2),
        "note": _sentence(dice),
        "tags": [word(dice) for _ in range(3)],
        "meta": {"page": dice.randrange(99), "etag": _hexadecimal(dice, 32), "ok": dice.random() < 0.5},
    }
    return json.dumps(row, indent=2 if dice.random() < 0.3 else None)


def _table(dice: Dice) -> str:
    cells = (
        f"{dice.randrange(10**5):>6d} | {dice.random() * 1000:9.3f} | {dice.randrange(-50, 50):4d}"
        for _ in "12"
    )
    return f"| {word(dice):<12} | {' | '.join(cells)} |"


def _numbers(dice: Dice) -> str:
    return " ".join(str(dice.randrange(10 ** dice.randrange(1, 13))) for _ in range(dice.randrange(5, 20)))


# --- events -----------------------------------------------------------------------------------------------


def _span(dice: Dice, more: str) -> bytes:
    makers = [_chat, _markdown, _code, _log, _json, _table]
    asked, result, answer = (
        _plain(dice, dice.choice(makers), _SPAN_CHARACTERS * part // 10) for part in (4, 2, 4)
    )
    if dice.random() < _SHARE:
        asked += "\n" + "\n".join(personal(dice) for _ in range(dice.randrange(1, 4)))
    span = {
        "type": "span",
        "trace_id": f"tr_{_hexadecimal(dice, 32)}",
        "span_id": f"sp_{_hexadecimal(dice, 16)}",
        "kind": "llm_call",
        "name": "openai.gpt-4o-2024-08-06",
        "model": "gpt-4o-2024-08-06",
        "input_tokens": dice.randrange(3_000),
        "output_tokens": dice.randrange(900),
        "cost_usd": round(dice.random() / 100, 6),
        "timestamp": _moment(dice).isoformat(timespec="microseconds"),
        "status": "ok",
        "duration_ms": dice.randrange(4_000),
        "agent_name": "support-bot",
        "payload": {
            "messages": [
                {"role": "system", "content": _paragraph(dice)},
                {"role": "user", "content": asked},
                # Frameworks log what a tool returned as text, JSON within JSON.
                {
                    "role": "tool",
                    "content": json.dumps({"rows": [{"id": dice.randrange(10**5), "text": result}]}),
                },
            ],
            "response": {"role": "assistant", "content": f"{answer}\n{more}" if more else answer},
            "temperature": 0.2,
        },
    }
    # As httpx writes JSON.
    return json.dumps(span, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(dice: Dice, piece: Maker, length: int) -> str:
    pieces: list[str] = []
    while sum(map(len, pieces)) < length:
        pieces.append(lookalike(dice) if dice.random() < 0.2 else piece(dice))
    return "\n".join(pieces)
