"""Request bodies as an SDK sends them: 50 spans of LLM calls and tools, about 59 KB, new ids each time.

The bodies are made once, from a fixed seed. Every id in them holds a placeholder of fixed width, so
that a body with ids nobody has seen costs the client one ``bytes.replace``.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

SPANS = 50
_SPANS_PER_TRACE = 5
_SEED = 20261123
_DAY = datetime(2025, 11, 23, 13, 28, tzinfo=UTC)

_MARK = b"!!request!!!"  # as long as the number that takes its place
_MARK_BITS = 4 * len(_MARK)
# An odd factor, so that numbers one after the other become ids all over the place, none twice.
_SCATTER = 0x9E3779B97F4B

_MODELS = ("gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18", "claude-sonnet-4-5-20250929")
_TOOLS = ("search_orders", "lookup_customer", "read_invoice", "send_reply", "book_visit")
_VOCABULARY = (
    "the a of and to in that it for on with as by at from or this which when after before while because "
    "customer order parcel invoice refund return delivery warehouse carrier supplier account contract "
    "subscription payment discount coupon ticket question answer request reason policy manager colleague "
    "team office branch region country city address season quarter month week morning evening report "
    "summary table figure result estimate margin budget forecast target trend increase decrease average "
    "model prompt context token message system assistant user tool function argument response error "
    "printer keyboard monitor battery charger adapter cable sensor camera speaker engine filter valve "
    "blue green narrow heavy recent early late missing damaged complete partial separate regular urgent "
    "polite clear careful quick slow quiet broken open closed pending confirmed shipped delayed cancelled "
    "please would could should must may might will has have had was were is are been being does did "
    "ask check confirm explain describe compare replace repair send receive collect offer accept decline "
    "update create remove extend reduce schedule arrange inform remind apologise suggest recommend prefer "
    "however therefore although meanwhile instead perhaps usually often rarely always never already still "
    "another several every each both neither first second last next same different possible available"
)
WORDS = _VOCABULARY.split()
_ENDINGS = ("", "", "", "s", "ed", "ing", "ly", "er")
_ASIDES = (
    "It took {n} of 120 attempts.",
    "That is {n}.5 percent more than in 2024.",
    "The total comes to $1,2{n:02d}.00 \N{EN DASH} tax included.",
    "See section 4.{n} of the handbook; it\N{RIGHT SINGLE QUOTATION MARK}s short.",
    "Ready at 14:{n:02d} \N{EM DASH} at the latest by five.",
    'She called it "version {n}.2".',
)
# What a search for personal data must look at twice, and then leave alone.
_LOOKALIKES = (
    "Order 48{n:02d}119274 was placed on 2026-11-{d:02d}.",
    "Logged at 2026-11-{d:02d}T13:28:{n:02d}Z by build 7.31.{n}.2041.",
    "Use std::vector or list[{n}] there.",
)
_LOOKALIKE_SHARE = 0.1

_GIVEN = ("jane", "omar", "lucia", "pavel", "mei", "tom", "ada", "nils")
_FAMILY = ("doe", "haddad", "rossi", "novak", "chen", "baker", "okafor", "berg")
_ADDRESSES = ("84.23.{n}.17", "203.0.113.{n}", "2a02:908:1f{n:02d}::7a4e")
_IBANS = ("DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR1420041010050500013M02606")
_CARDS = ("4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005")


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bodies of ``SPANS`` spans each; ``pii`` is the share of spans with something to redact in them."""

    templates: tuple[bytes, ...]
    pii: float

    def body(self, number: int) -> bytes:
        """Return the body of request ``number``; no two requests share an id."""
        template = self.templates[number % len(self.templates)]
        scattered = number * _SCATTER & (1 << _MARK_BITS) - 1
        return template.replace(_MARK, b"%0*x" % (len(_MARK), scattered))


def make_traffic(pii: float, templates: int = 40) -> Traffic:
    """Return the same traffic for the same arguments."""
    dice = random.Random(_SEED)
    marked = _marked(dice, templates * SPANS, pii)
    spans = [_span(dice, place, personal) for place, personal in enumerate(marked)]
    bodies = [spans[start : start + SPANS] for start in range(0, len(spans), SPANS)]
    return Traffic(tuple(_encode({"project": "bench", "events": events}) for events in bodies), pii)


def _marked(dice: random.Random, count: int, share: float) -> list[bool]:
    personal = [place < round(count * share) for place in range(count)]
    dice.shuffle(personal)
    return personal


