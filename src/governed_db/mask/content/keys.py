"""Credentials by the forms that their issuers gave them, so that scanners can find them.

Each form is precise by itself: a prefix of the vendor's and a body of known alphabet and length. Where a
prefix is short (`sk-`), the body must look drawn at random.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from governed_db.mask.content.hit import Hit

KEY, TOKEN, PASSWORD = "secret.key", "secret.token", "secret.password"

# Every form holds a run of at least SHORTEST letters, digits, `_` and `-`: what candidates are found by.
SHORTEST: Final = 20
_KEYS: Final = r"""
    (?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASCA)[A-Z2-7]{16}(?![A-Za-z0-9])
  | AIza[\w-]{35}
  | GOCSPX-[\w-]{28}
  | sk-ant-[\w-]{24,}
  | (?P<drawn>sk-(?:proj-|svcacct-|admin-|or-v1-)?[\w-]{32,})
  | [rs]k_(?:live|test)_[A-Za-z0-9]{16,}
  | whsec_[A-Za-z0-9+/=]{24,}
  | SG\.[\w-]{20,24}\.[\w-]{39,50}
  | (?:SK|AC)[0-9a-f]{32}(?![A-Za-z0-9])
  | key-[0-9a-f]{32}(?![A-Za-z0-9])
  | [0-9a-f]{32}-us[0-9]{1,2}(?![A-Za-z0-9])
  | sq0(?:atp|csp)-[\w-]{22,43}
  | NRAK-[A-Z0-9]{27}
  | PMAK-[0-9a-f]{24}-[0-9a-f]{34}
  | dapi[0-9a-f]{32}(?![A-Za-z0-9])
  | AGE-SECRET-KEY-1[A-Z0-9]{58}
"""
_TOKENS: Final = r"""
    gh[opsur]_[A-Za-z0-9]{36,251}
  | github_pat_[A-Za-z0-9_]{60,100}
  | gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-[\w-]{20,}
  | xox[abeoprs]-(?:[0-9]+-)?[\w-]{16,}
  | xapp-[0-9]-[\w-]{20,}
  | hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,}
  | npm_[A-Za-z0-9]{36}
  | pypi-[\w-]{50,}
  | hf_[A-Za-z0-9]{30,}
  | do[oprt]_v1_[0-9a-f]{64}
  | shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}
  | dckr_(?:pat|oat)_[\w-]{27,}
  | ya29\.[\w-]{20,}
  | hv[sb]\.[\w-]{24,}
  | [0-9]{8,10}:AA[\w-]{33}(?![\w-])
  | [MNO][A-Za-z0-9_-]{23,25}\.[\w-]{6}\.[\w-]{27,38}
  | EAA[A-Za-z0-9]{80,}
  | AT(?:ATT3|CTT3)[\w=-]{60,}
  | lin_api_[A-Za-z0-9]{40}
  | (?:secret_|ntn_)[A-Za-z0-9]{40,50}(?![A-Za-z0-9])
  | fig[dou]r?_[\w-]{40,}
  | gl(?:sa|c)_[A-Za-z0-9+/=_]{32,}
  | sntry[su]_[A-Za-z0-9+/=_-]{40,}
  | eyJ[\w-]{17,}\.eyJ?[\w-]{6,}\.[\w-]*
"""
# An underscore or hyphen before a form is a name that it follows (TOKEN_ghp_...); a letter or digit is not.
_FORMS: Final = re.compile(
    rf"(?<![A-Za-z0-9])(?:(?P<key>{_KEYS})|(?P<token>{_TOKENS}))", re.ASCII | re.VERBOSE
)
_WORD: Final = re.compile(rf"[^\s\0]{{{SHORTEST},}}")
_PEM: Final = "-----BEGIN "
_PEM_BLOCK: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[^\0]{0,32768}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\\\s:,.-]*)"
)
_USERINFO: Final = re.compile(r"[^\s:/@\0\"'<>]{0,128}:(?P<password>[^\s@/\0\"'<>]{1,256})@")
_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{1,31}$")
_PAIR: Final = re.compile(
    r"(?i)(?<![\w-])(?:password|passwd|pwd|accountkey|sharedaccesskey|secret_access_key|secretaccesskey)"
    r"[\"']?\s{0,2}[=:]\s{0,2}(?P<quote>[\"']?)(?P<value>[^\s;,\"'&\0]{4,256})"
)
_BESIDE: Final = re.compile(
    r"(?i)(?<![\w-])(?:host|server|data source|dbname|database|user|uid|user id|port|accountname"
    r"|aws_access_key_id|endpoint)\s?=\s?\S"
)


def tokens(text: str) -> Iterator[Hit]:
    """API keys, access tokens and JWTs."""
    for word in _WORD.finditer(text):
        # From six characters before: `ya29.` and `SG.` stand in front of the first long run.
        for found in _FORMS.finditer(text, word.start(), word.end()):
            if found["drawn"] is None or _is_drawn(found["drawn"]):
                yield Hit(found.start(), found.end(), KEY if found["key"] else TOKEN)


def private_keys(text: str) -> Iterator[Hit]:
    """PEM blocks, to their end or as far as they go on."""
    start = text.find(_PEM)
    while start >= 0:
        block = _PEM_BLOCK.match(text, start)
        if block is not None:
            yield Hit(start, block.end(), KEY)
        start = text.find(_PEM, block.end() if block is not None else start + len(_PEM))


def url_passwords(text: str) -> Iterator[Hit]:
    """The password in scheme://user:password@host; the rest of a URL stays readable."""
    start = text.find("://")
    while start >= 0:
        userinfo = _USERINFO.match(text, start + 3)
        if userinfo is not None and _SCHEME.search(text, max(0, start - 32), start):
            yield Hit(*userinfo.span("password"), PASSWORD)
        start = text.find("://", start + 3)


def pair_passwords(text: str) -> Iterator[Hit]:
    """The password in a connection string of pairs (host=... password=...)."""
    for pair in _PAIR.finditer(text):
        around = text[max(0, pair.start() - 200) : pair.end() + 200]
        if _BESIDE.search(_same_cell(around, min(pair.start(), 200))):
            yield Hit(*pair.span("value"), PASSWORD)


def _same_cell(around: str, place: int) -> str:
    before, after = around[:place], around[place:]
    return before.rpartition("\0")[2] + after.partition("\0")[0]


def _is_drawn(body: str) -> bool:
    """`sk-some-class-of-a-stylesheet` is no key: those have digits and letters of both cases."""
    tail = body[3:]
    return (
        any(map(str.isdigit, tail))
        and any(map(str.islower, tail))
        and (any(map(str.isupper, tail)) or tail.startswith("or-v1-"))
    )
