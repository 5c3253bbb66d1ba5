"""What clients say of themselves, and what came from them, into who is there and how well governed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import attrs
import msgspec
from sqlalchemy import func

from governed_db.model.audit import mapping
from governed_db.server.chains import Line
from governed_db.server.store import Tx
from governed_db.server.tables.base import plain
from governed_db.server.tables.clients import CLIENTS
from governed_db.server.tables.events import CHAINS, GAPS


@attrs.frozen
class Client:
    """One client. `ungoverned`: connections of its process that go past governed_db, as it says. `missing`:
    records that it wrote and that are not here. `revision`: of the bundle that it obeys."""

    client: str
    version: str
    revision: str
    sender: str
    first: float
    last: float
    ungoverned: int
    records: int
    missing: int
    told: Mapping[str, Any]


@attrs.frozen
class Beat:
    """What a client says of itself now and then. `told`: anything else that helps to find it. `process`:
    which of the client's says it; what others said lately of their connections stays."""

    client: str
    version: str
    revision: str = ""
    ungoverned: int = 0
    told: Mapping[str, Any] = attrs.field(factory=dict)
    process: str = ""


class _Process(msgspec.Struct, frozen=True):
    at: float
    ungoverned: int


class _Told(msgspec.Struct, frozen=True):
    processes: dict[str, _Process] = {}


MOST_UNGOVERNED: Final = 2**31 - 1
_LATELY: Final = 300.0  # seconds; each says it once a minute
_MOST_PROCESSES: Final = 500


def beat(tx: Tx, said: Beat, *, sender: str, now: float) -> None:
    """Remember it, in the place of what the client said before."""
    processes = _processes(tx, said, now)
    told = dict(said.told) | ({"processes": processes} if processes else {})
    ungoverned = sum(one.ungoverned for one in processes.values()) if processes else said.ungoverned
    row = {
        "client": said.client, "version": said.version, "revision": said.revision, "sender": sender,
        "ungoverned": min(ungoverned, MOST_UNGOVERNED), "told": msgspec.json.encode(told).decode(),
        "first": now, "last": now,
    }  # fmt: skip
    names = ("version", "revision", "sender", "ungoverned", "told", "last")
    tx.upsert(CLIENTS, ("client",), [row], lambda new: {name: new[name] for name in names})


def _processes(tx: Tx, said: Beat, now: float) -> dict[str, _Process]:
    """What each process of the client said last, but for those that have been silent for minutes."""
    if not said.process:
        return {}
    c = CLIENTS.c
    row = tx.row(tx.select(CLIENTS, c.told).where(c.client == said.client).with_for_update())
    try:
        before = msgspec.json.decode(row.told, type=_Told).processes if row else {}
    except msgspec.MsgspecError:  # a client that names no process may tell what it likes
        before = {}
    lately = {name: one for name, one in before.items() if now - one.at < _LATELY}
    newest = sorted(lately.items(), key=lambda item: item[1].at)[-_MOST_PROCESSES:]
    return dict(newest) | {said.process: _Process(now, said.ungoverned)}


_LONGEST: Final = MappingProxyType({"version": 64, "revision": 128})


def heard(tx: Tx, lines: Sequence[Line], *, sender: str, now: float) -> None:
    """What a chain's events tell of their client: the first its version, each the bundle that it obeys."""
    said: dict[str, str] = {}
    for line in lines:
        fields = line.event["fields"]
        told = {"revision": mapping(fields.get("decision")).get("revision")}
        if line.event["phase"] == "session":
            told["version"] = fields.get("version")
        for name, word in told.items():
            if isinstance(word, str) and word:
                said[name] = plain(word, _LONGEST[name])
    if said:
        row = {"client": lines[0].client, "sender": sender, "ungoverned": 0, "told": "{}"}
        row |= {"version": "", "revision": "", "first": now, "last": now} | said
        tx.upsert(CLIENTS, ("client",), [row], lambda new: {name: new[name] for name in (*said, "last")})


def clients(tx: Tx) -> list[Client]:
    """All that are known, the last seen first: those that only sent events, too."""
    said = {row.client: row for row in tx.rows(tx.select(CLIENTS))}
    sent = _sent(tx)
    missing = _missing(tx)
    found = []
    for name in said.keys() | sent.keys():
        row, chain = said.get(name), sent.get(name)
        found.append(
            Client(
                client=name,
                version=row.version if row else "",
                revision=row.revision if row else "",
                sender=row.sender if row else chain.sender if chain else "",
                first=min(one.first for one in (row, chain) if one),
                last=max(one.last for one in (row, chain) if one),
                ungoverned=row.ungoverned if row else 0,
                records=int(chain.records) if chain else 0,
                missing=missing.get(name, 0),
                told=msgspec.json.decode(row.told) if row else {},
            )
        )
    return sorted(found, key=lambda client: (-client.last, client.client))


def _sent(tx: Tx) -> dict[str, Any]:
    c = CHAINS.c
    query = tx.select(
        CHAINS,
        c.client,
        func.sum(c.records).label("records"),
        func.max(c.sender).label("sender"),
        func.min(c.begun).label("first"),
        func.max(c.received).label("last"),
    )
    return {row.client: row for row in tx.rows(query.group_by(c.client))}


def _missing(tx: Tx) -> dict[str, int]:
    number = func.sum(GAPS.c.last - GAPS.c.first + 1)
    query = tx.select(GAPS, CHAINS.c.client, number.label("number")).join(CHAINS, CHAINS.c.id == GAPS.c.chain)
    return {row.client: int(row.number) for row in tx.rows(query.group_by(CHAINS.c.client))}
