"""What each built-in detector takes for personal data, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jamjet_proxy.model.pii import PiiType
from jamjet_proxy.redact.redactor import Redactor
from jamjet_proxy.redact.rules import RuleSet

FOUND = [
    ("mail bob.smith@example.com now", "bob.smith@example.com", "EMAIL"),
    ("o'brien+news@mail.example.co.uk.", "o'brien+news@mail.example.co.uk", "EMAIL"),
    ("VALUES ('a@example.com', 1)", "a@example.com", "EMAIL"),
    ("jürgen.müller@münchen.de", "jürgen.müller@münchen.de", "EMAIL"),
    ("用户@例子.广告", "用户@例子.广告", "EMAIL"),
    ("请联系a@example.com谢谢", "a@example.com", "EMAIL"),
    ("x@xn--wells-kva.de", "x@xn--wells-kva.de", "EMAIL"),
    ("?e=a%25b%40example.com&n=1", "a%25b%40example.com", "EMAIL"),
    ("\\u006dia\\u0040icloud\\u002ecom", "\\u006dia\\u0040icloud\\u002ecom", "EMAIL"),
    ("<b>john&#64;example.com</b>", "john&#64;example.com", "EMAIL"),
    ("john&commat;example.com", "john&commat;example.com", "EMAIL"),
    ('"john doe"@example.com', '"john doe"@example.com', "EMAIL"),
    ("joel\uff20sharp\uff0etravel", "joel\uff20sharp\uff0etravel", "EMAIL"),
    ("em\u200bma@ex\u200bample.com", "em\u200bma@ex\u200bample.com", "EMAIL"),
    ("got 4111111111111111 declined", "4111111111111111", "CREDIT_CARD"),
    ("3782-822463-10005", "3782-822463-10005", "CREDIT_CARD"),
    ("4012 8888 8888 1881", "4012 8888 8888 1881", "CREDIT_CARD"),
    ("2024 4111 1111 1111 1111", "4111 1111 1111 1111", "CREDIT_CARD"),
    ("card 4111 1111 1111 1112", "4111 1111 1111 1112", "CREDIT_CARD"),
    ("she wrote 342-31-8451 there", "342-31-8451", "US_SSN"),
    ("social security 072 99 8132", "072 99 8132", "US_SSN"),
    ('"ssn":"131.56.9787"', "131.56.9787", "US_SSN"),
    ("342318451 is my SSN", "342318451", "US_SSN"),
    ("call +1 415 600 8119", "+1 415 600 8119", "PHONE"),
    ("from (303)234-5459.", "(303)234-5459", "PHONE"),
    ("or 312.968.6448 then", "312.968.6448", "PHONE"),
    ("or 1-312-494-6089 then", "1-312-494-6089", "PHONE"),
    ("Tel.: 0161 496 0089", "0161 496 0089", "PHONE"),
    ('{"mobile_number": 14158942089}', "14158942089", "PHONE"),
    ("phone: 00212 6 50 12 10 57", "00212 6 50 12 10 57", "PHONE"),
    ("tel 512\u2013353\u20135167", "512\u2013353\u20135167", "PHONE"),
    ("host 10.2.3.4 down", "10.2.3.4", "IP"),
    ("http://10.2.3.4:8080/x", "10.2.3.4", "IP"),
    ("peer [2001:db8::1]:80", "2001:db8::1", "IP"),
    ("addr:fe80::937c:3c9d%eth0", "fe80::937c:3c9d", "IP"),
    ("64:ff9b::193.38.25.235", "64:ff9b::193.38.25.235", "IP"),
    ("pay DE89370400440532013000 now", "DE89370400440532013000", "IBAN"),
    ("pay de89 3704 0044 0532 0130 00 now", "de89 3704 0044 0532 0130 00", "IBAN"),
    ("MT84MALT011000012345MTLCAST001S", "MT84MALT011000012345MTLCAST001S", "IBAN"),
    ("Details:\\n342-31-8451\\ndone", "342-31-8451", "US_SSN"),
]

CLEAN = [
    "order 589506610 shipped 07/06/2025",
    "Springfield, IL 96911-0396",
    "request 32f3db0d-48e3-4fb5-9092-1524386e33ee took 1377ms",
    "uuid-like 46273135-9353-4623-8499-781721728321",
    "ts 1755187154524000",
    "start_time_unix_nano: 1699110795920574736",
    "000-12-3456 and 666-12-3456 and 123-00-4567 and 123-45-0000",
    "got 4111111111111112 declined",
    "4111111111111112",
    "DE88370400440532013000",
    "sections 1.2.3.4 and 1.2.3.5",
    "iPhone 14 serial 1234567",
    "app v28.7.52.15 (build 5299477)",
    "nginx version 13.9.51.29 released",
    "snmpget 1.3.6.1.4.1.80.5.2",
    "Chrome/99.0.48.44",
    "pip install pkg==1.2.3.4",
    "mac A5:88:88:1A:4C:09",
    "EUI-64 bf:45:46:62:ce:c8:1b:68",
    "clip in 21:16:12:24 out 03:00:03:06",
    "use a::b::c; std::vec",
    "git clone git@gitlab.com:team/x.git",
    "ssh root@localhost",
    "npm i @angular/cli@5.8.35",
    "attn = x@self.w",
    "attn = q@k.transpose(-2,-1)",
    "systemctl start getty@tty1.service",
    'src="/img/logo@2x.png"',
    "@app.route('/v1')",
    "this@MainActivity.name",
    "com.foo.Bar@1a2b3c4d",
    "embedding: [-0.6227447, 0.4471065330106, 4.111111111111111]",
    "revenue 6,222,827,663,815",
    '"call_id": 1234567890',
    "2024-05-01T10:22:33.123456Z",
]


@pytest.mark.parametrize(("text", "value", "kind"), FOUND)
def test_a_value_is_found_with_its_exact_range(redactor: Redactor, text: str, value: str, kind: str) -> None:
    """Every labelled value is found once, from its first to its last character, with its type."""
    start = text.index(value)
    assert redactor.detect(text) == [(start, start + len(value), kind)]


@pytest.mark.parametrize("text", CLEAN)
def test_a_text_without_personal_data_stays(redactor: Redactor, text: str) -> None:
    """Numbers and names that only resemble personal data are left alone."""
    assert redactor.redact(text) == text


def test_one_type_can_be_switched_off(rules: Callable[..., RuleSet]) -> None:
    """Only the enabled types are replaced."""
    only_ip = Redactor(rules(types=frozenset({PiiType.IP})))
    assert only_ip.redact("a@example.com at 10.2.3.4") == "a@example.com at [IP]"


@pytest.mark.parametrize(
    "text", ["[EMAIL_ADDRESS]", "[CREDIT_CARD] 1234567", "[REDACTED:email]", "phone [PHONE], 12 of 30"]
)
def test_tokens_of_the_sdks_stay(redactor: Redactor, text: str) -> None:
    """A token that already stands in a text is neither replaced nor taken as a context word."""
    assert redactor.redact(text) == text


def test_every_number_of_a_list_is_found(redactor: Redactor) -> None:
    """A word in front of a list speaks about all of it."""
    assert redactor.redact("phones: 0412 345 077, 0412 345 078; SSNs 342318451, 342318452") == (
        "phones: [PHONE], [PHONE]; SSNs [US_SSN], [US_SSN]"
    )


def test_an_address_behind_an_escaped_newline_keeps_the_escape(redactor: Redactor) -> None:
    """A literal backslash-n before a value survives, so unparsed nested JSON stays parseable."""
    assert redactor.redact(r"{\"a\": \"Hi\nkathy@example.com") == r"{\"a\": \"Hi\n[EMAIL]"


SECRETS = [
    ("key sk-proj-a1B2c3D4e5F6g7H8i9J0k1L2", "sk-proj-a1B2c3D4e5F6g7H8i9J0k1L2"),
    ("AWS AKIAQX3ZFJ7B2K5LMN4P here", "AKIAQX3ZFJ7B2K5LMN4P"),
    ("jj_0123456789abcdef0123456789abcdef", "jj_0123456789abcdef0123456789abcdef"),
    ("DB_PASSWORD=s3cr3t-Horse9", "s3cr3t-Horse9"),
    ('{"client_secret": "aB3dE5fG7hJ9"}', "aB3dE5fG7hJ9"),
    ("Authorization: Bearer abc123def456ghi789", "abc123def456ghi789"),
    ("curl -H 'X-Api-Key: 9f8e7d6c5b4a'", "9f8e7d6c5b4a"),
    ("postgres://app:Tr0ub4dor@db.internal:5432/x", "Tr0ub4dor"),
    ("run --password hunter2 now", "hunter2"),
    ("-----BEGIN PRIVATE KEY-----\nMIIabc\n-----END PRIVATE KEY-----",) * 2,
    (
        "t eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    ),
]
NO_SECRETS = [
    "the password field is required",
    "max_tokens: 4096, input_tokens=512",
    "password=${DB_PASSWORD} token=<your-token> secret: ****",
    'api_key=os.environ["API_KEY"]',
    "def login(password: str, token: Token) -> None",
    "password=password, token=token",
    "a task-based, risk-free disk-usage report",
    "-----BEGIN PUBLIC KEY-----\nMIIabc\n-----END PUBLIC KEY-----",
    "next_page_token: CAUQAA17",
    "https://example.com/path:8080/x@y",
]


@pytest.mark.parametrize(("text", "value"), SECRETS)
def test_a_secret_is_found_with_its_exact_range(redactor: Redactor, text: str, value: str) -> None:
    """Keys, named values, headers, passwords in URLs, private keys and tokens are secrets."""
    start = text.index(value)
    assert redactor.detect(text) == [(start, start + len(value), "SECRET")]


@pytest.mark.parametrize("text", NO_SECRETS)
def test_a_text_that_speaks_of_secrets_stays(redactor: Redactor, text: str) -> None:
    """Placeholders, types, public keys and words about secrets are left alone."""
    assert redactor.redact(text) == text


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("Mein Handy: 01512 3408593", "01512 3408593", "PHONE"),
        ("Mon portable : 06 12 34 56 83", "06 12 34 56 83", "PHONE"),
        ("\u96fb\u8a71\u756a\u53f7\uff1a03-1272-3540", "03-1272-3540", "PHONE"),
        ("call +39 02 1234 5678 2 times", "+39 02 1234 5678", "PHONE"),
        ("_10.2.3.4_ was banned", "10.2.3.4", "IP"),
        ("\u5730\u5740\u662f2a03:9a96:80ff:3797::36e9\uff0c", "2a03:9a96:80ff:3797::36e9", "IP"),
        ("jane@example.com\u2014please", "jane@example.com", "EMAIL"),
        ("?e=a%2540example.com", "a%2540example.com", "EMAIL"),
    ],
)
def test_values_in_other_languages_and_places_are_found(
    redactor: Redactor, text: str, value: str, kind: str
) -> None:
    """Words around a number count in many languages, and what stands beside a value needs no blank."""
    start = text.index(value)
    assert redactor.detect(text) == [(start, start + len(value), kind)]


@pytest.mark.parametrize(
    "text",
    [
        "La versi\u00f3n 4.28.45.58 corrige errores",
        "siehe Abschnitt 1.3.6.8",
        "\u7b2c7.8.2.4\u8282",
        "out = attn@v.mT",
        "doi:10.1016/j.cell.2009.08.049",
        '"phone": null, "account_id": "643167551"',
        "dial gauge; part 44-2634-79",
        "GPS +40.226298",
    ],
)
def test_numbers_with_other_names_stay(redactor: Redactor, text: str) -> None:
    """Versions, sections, parts and coordinates are nobody's, in whatever language."""
    assert redactor.redact(text) == text


def test_lone_surrogates_are_mended(redactor: Redactor) -> None:
    """A text that UTF-8 has no form for is redacted all the same."""
    assert redactor.redact("\ud800 bob@example.com") == "\ufffd [EMAIL]"
    assert redactor.redact_document({"a\ud800": ["bob@example.com \ud800"]}) == {
        "a\ufffd": ["[EMAIL] \ufffd"]
    }
