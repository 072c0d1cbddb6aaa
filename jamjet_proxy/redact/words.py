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
