"""Text and bytes into keyed tokens and hashes, and tokens back into what they stand for.

A token is AES-SIV (RFC 5297): deterministic, so that equal values have equal tokens, and
authenticated, so that a token cannot be made up. It is written `tok_<key id>_<base32>`, in lower
case throughout because some collations fold case. The associated data say where it belongs (a
database and a classification, see docs/adr/0009) and whether it was made of text or bytes: it turns
back nowhere else, and into exactly that type.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
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
_TEXT: Final = b"governed_db token text"
_BYTES: Final = b"governed_db token bytes"


@attrs.frozen
class Domain:
    """Where equal values have equal tokens: one classification in one database."""

    database: str = ""
    classification: str = ""

    def encoded(self) -> list[bytes]:
        """Each part by itself: AES-SIV keeps them apart."""
        return [part.encode("utf-8", "surrogatepass") for part in (self.database, self.classification)]


NOWHERE: Final = Domain()


@attrs.frozen(repr=False, eq=False)
class MaskKeys:
    """What is derived from the one secret key; `id` may be shown."""

    id: str
    _cipher: AESSIV = attrs.field(alias="cipher")
    _hash_key: bytes = attrs.field(alias="hash_key")

    def token_of(self, value: str | bytes, domain: Domain = NOWHERE) -> str:
        """The token that stands for this value in its domain."""
        sealed = self._cipher.encrypt(_pad(_encode(value)), _data(isinstance(value, str), domain))
        return f"tok_{self.id}_{_base32(sealed)}"

    def hash_of(self, value: str | bytes, domain: Domain = NOWHERE) -> str:
        """A keyed hash: equal values of a domain have equal hashes, and nothing turns it back."""
        parts = [b"text" if isinstance(value, str) else b"bytes", *domain.encoded(), _encode(value)]
        message = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return "hash_" + hmac.digest(self._hash_key, message, hashlib.sha256).hex()[:32]

    def value_of(self, token: str, domain: Domain = NOWHERE) -> str | bytes:
        """The value that a token stands for; AnalysisError unless this key made the token for this domain."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise no_token("the text is not a token")
        if match[1] != self.id:
            raise no_token("the token was made under another key")
        return self._open(match[2], domain)

    def _open(self, body: str, domain: Domain) -> str | bytes:
        sealed = _unbase32(body)
        for is_text in (True, False):
            try:
                plain = _unpad(self._cipher.decrypt(sealed, _data(is_text, domain)))
            except InvalidTag:
                continue
            return plain.decode("utf-8", "surrogatepass") if is_text else plain
        raise no_token("the token was made for other data, or is damaged, or was made up")


class KeyRing:
    """The keys of an installation: new tokens are made under the first, and all turn back."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        self._keys = [derive_keys(key) for key in keys]
        self._by_id = {key.id: key for key in self._keys}
        if not self._keys:
            raise ConfigurationError("there is no mask key", code="GDB521", help="give at least one key")

    @property
    def current(self) -> MaskKeys:
        """The key of new tokens and hashes."""
        return self._keys[0]

    @property
    def ids(self) -> tuple[str, ...]:
        """The names of the keys, the current one first."""
        return tuple(key.id for key in self._keys)

    def value_of(self, token: str, domain: Domain) -> str | bytes:
        """The value that a token stands for; AnalysisError GDB220 if it stands for none here."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise no_token("the text is not a token")
        keys = self._by_id.get(match[1])
        if keys is None:
            raise no_token("the token was made under a key that is not known here")
        return keys.value_of(token, domain)


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


def is_token(text: str) -> bool:
    """Whether text has the form of a token, of whatever key and domain."""
    return _TOKEN.fullmatch(text) is not None


def is_hash(text: str) -> bool:
    """Whether text has the form of a hash made here."""
    return _HASH.fullmatch(text) is not None


def _data(is_text: bool, domain: Domain) -> list[bytes]:  # noqa: FBT001  # one of two, by position
    return [_TEXT if is_text else _BYTES, *domain.encoded()]


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
        raise no_token("the token is damaged or was made up") from None
    if _base32(octets) != body:
        # Unused bits of the last character: two texts must not be one token.
        raise no_token("the token is damaged or was made up")
    return octets


def no_token(why: str) -> AnalysisError:
    """What is raised for a text that stands for no value here."""
    return AnalysisError("GDB220", why, help="pass a token exactly as this database returned it")
