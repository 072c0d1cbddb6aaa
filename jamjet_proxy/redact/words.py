"""Words that tell what the number next to them is, as tables that both engines read.

They are matched against ``view``'s windows: lower case, ``camelCase`` and ``snake_case`` split into words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby

LETTERS = "0-9a-z\u00c0-\u027f\u0380-\u053f"
"""What a word is made of, as the inside of a character class. Scripts without blanks have no word ends."""

NO_PHONE = ("i", "i ", "micro", "head", "ear", "saxo", "xylo", "mega", "gramo", "homo", "vibra")
"""What makes another thing of a word that ends in "phone"."""


@dataclass(frozen=True)
class Phrases:
    """A set of words and phrases to look for; the longest one at a place counts.

    Attributes:
        whole: they stand between word ends.
        stems: words that begin like this.
        parts: they may stand anywhere within words.
        tails: words that end like this, unless what precedes is one of ``NO_PHONE``.
    """

    whole: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", re.compile(self._expression()))

    def last_end(self, text: str) -> int:
        """Return where the last phrase in ``text`` ends, or -1."""
        end = -1
        for found in self.pattern.finditer(text):
            end = found.end()
        return end

    def _expression(self) -> str:
        head, tail = f"(?<![{LETTERS}])", f"(?![{LETTERS}])"
        not_behind = "".join(f"(?<!{word})" for word in NO_PHONE)
        groups = (
            (head, self.whole, tail),
            (head, self.stems, ""),
            ("", self.parts, ""),
            (not_behind, self.tails, tail),
        )
        return "|".join(f"{before}{_any_of(some)}{after}" for before, some, after in groups if some)


def _any_of(phrases: tuple[str, ...]) -> str:
    """Return an expression for any of ``phrases``, the longest first, sorted for a quick choice."""
    ordered = sorted(phrases, key=lambda phrase: (phrase[0], -len(phrase)))
    groups = groupby(ordered, key=lambda phrase: phrase[0])
    choices = (_with_first(first, [phrase[1:] for phrase in some]) for first, some in groups)
    return f"(?:{'|'.join(choices)})"


def _with_first(first: str, rests: list[str]) -> str:
    return f"{re.escape(first)}(?:{'|'.join(map(re.escape, rests))})"


def _split(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip().replace("~", " ") for phrase in text.split())


PHONE = Phrases(
    whole=_split(
        # English
        "tel telephone telephones fax telefax telex mobile mobiles cell cellular sms whatsapp viber msisdn"
        " dial dialed dialled dialing dialling call calls called calling caller callback text~me text~us"
        " text~him text~her text~them ring~me ring~us ring hotline helpline landline voicemail pager"
        " contact~no contact~nr contact~num contact~number contact~numbers reach~me reach~us reach~him"
        " reach~her reach~them reachable~at ph ph~no ph~number gsm"
        # German, Dutch, Scandinavian
        " telefon telefonnummer telefonnr telefonisch rufnummer rufnr handy handynummer handynr mobil"
        " mobilnummer mobilfunk mobilfunknummer mobiltelefon durchwahl anrufen festnetz telefoon"
        " telefoonnummer mobiel mobieltje gsm-nummer tlf tlfnr tfn mobiltlf puh puhelin"
        # French, Spanish, Portuguese, Italian, Polish, Czech, Hungarian, Turkish
        " téléphone telephone~portable tél portable appelez appelez-moi appeler joindre~au teléfono"
        " teléfonos telefono telefonos tfno tlfno móvil movil celular llame llámame llámenos llamar"
        " telefone telefones telemóvel fone ligue cellulare cell~n recapito chiamare chiamami telefonu"
        " komórka komórkowy mobilní telefonszám telefonum cep"
        # Cyrillic, Greek
        " тел моб телефон телефона телефону мобильный звоните позвоните τηλ τηλέφωνο κινητό"
    ),
    parts=_split(
        "電話 电话 手机 手機 携帯 携帶 連絡先 전화 휴대폰 핸드폰 연락처 โทร هاتف جوال טלפון फ़ोन फोन मोबाइल"
    ),
    tails=_split("phone phones phonenumber phonenumbers phoneno phonenr phonenum"),
)
AFTER_PHONE = Phrases(
    whole=_split(
        "mobile cell cellphone office home work fax tel telephone phone hotline landline whatsapp handy"
    )
)
SSN = Phrases(
    whole=_split("ssn ssns usssn social~is social~no social: social# s.s.n taxpayer social~insurance"),
    stems=_split("social~sec social-sec socialsec soc~sec soc.~sec social~num ss~# ss#"),
)
AFTER_SSN = Phrases(whole=_split("ssn"), stems=_split("social~sec"))
CARD = Phrases(
    whole=_split(
        "card cards visa mastercard master~card amex american~express discover jcb diners maestro unionpay"
        " union~pay pan cc ccn cardnumber creditcard cardno kreditkarte kreditkartennummer kartennummer karte"
        " carte tarjeta cartão carta creditcardnumber debitcard"
    ),
    parts=_split("信用卡 クレジットカード カード 卡号 카드"),
)
NOT_A_CARD = frozenset(
    _split(
        "tracking usps ups fedex dhl awb imei isbn ean upc gtin epoch nano nanos nanoseconds micro micros"
        " microseconds timestamp ts parcel shipment waybill barcode sku"
    )
)
NUMBER_WORDS = frozenset(_split("number numbers no num nr is id ids code was"))
VERSION = frozenset(
    _split(
        "v ver version versions release releases released section sections sec chapter build rev revision"
        " firmware oid clause paragraph appendix fig figure table tables driver kernel package sdk"
        " chrome chromium edge opera safari firefox electron assembly patch windows android ios"
        " versión versão versione versie wersja verze verzió sürüm abschnitt kapitel ziffer absatz sección"
        " seccion apartado capítulo seção sezione capitolo chapitre alinéa paragraaf hoofdstuk rozdział"
        " версия версии раздел глава пункт"
    )
)
VERSION_PARTS = _split("バージョン 版本 版 第 버전 제")
SECTION_MARKS = "節节章条條項项款版号"
"""What follows the number of a section or version in Chinese and Japanese."""
UPDATES = Phrases(stems=_split("upgrad updat downgrad bump migrat"))
LIST_WORDS = frozenset(_split("and or to through und et y"))
TOO_FAR = Phrases(
    whole=_split(
        "order orders id ids uuid ref reference invoice ticket case tracking serial sku zip postal port"
        " version time timestamp epoch ts date dob code amount total price seq sequence status account"
        " build page row column buffer line tokens bytes model plan verified count"
        " counts minutes duration seconds hash"
        " checksum created updated qty quantity lot part isbn issn ean upc imei doi pmid vin gps score"
        " bestellung bestellnummer auftrag rechnung kundennummer pedido factura commande facture ordine"
        " fattura"
    )
)
"""Labels of other things: a number behind one of them isn't what a word before it says."""
