"""An event and the hash of its predecessor into one framed line, and back.

A line is JSON, so that people and jq can read it:

    {"event":{"client":..,"boot":..,"seq":7,"prev":"<hash of 6>",..},"hash":"<sha256>","crc":"<crc32>"}

`hash` is SHA-256 over the bytes of the event exactly as they stand in the line: no parsing, no
canonical form to disagree about; whoever passes events on passes these bytes. `crc` covers the event
and the hash. Everything around these is constant and compared byte by byte: no byte of a line can
change unnoticed.
"""

from __future__ import annotations

import hashlib
import zlib
from binascii import hexlify
from typing import Any

import attrs
import msgspec

from governed_db.model.audit import AuditEvent
from governed_db.model.codec import Members

GENESIS = "0" * 64
MAX_DEPTH = 8  # of an event that JSON refuses: it may contain itself

_START = b'{"event":'
_TAIL = len(b',"hash":"') + 64 + len(b'","crc":"') + 8 + len(b'"}')
_ENCODER = msgspec.json.Encoder()


class Damaged(Exception):
    """A line that is not what was written; the text says in what way."""


class Header(msgspec.Struct, frozen=True):
    """What verification needs of an event."""

    client: str
    boot: str
    seq: int
    prev: str
    fields: msgspec.Raw


@attrs.frozen
class Head:
    """How far a chain has got: its last sequence number, and the hash of that record."""

    seq: int
    hash: str


_HEADER = msgspec.json.Decoder(Header)
_EVENT = msgspec.json.Decoder(dict[str, Any])


class Chainer:
    """Turns events of one (client, boot) into lines; holds only what is constant in them."""

    __slots__ = ("_opening",)

    def __init__(self, client: str, boot: str) -> None:
        self._opening = b'{"client":%b,"boot":%b,"seq":' % (
            _ENCODER.encode(client),
            _ENCODER.encode(boot),
        )

    def lines(self, events: list[AuditEvent | Members], head: Head) -> tuple[bytes, Head]:
        """The framed lines of `events` following `head`, and the new head."""
        opening, prev = self._opening, head.hash.encode()
        lines: list[bytes] = []
        for seq, event in enumerate(events, start=head.seq + 1):
            # [1:]: its members without the brace, for they go on in our object.
            text = event if isinstance(event, bytes) else _encode(event)[1:]
            line, prev = frame(b'%b%d,"prev":"%b",%b' % (opening, seq, prev, text))
            lines.append(line)
        return b"".join(lines), Head(head.seq + len(events), prev.decode())


def frame(body: bytes) -> tuple[bytes, bytes]:
    """The line for a body, and the body's hash."""
    digest = hexlify(hashlib.sha256(body).digest())
    crc = zlib.crc32(digest, zlib.crc32(body))
    return b'{"event":%b,"hash":"%b","crc":"%08x"}\n' % (body, digest, crc), digest


def unframe(line: bytes) -> tuple[bytes, str]:
    """The body of a line (its newline removed) and its hash; Damaged unless every byte fits."""
    body = line[len(_START) : -_TAIL]
    if not line.startswith(_START) or len(line) < len(_START) + _TAIL:
        raise Damaged("not a record")
    expected, digest = frame(body)
    if line != expected[:-1]:
        raise Damaged("its bytes do not match its hash and checksum")
    return body, digest.decode()


def header(line: bytes) -> tuple[Header, str]:
    """Who wrote a line, its place in the chain, and its hash."""
    body, digest = unframe(line)
    try:
        return _HEADER.decode(body), digest
    except msgspec.MsgspecError as error:
        raise Damaged("its event is not of the known form") from error


def stored_event(line: bytes) -> dict[str, Any]:
    """The event of a line as it was stored, with its `hash`."""
    body, digest = unframe(line)
    try:
        return {**_EVENT.decode(body), "hash": digest}
    except msgspec.MsgspecError as error:
        raise Damaged("its event is not of the known form") from error


def head_line(client: str, boot: str, head: Head) -> bytes:
    """The content of a head file: of constant length, so that it is overwritten in place."""
    body = b'{"client":%b,"boot":%b,"seq":%-19d,"prev":"%b","fields":null}' % (
        _ENCODER.encode(client),
        _ENCODER.encode(boot),
        head.seq,
        head.hash.encode(),
    )
    return frame(body)[0]


def read_head(content: bytes, boot: str) -> Head:
    """The head that a head file tells; Damaged when it is not whole or another chain's."""
    if not content.endswith(b"\n"):
        raise Damaged("it is cut off")
    found, _ = header(content[:-1])
    if found.boot != boot:
        raise Damaged("it belongs to another chain")
    return Head(found.seq, found.prev)


def _encode(event: AuditEvent) -> bytes:
    """The event, or what can be said of it: one that cannot be encoded must not hold up the others."""
    try:
        return _ENCODER.encode(event)
    except Exception as error:  # noqa: BLE001 - any: it must still leave its mark
        fields = {**_clean(event.fields), "inexact": type(error).__name__}
        return _ENCODER.encode(AuditEvent(_clean(event.id), event.time, _clean(event.phase), fields))


def _clean(value: Any, depth: int = 0) -> Any:
    """`value` with what JSON cannot carry named by its type: never its repr, which may hold data."""
    if depth > MAX_DEPTH:
        return "<deep>"
    match value:
        case None | bool() | float():
            return value
        case int():
            return value if -(2**63) <= value < 2**64 else "<int>"
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {str(_clean(key)): _clean(item, depth + 1) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(item, depth + 1) for item in value]
        case _:
            return f"<{type(value).__name__}>"