def _encode(value: object) -> bytes:
    # As httpx writes JSON.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _span(dice: random.Random, place: int, personal: bool) -> dict[str, Any]:
    mark = _MARK.decode()
    at = _DAY + timedelta(milliseconds=dice.randrange(60_000))
    span: dict[str, Any] = {
        "type": "span",
        "trace_id": f"tr_{mark}{_rest_of_id(place // _SPANS_PER_TRACE, 't')}",
        "span_id": f"sp_{mark}{_rest_of_id(place, 's')}",
    }
    call = dice.random() < 0.7
    span |= _model_call(dice, personal) if call else _tool_call(dice, personal)
    span |= {
        "sequence": place % _SPANS_PER_TRACE + 1,
        "timestamp": at.isoformat(timespec="microseconds"),
        "status": "error" if dice.random() < 0.02 else "ok",
        "duration_ms": dice.randrange(4_000),
        "agent_name": "support-bot",
        "session_id": f"conv_{dice.randrange(1000)}",
        "environment": "production",
        "release_version": "1.4.2",
        "end_user_id": f"cust_{dice.randrange(1000)}",
    }
    if personal and dice.random() < 0.2:
        span["end_user_email"] = _email(dice)
    return span


def _rest_of_id(number: int, kind: str) -> str:
    return random.Random(f"{kind}{number}").randbytes(16).hex()[len(_MARK) :]


def _model_call(dice: random.Random, personal: bool) -> dict[str, Any]:
    model = dice.choice(_MODELS)
    received, sent = dice.randrange(100, 3_000), dice.randrange(20, 900)
    messages = [
        {"role": "system", "content": _prose(dice, 140)},
        {"role": "user", "content": _prose(dice, 240, personal=personal)},
    ]
    answer = {"role": "assistant", "content": _prose(dice, 230, personal=personal and dice.random() < 0.5)}
    return {
        "kind": "llm_call",
        "name": f"openai.{model}",
        "model": model,
        "input_tokens": received,
        "output_tokens": sent,
        "cost_usd": round(received * 2.5e-6 + sent * 1e-5, 6),
        "payload": {"messages": messages, "response": answer, "temperature": 0.2, "tags": ["beta", "eu"]},
    }


def _tool_call(dice: random.Random, personal: bool) -> dict[str, Any]:
    tool = dice.choice(_TOOLS)
    asked = {"query": _prose(dice, 80), "limit": dice.randrange(1, 50), "exact": dice.random() < 0.5}
    rows = [
        {"id": dice.randrange(100_000), "text": _prose(dice, 110, personal=personal and row == 0)}
        for row in range(3)
    ]
    # Frameworks log what a tool returned as text, JSON within JSON.
    result: object = json.dumps({"rows": rows}) if dice.random() < 0.5 else {"rows": rows}
    return {
        "kind": "tool_call",
        "name": tool,
        "payload": {"tool": tool, "arguments": asked, "result": result},
    }


def _prose(dice: random.Random, length: int, *, personal: bool = False) -> str:
    sentences: list[str] = []
    if personal:
        sentences += (_personal(dice) for _ in range(dice.choice((1, 1, 2))))
    if dice.random() < 0.4:
        sentences.append(dice.choice(_ASIDES).format(n=dice.randrange(10, 60)))
    if dice.random() < _LOOKALIKE_SHARE / 3:  # three texts in most spans
        sentences.append(dice.choice(_LOOKALIKES).format(n=dice.randrange(10, 60), d=dice.randrange(1, 29)))
    while sum(map(len, sentences)) < length - 40:
        words = [word(dice) for _ in range(dice.randrange(7, 14))]
        sentences.append(" ".join(words).capitalize() + dice.choice((".", ".", "?", ":\n-")))
    dice.shuffle(sentences)
    return " ".join(sentences)


def word(dice: random.Random) -> str:
    if dice.random() < 0.15:  # names and jargon keep text from being compressed too well
        return "".join(dice.choices("abcdefghiklmnoprstuvw", k=dice.randrange(4, 10)))
    return dice.choice(WORDS) + dice.choice(_ENDINGS)


def _personal(dice: random.Random) -> str:
    n = dice.randrange(10, 99)
    return dice.choice(
        (
            f"Please write to {_email(dice)} about it.",
            f"Reply to {_email(dice)}, thank you.",
            f"My phone is +1 (415) 555-26{n}.",
            f"Call +49 30 9018 20{n} after nine.",
            f"The card {dice.choice(_CARDS)} was charged twice.",
            f"Her SSN is 219-09-{n}41.",
            f"Sign-in from {dice.choice(_ADDRESSES).format(n=n)} was refused.",
            f"Transfer it to {dice.choice(_IBANS)} this week.",
        )
    )


def _email(dice: random.Random) -> str:
    person = f"{dice.choice(_GIVEN)}.{dice.choice(_FAMILY)}{dice.randrange(100)}"
    return f"{person}@mail{dice.randrange(9)}.example.org"
