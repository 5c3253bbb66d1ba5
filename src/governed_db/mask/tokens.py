"""Text and bytes into keyed tokens and hashes, and tokens back into what they stand for.

A token is AES-SIV (RFC 5297): deterministic, so that equal values have equal tokens, and
authenticated, so that a token cannot be made up. It is written `tok_<key id>_<base32>`, in lower
case throughout because some collations fold case. Text and bytes have different associated data:
a token turns back into exactly the type that it was made of.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Final

import attrs
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from governed_db.errors import AnalysisError, ConfigurationError

KEY_BYTES: Final = 32
_BLOCK: Final = 16  # lengths are padded to this, so that a token does not tell "J" from "Jo"
_TOKEN: Final = re.compile(r"tok_([a-z2-7]{8})_([a-z2-7]{52,})", re.ASCII)
_HASH: Final = re.compile(r"hash_[0-9a-f]{32}", re.ASCII)
_TEXT_DATA: Final = [b"governed_db token text"]
_BYTES_DATA: Final = [b"governed_db token bytes"]


@attrs.frozen(repr=False, eq=False)
class MaskKeys:
    """What is derived from the one secret key; `id` may be shown."""

    id: str
    _cipher: AESSIV = attrs.field(alias="cipher")
    _hash_key: bytes = attrs.field(alias="hash_key")

    def token_of(self, value: str | bytes) -> str:
        """The token that stands for this value."""
        data = _TEXT_DATA if isinstance(value, str) else _BYTES_DATA
        sealed = self._cipher.encrypt(_pad(_encode(value)), data)
        return f"tok_{self.id}_{_base32(sealed)}"

    def hash_of(self, value: str | bytes) -> str:
        """A keyed hash: equal values have equal hashes, and nothing turns it back."""
        domain = b"text:" if isinstance(value, str) else b"bytes:"
        return "hash_" + hmac.digest(self._hash_key, domain + _encode(value), hashlib.sha256).hex()[:32]

    def value_of(self, token: str) -> str | bytes:
        """The value that a token stands for; AnalysisError unless this key made the token."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise _no_token("the text is not a token")
        if match[1] != self.id:
            raise _no_token("the token was made under another key")
        return self._open(match[2])

    def _open(self, body: str) -> str | bytes:
        sealed = _unbase32(body)
        for data in (_TEXT_DATA, _BYTES_DATA):
            try:
                plain = _unpad(self._cipher.decrypt(sealed, data))
            except InvalidTag:
                continue
            return plain.decode("utf-8", "surrogatepass") if data is _TEXT_DATA else plain
        raise _no_token("the token is damaged or was made up")


def derive_keys(key: bytes) -> MaskKeys:
    """Separate keys for tokens and hashes, and a name for them that tells nothing about them."""
    if len(key) < KEY_BYTES:
        raise ConfigurationError(
            f"the mask key must be at least {KEY_BYTES} bytes",
            code="GDB521",
            help="generate one with secrets.token_bytes(32) and keep it where callers cannot read it",
        )
    return MaskKeys(
        id=_base32(_subkey(key, b"governed_db key id", 5)),
        cipher=AESSIV(_subkey(key, b"governed_db token AES-SIV", 64)),
        hash_key=_subkey(key, b"governed_db hash HMAC-SHA256", 32),
    )


def detokenise(token: str, key: bytes) -> str | bytes:
    """The value that `token` stands for; AnalysisError unless it was made under `key`."""
    return derive_keys(key).value_of(token)


def is_token(text: str) -> bool:
    """Whether text has the form of a token, of whatever key."""
    return _TOKEN.fullmatch(text) is not None


def is_hash(text: str) -> bool:
    """Whether text has the form of a hash made here."""
    return _HASH.fullmatch(text) is not None


def _subkey(key: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(key)


def _encode(value: str | bytes) -> bytes:
    # surrogatepass: sqlite3 and SQL_ASCII databases can hand out text that is not valid Unicode.
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def _pad(plain: bytes) -> bytes:
    return plain + b"\x80" + b"\x00" * (-(len(plain) + 1) % _BLOCK)  # ISO/IEC 7816-4


def _unpad(padded: bytes) -> bytes:
    return padded[: padded.rindex(b"\x80")]


def _base32(octets: bytes) -> str:
    return base64.b32encode(octets).decode("ascii").rstrip("=").lower()


def _unbase32(body: str) -> bytes:
    try:
        octets = base64.b32decode(body.upper() + "=" * (-len(body) % 8))
    except ValueError:
        raise _no_token("the token is damaged or was made up") from None
    if _base32(octets) != body:
        # Unused bits of the last character: two texts must not be one token.
        raise _no_token("the token is damaged or was made up")
    return octets


def _no_token(why: str) -> AnalysisError:
    return AnalysisError("GDB220", why, help="pass a token exactly as this database returned it")
