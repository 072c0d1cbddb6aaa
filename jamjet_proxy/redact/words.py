"""Words that tell what the number next to them is. Matched against lower-case text without underscores."""

from __future__ import annotations

import re

SSN = re.compile(
    r"\b(?:us)?ssns?\b|\bsocial[ -]?sec(?:urity)?\b|\bss ?#"
    r"|\bsocial(?: is\b| no\b| num|:|#)|\bsoc\.? sec\b|\btaxpayer\b|\bs\.s\.n\b"
)

PHONE = re.compile(
    r"(?<!i)(?<!i )(?<!micro)(?<!head)phones?(?![a-hj-z])"
    r"|\b(?:tel|mobil[eo]?|cell|cellular|fax|telefax|sms|whatsapp|viber|dial(?:ed|ing)?"
    r"|call(?:s|ed|ing|er|back)?|text (?:me|us|him|her|them)|ring|handy|handynummer"
    r"|telefon[eo]?|téléphone|telephone|teléfono|portable|móvil|celular|msisdn|hotline|landline|voicemail"
    r"|pager|contact (?:no|number)|reach (?:me|us|him|her|them)|ph)\b"
)

PHONE_AFTER = re.compile(
    r"^[\s\"'),(:-]{0,4}(?:is (?:my|our|the|his|her) )?"
    r"(?:mobile|cell|office|home|work|fax|tel|phone|hotline|landline)\b"
)

# What the gate looks for in raw text instead, in google-re2 syntax: it matches wherever one of the
# expressions around here could, in any case and with whatever stands for a blank. A word's boundary may be an
# escape such as ``\n``, or the hump of a camelCase name.
_PHONE_WORD = (
    "tel|mobil[eo]?|cell|cellular|fax|telefax|sms|whatsapp|viber|dial(?:ed|ing)?|call(?:s|ed|ing|er|back)?"
    "|text[ _]?(?:me|us|him|her|them)|ring|handy|handynummer|telefon[eo]?|téléphone|telephone|teléfono"
    "|portable|móvil|celular|msisdn|hotline|landline|voicemail|pager|contact[ _]?(?:no|number)"
    "|reach[ _]?(?:me|us|him|her|them)|ph"
)
_LEFT = r"(?:^|[^A-Za-z]|\\[bfnrt])"
PHONE_IN_RAW = (
    rf"(?i:phone)|{_LEFT}(?i:{_PHONE_WORD})(?:[^a-z]|$)"
    r"|[a-z](?:Tel|Mob|Cel|Fax|Sms|What|Vib|Dial|Call|Text|Ring|Hand|T\x{e9}l|Port|M\x{f3}v|Msi|Hot|Land|Voice|Page"
    r"|Cont|Reach|Ph)"
    r"|\d[^A-Za-z0-9]{0,8}(?:\\[bfnrt][^A-Za-z0-9]{0,8}){0,4}(?:(?i:is (?:my|our|the|his|her) ))?"
    r"(?i:mobile|cell|office|home|work|fax|tel|phone|hotline|landline)"
)
SSN_IN_RAW = r"(?i:ssn|social|ss[ _]?#|soc[. _]{0,3}sec|taxpayer|s\.s\.n)"

SSN_AFTER = re.compile(r"^[\s\"'),(:-]{0,4}(?:is (?:my|our|the|his|her) )?(?:ssn|social security)\b")

CARD = re.compile(
    r"\b(?:credit|debit|bank|payment)?[ -]?cards?\b|\b(?:visa|master ?card|amex|american express|discover|jcb"
    r"|diners|maestro|union ?pay|pan|cc|ccn|cardnumber|creditcard)\b"
)

NOT_A_CARD = re.compile(
    r"\b(?:tracking|usps|ups|fedex|dhl|awb|imei|isbn|ean|upc|gtin|epoch|nanos?|micros?|timestamp)"
    r"[\W]{0,4}(?:number|no|num|is)?[\W]{0,4}$"
)

VERSION = re.compile(
    r"\b(?:v|ver|versions?|releases?|released|sections?|sec|chapter|build|rev|revision|firmware|oid|clause"
    r"|paragraph|appendix|fig|figure|tables?|driver|kernel|package|sdk|snmp\w*)\b"
    r"[\s:=\"'(#.]{0,4}(?:[\d.]+(?:,| and| or| to| ->) )?v?$"
    r"|\b(?:upgrad|updat|downgrad|bump|migrat)\w*\b.{0,24}$|[=~^<>]=\s?$|§\s?$"
)
