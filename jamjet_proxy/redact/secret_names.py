"""What secrets are called, what their makers put in front of them, and what only stands for one."""

from __future__ import annotations

import re

_ALNUM, _RUN, _HEX, _UPPER = "[A-Za-z0-9]", "[A-Za-z0-9_-]", "[0-9a-f]", "[0-9A-Z]"
_WITH_DIGIT = f"(?={_RUN}*[0-9])"

PREFIXED: tuple[tuple[str, str], ...] = (
    ("jj_", f"{_WITH_DIGIT}{_RUN}{{16,}}"),
    ("sk-", f"{_WITH_DIGIT}{_RUN}{{20,}}"),  # OpenAI, Anthropic, Langfuse, OpenRouter ...
    ("pk-lf-", f"{_RUN}{{20,}}"),
    ("sk_live_", f"{_ALNUM}{{10,}}"),
    ("sk_test_", f"{_ALNUM}{{10,}}"),
    ("rk_live_", f"{_ALNUM}{{10,}}"),
    ("rk_test_", f"{_ALNUM}{{10,}}"),
    ("whsec_", "[A-Za-z0-9+/=]{16,}"),
    ("ghp_", f"{_ALNUM}{{30,}}"),
    ("gho_", f"{_ALNUM}{{30,}}"),
    ("ghu_", f"{_ALNUM}{{30,}}"),
    ("ghs_", f"{_ALNUM}{{30,}}"),
    ("ghr_", f"{_ALNUM}{{30,}}"),
    ("github_pat_", "[A-Za-z0-9_]{22,}"),
    ("glpat-", f"{_RUN}{{16,}}"),
    ("gldt-", f"{_RUN}{{16,}}"),
    ("glrt-", f"{_RUN}{{16,}}"),
    ("glptt-", f"{_RUN}{{16,}}"),
    ("xoxb-", f"{_RUN}{{10,}}"),
    ("xoxp-", f"{_RUN}{{10,}}"),
    ("xoxa-", f"{_RUN}{{10,}}"),
    ("xoxe-", f"{_RUN}{{10,}}"),
    ("xoxr-", f"{_RUN}{{10,}}"),
    ("xoxs-", f"{_RUN}{{10,}}"),
    ("xoxe.xoxp-", f"{_RUN}{{10,}}"),
    ("xapp-", f"{_RUN}{{10,}}"),
    ("AKIA", f"{_UPPER}{{16}}(?!{_RUN})"),
    ("ASIA", f"{_UPPER}{{16}}(?!{_RUN})"),
    ("ABIA", f"{_UPPER}{{16}}(?!{_RUN})"),
    ("ACCA", f"{_UPPER}{{16}}(?!{_RUN})"),
    ("AIza", f"{_RUN}{{30,}}"),
    ("ya29.", f"{_RUN}{{20,}}"),
    ("GOCSPX-", f"{_RUN}{{20,}}"),
    ("hf_", f"{_ALNUM}{{24,}}"),
    ("npm_", f"{_ALNUM}{{30,}}"),
    ("pypi-", f"{_RUN}{{16,}}"),
    ("SG.", rf"{_RUN}{{16,}}\.{_RUN}{{16,}}"),
    ("SK", f"{_HEX}{{32}}(?!{_RUN})"),
    ("dop_v1_", f"{_HEX}{{32,}}"),
    ("doo_v1_", f"{_HEX}{{32,}}"),
    ("dor_v1_", f"{_HEX}{{32,}}"),
    ("shpat_", f"{_ALNUM}{{24,}}"),
    ("shpss_", f"{_ALNUM}{{24,}}"),
    ("shpca_", f"{_ALNUM}{{24,}}"),
    ("shppa_", f"{_ALNUM}{{24,}}"),
    ("gsk_", f"{_ALNUM}{{20,}}"),
    ("r8_", f"{_ALNUM}{{20,}}"),
    ("xai-", f"{_ALNUM}{{20,}}"),
    ("pplx-", f"{_ALNUM}{{20,}}"),
    ("tvly-", f"{_RUN}{{16,}}"),
    ("nvapi-", f"{_RUN}{{20,}}"),
    ("fw_", f"{_WITH_DIGIT}{_ALNUM}{{20,}}"),
    ("dapi", f"{_HEX}{{32}}(?:-[0-9])?(?!{_RUN})"),
    ("lsv2_", f"{_RUN}{{20,}}"),
    ("dckr_pat_", f"{_RUN}{{20,}}"),
    ("glsa_", f"{_RUN}{{20,}}"),
    ("glc_", "[A-Za-z0-9+/=]{32,}"),
    ("hvs.", f"{_RUN}{{20,}}"),
    ("hvb.", f"{_RUN}{{20,}}"),
    ("sntrys_", "[A-Za-z0-9+/=_-]{30,}"),
    ("rubygems_", f"{_HEX}{{40,}}"),
    ("lin_api_", f"{_ALNUM}{{30,}}"),
    ("figd_", f"{_RUN}{{30,}}"),
    ("ATATT3", "[A-Za-z0-9_=-]{40,}"),
    ("PMAK-", "[0-9a-f-]{40,}"),
    ("sq0atp-", f"{_RUN}{{20,}}"),
    ("sq0csp-", f"{_RUN}{{20,}}"),
    ("ntn_", f"{_ALNUM}{{30,}}"),
    ("key-", f"{_HEX}{{32}}(?!{_RUN})"),
    ("pat-na1-", "[0-9a-f-]{30,}"),
    ("pat-eu1-", "[0-9a-f-]{30,}"),
    ("AGE-SECRET-KEY-1", "[0-9A-Z]{50,}"),
)
"""What a provider's keys begin with, and an expression for the rest of them."""

