"""An event and the hash of its predecessor into one framed line, and back.

A line is JSON, so that people and jq can read it:

    {"event":{"client":..,"boot":..,"seq":7,"prev":"<hash of 6>",..},"hash":"<sha256>","crc":"<crc32>"}

`hash` is SHA-256 over the bytes of the event as they stand in the line (keys sorted below
`fields`, no spaces), so it holds without parsing. `crc` covers all bytes before it. Everything around
the event has a fixed length and is compared byte by byte: no byte of a line can change unnoticed.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import Any

import attrs
import msgspec

from governed_db.model.audit import AuditEvent

GENESIS = "0" * 64

_START = b'{"event":'
_HASH = b',"hash":"'
_CRC = b'","crc":"'
_END = b'"}'
_TAIL = len(_HASH) + 64 + len(_CRC) + 8 + len(_END)
_ENCODER = msgspec.json.Encoder(order="deterministic")


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

    def lines(self, events: list[AuditEvent], head: Head) -> tuple[bytes, Head]:
        """The framed lines of `events` following `head`, and the new head."""
        seq, prev = head.seq, head.hash.encode()
        lines: list[bytes] = []
        for event in events:
            seq += 1
            line, prev = frame(b'%b%d,"prev":"%b",%b' % (self._opening, seq, prev, _encode(event)))
            lines.append(line)
        return b"".join(lines), Head(seq, prev.decode())


def frame(body: bytes) -> tuple[bytes, bytes]:
    """The line for a body, and the body's hash."""
    digest = hashlib.sha256(body).hexdigest().encode()
    start = b"%b%b%b%b" % (_START, body, _HASH, digest)
    return b"%b%b%08x%b\n" % (start, _CRC, zlib.crc32(start), _END), digest


def unframe(line: bytes) -> tuple[bytes, str]:
    """The body of a line (its newline removed) and its hash; Damaged unless every byte fits."""
    body = line[len(_START) : -_TAIL]
    if not line.startswith(_START) or len(line) < len(_START) + _TAIL:
        raise Damaged("not a record")
    digest = hashlib.sha256(body).hexdigest()
    start = b"%b%b%b%b" % (_START, body, _HASH, digest.encode())
    if line != b"%b%b%08x%b" % (start, _CRC, zlib.crc32(start), _END):
        raise Damaged("its bytes do not match its hash and checksum")
    return body, digest


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
    try:
        return _plain(event, event.fields)
    except Exception:  # noqa: BLE001 - any: an event that cannot be encoded must still leave its mark
        event = attrs.evolve(event, id=_clean(event.id), phase=_clean(event.phase))
        return _plain(event, _clean(event.fields))


def _plain(event: AuditEvent, fields: Any) -> bytes:
    encode = _ENCODER.encode
    return b'"id":%b,"time":%b,"phase":%b,"fields":%b}' % (
        encode(event.id),
        encode(event.time),
        encode(event.phase),
        encode(fields),
    )


def _clean(value: Any) -> Any:
    """`value` with what JSON cannot carry named by its type: never its repr, which may hold data."""
    match value:
        case None | bool() | float():
            return value
        case int():
            return value if -(2**63) <= value < 2**64 else "<int>"
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {str(_clean(str(key))): _clean(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(item) for item in value]
        case _:
            return f"<{type(value).__name__}>"
