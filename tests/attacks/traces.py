"""What came out of a session into the canaries that are in it, however they were encoded."""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Iterator

from tests import shop

_HEX = re.compile(r"(?:[0-9a-f]{2}){6,}", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_NUMBERS = re.compile(r"\d+")
_FIRST = re.compile(r"^[^@ :]*")
_NOT_WORD = re.compile(r"[\W_]+")
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|&#x?([0-9a-f]+);|%([0-9a-f]{2})", re.IGNORECASE)


def found(output: str) -> tuple[str, ...]:
    """The texts of the canaries in `output`, plain or in one of the forms below."""
    hits = {canary.text for form in {*_forms(output)} if form for canary in shop.leaked(form)}
    squeezed = [_NOT_WORD.sub("", form).casefold() for form in (output, output[::-1])]
    hits |= {text for core, text in _cores() if core in squeezed[0] or core in squeezed[1]}
    return tuple(sorted(hits))


@functools.cache
def _cores() -> tuple[tuple[str, str], ...]:
    return tuple((core, canary.text) for canary in shop.canaries() if (core := _core(canary.text)))


def _core(text: str) -> str:
    """The letters and digits of a canary that no other text has; empty if too few are left."""
    core = _NOT_WORD.sub("", _FIRST.findall(text)[0]).casefold()
    return core if len(core) >= 8 else ""


def _forms(output: str) -> Iterator[str]:
    yield output
    yield output[::-1]
    yield "".join(_decoded_hex(output))
    yield "".join(_decoded_base64(output))
    yield _unescaped(output)
    yield "".join(chr(int(n)) for n in _NUMBERS.findall(output) if 32 <= int(n[:4]) < 127 and len(n) < 4)


def _decoded_hex(output: str) -> Iterator[str]:
    for piece in _HEX.findall(output):
        yield binascii.unhexlify(piece).decode("utf-8", "replace") + "\n"


def _decoded_base64(output: str) -> Iterator[str]:
    for piece in _BASE64.findall(output):
        for shift in range(4):
            body = piece[shift:].rstrip("=").replace("-", "+").replace("_", "/")
            body = body[: len(body) - (len(body) % 4 == 1)]
            yield base64.b64decode(body + "=" * (-len(body) % 4)).decode("utf-8", "replace") + "\n"


def _unescaped(output: str) -> str:
    def char(match: re.Match[str]) -> str:
        code = next(group for group in match.groups() if group is not None)
        is_decimal = match.group().startswith("&#") and match.group()[2] not in "xX"
        number = int(code) if is_decimal and code.isdigit() else int(code, 16)
        return chr(number) if number < 0x110000 else "?"

    return _ESCAPE.sub(char, output)
