"""E-mail addresses, found from their @ outwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from governed_db.mask.content.hit import Hit

EMAIL: Final = "pii.email"

_DOMAIN: Final = re.compile(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}"
    r"(?P<top>(?:xn--[a-z0-9-]{2,59}|[A-Za-z]{2,24})(?![A-Za-z0-9])|[^\x00-\x7f\W\d_]{2,24})"
)
_LOCAL: Final = re.compile(r"[\w.%+'-]{1,64}")  # of the reversed text
_VERSION: Final = re.compile(r"v\d+\.|v?\d+(?:\.\d+)+(?:[.-]|$)", re.IGNORECASE)
_FILES: Final = frozenset(
    "png jpg jpeg gif svg webp avif ico bmp css scss js mjs ts jsx tsx json yml yaml html htm pdf txt mp4"
    " webm woff ttf php py rb go rs java jar tgz gz zip whl".split()
) - {"rs", "py", "zip", "java"}  # countries and open domains of that name


def emails(text: str) -> Iterator[Hit]:
    """Addresses with a domain that can exist."""
    at = text.find("@")
    while at >= 0:
        hit = _around(text, at)
        if hit is not None:
            yield hit
        at = text.find("@", at + 1)


def _around(text: str, at: int) -> Hit | None:
    domain = _DOMAIN.match(text, at + 1)
    if domain is None or domain["top"].lower() in _FILES or _VERSION.match(domain[0]):
        return None
    local = _LOCAL.match(text[max(0, at - 64) : at][::-1])
    if local is None:
        return None
    name = local[0].rstrip(".'-+%")  # reversed: what the address cannot begin with
    if not name or (name == "tig" and text[domain.end() : domain.end() + 1] == ":"):
        return None  # git@host:repository
    return Hit(at - len(name), domain.end(), EMAIL)