AUTHORIZATION = "authorization"
_BEFORE_KEY = (
    "api|access|secret|private|encryption|signing|auth|account|subscription|master|service|app|shared|storage"
    "|webhook|session|consumer|deploy|license|admin|functions"
)
BEFORE_KEY = tuple(_BEFORE_KEY.split("|"))
"""What makes a secret of a "key"."""
NAME = (
    r"passwor[dt]|passwd|passphrase|passcode|contraseña|kennwort|(?<![A-Za-z])pass|(?<![A-Za-z])pw|pwd"
    rf"|secret|token|(?:{_BEFORE_KEY})[_. -]?key|credentials?"
)
"""What a name of a secret ends with, as an expression that ignores case."""
_ENDINGS = """
password passwort passwd passphrase passcode contraseña kennwort pass pw pwd secret token key credential
authorization
"""
ENDINGS = tuple(_ENDINGS.split())
"""The same as plain words, taking in a little more; each may stand in the plural."""
NAME_IN_RE2 = rf"(?:{_BEFORE_KEY})[_. -]?key|{'|'.join(name for name in ENDINGS if name != 'key')}"
"""The same in google-re2 syntax, to go in front of ``s?``."""
_HARMLESS = "page|next|sync|continuation|cursor|public"
NOT_SECRET_NAMES = re.compile(
    rf"(?i:{_HARMLESS}|prompt|completion|public[_. -]?key|id)[_. -]?\Z",
    re.ASCII,
)
"""What stands before "token" or "key" in names of what everybody may know."""
_IS_NAME = re.compile(rf"(?i:.*?(?:{NAME}|{AUTHORIZATION})s?)\Z", re.DOTALL | re.ASCII)
_NOT_NAME = re.compile(rf"(?i:.*(?:{_HARMLESS})[_. -]?token|.*_tokens|tokens)\Z", re.DOTALL | re.ASCII)

_PLACEHOLDER_MAX = 100
_NO_VALUES = (
    "null|none|nil|undefined|true|false|yes|no|on|off|required|optional|string|str|text|varchar.*|bytes|bool|boolean"
    "|int|integer|float|number|object|any|unset|empty|missing|invalid|incorrect|wrong|expired|valid|enabled|disabled"
    "|hidden|masked|removed|redacted|filtered|secret|password|token|bearer|basic|dummy|default|test|tbd|n/?a"
)
_TO_BE_FILLED_IN = (
    "your|my|the|an?|some|enter|insert|replace|example|sample|placeholder|change.?me|redacted|paste|new"
    "|old|user|dummy|fake|test"
)
_LOOKED_UP_IN = (
    "os|env|process|settings|config|self|secrets?|vars?|getenv|vault|op|ref|file|arn|ssm|sops|cfg|conf|request|req"
    "|args|opts|options|props|this|data|body|form|input|user|credentials|params|kwargs|ctx|context|event|local|module"
    "|keyring"
)
_PLACEHOLDER = re.compile(
    r"(?i)[*x\u2022.\-_#0?]+\Z|.*[*x]{4,}\Z|.*\.\.\.\Z"
    r"|[<$%{\[(/~].*|.*\$\{.*|.*\{\{.*|.*<[a-z_ -]+>.*|\.\.?/.*|https?://.*"
    rf"|(?:{_NO_VALUES})\W*\Z|(?:{_TO_BE_FILLED_IN})[_ .-].*|(?:{_LOOKED_UP_IN})[.:\[(].*"
    r"|changeme.*|your[a-z]*(?:key|token|secret|password).*|.*[_-]here\Z|.*placeholder.*|.*redacted.*",
    re.DOTALL,
)


def is_secret_name(name: str) -> bool:
    """Tell whether the value under the key ``name`` is a secret, going by the name."""
    return _IS_NAME.match(name) is not None and _NOT_NAME.match(name) is None


def is_placeholder(value: str) -> bool:
    """Tell whether ``value`` only stands where a secret would: ``****``, ``<your key>``, ``${KEY}``."""
    return _PLACEHOLDER.match(value[:_PLACEHOLDER_MAX]) is not None
