"""Numbering plans: IBAN lengths, card issuers and telephone calling codes."""

from __future__ import annotations

_IBAN = (
    "AD24 AE23 AL28 AO25 AT20 AZ28 BA20 BE16 BF28 BG22 BH22 BI27 BJ28 BR29 BY28 CF27 CG27 CH21 CI28 CM27 "
    "CR22 CV25 CY28 CZ24 DE22 DJ27 DK18 DO28 DZ26 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GA27 GB22 GE22 GI23 "
    "GL18 GQ27 GR27 GT28 GW25 HN28 HR21 HU28 IE22 IL23 IQ23 IR26 IS26 IT27 JO30 KM27 KW30 KZ20 LB28 LC32 "
    "LI21 LT20 LU20 LV21 LY25 MA28 MC27 MD24 ME22 MG27 MK19 ML28 MN20 MR27 MT31 MU30 MZ25 NE28 NI28 NL18 "
    "NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SN28 SO23 ST25 "
    "SV28 TD27 TG28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
)

IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _IBAN.split()}
"""Country code, upper case, to the length of its IBANs in characters."""

CARD_ISSUERS: tuple[tuple[int, int, int, frozenset[int]], ...] = (
    (4, 4, 1, frozenset({13, 16, 19})),
    (51, 55, 2, frozenset({16})),
    (2221, 2720, 4, frozenset({16})),
    (34, 34, 2, frozenset({15})),
    (37, 37, 2, frozenset({15})),
    (300, 305, 3, frozenset({14, 16})),
    (309, 309, 3, frozenset({14, 16})),
    (36, 36, 2, frozenset({14, 16})),
    (38, 39, 2, frozenset({14, 16})),
    (6011, 6011, 4, frozenset({16, 19})),
    (644, 659, 3, frozenset({16, 19})),
    (62, 62, 2, frozenset({16, 17, 18, 19})),
    (81, 82, 2, frozenset({16, 19})),
    (60, 60, 2, frozenset({16})),
    (3528, 3589, 4, frozenset({16, 17, 18, 19})),
    (2200, 2205, 4, frozenset({16, 17, 18, 19})),
    (5018, 5018, 4, frozenset({12, 13, 14, 15, 16, 17, 18, 19})),
    (5020, 5020, 4, frozenset({12, 13, 14, 15, 16, 17, 18, 19})),
    (5038, 5038, 4, frozenset({12, 13, 14, 15, 16, 17, 18, 19})),
    (5893, 5893, 4, frozenset({12, 13, 14, 15, 16, 17, 18, 19})),
    (6304, 6304, 4, frozenset({12, 13, 14, 15, 16, 17, 18, 19})),
    (6759, 6759, 4, frozenset({12, 13, 14, 15, 16, 17, 18, 19})),
    (6761, 6763, 4, frozenset({12, 13, 14, 15, 16, 17, 18, 19})),
    (5060, 5061, 4, frozenset({16, 19})),
    (508, 508, 3, frozenset({16})),
    (9792, 9792, 4, frozenset({16})),
)
"""First and last issuer prefix, digits of the prefix, lengths of the whole number."""

_CALLING = """
1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82
84 86 90 91 92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234
235 236 237 238 239 240 241 242 243 244 245 246 247 248 249 250 251 252 253 254 255 256 257 258 260 261 262
263 264 265 266 267 268 269 290 291 297 298 299 350 351 352 353 354 355 356 357 358 359 370 371 372 373 374
375 376 377 378 379 380 381 382 383 385 386 387 389 420 421 423 500 501 502 503 504 505 506 507 508 509 590
591 592 593 594 595 596 597 598 599 670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689
690 691 692 800 808 850 852 853 855 856 870 878 880 881 882 883 886 888 960 961 962 963 964 965 966 967 968
970 971 972 973 974 975 976 977 979 992 993 994 995 996 998
"""

CALLING_CODES = frozenset(_CALLING.split())
"""ITU country calling codes, without the plus sign."""

NATIONAL_LENGTHS = {
    "1": (10, 10), "7": (10, 10), "20": (8, 10), "27": (9, 9), "30": (10, 10), "31": (9, 9), "32": (8, 9),
    "33": (9, 9), "34": (9, 9), "36": (8, 9), "39": (6, 11), "41": (9, 9), "44": (9, 10), "45": (8, 8),
    "47": (8, 8), "48": (9, 9), "52": (10, 11), "55": (10, 11), "61": (9, 9), "65": (8, 8), "81": (9, 10),
    "86": (8, 11), "90": (10, 10), "91": (10, 10), "351": (9, 9), "353": (7, 9), "420": (9, 9),
}  # fmt: skip
"""Fewest and most digits after the calling code, where the plan is narrow."""
