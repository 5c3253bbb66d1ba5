"""The chains of a tenant into whether they are whole, and where they are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs
import msgspec

from governed_db.model.audit import mapping
from governed_db.model.chain import GENESIS, Damaged, Head, header
from governed_db.server.store import Tx
from governed_db.server.tables.base import plain
from governed_db.server.tables.events import CHAINS, FINDINGS, GAPS, OPEN, RECORDS

_BLOCK: Final = 2000
OPEN_SECONDS: Final = 600.0  # a statement may take as long before its missing end is told


@attrs.frozen
class Odd:
    """Something that was found about a chain. `resolved`: when it was no longer so."""

    kind: str
    seq: int
    detail: str
    found: float
    resolved: float | None = None


@attrs.frozen
class ChainReport:
    """One chain: how far it is here, which records are missing, and what is odd about it."""

    chain: int
    client: str
    boot: str
    records: int
    seq: int
    hash: str
    received: float
    missing: tuple[tuple[int, int], ...]
    findings: tuple[Odd, ...]

    @property
    def ok(self) -> bool:
        return not self.missing and all(one.resolved is not None for one in self.findings)


def reports(tx: Tx, now: float, *, client: str | None = None) -> list[ChainReport]:
    """What was noticed when records came, chain by chain, the last heard of first."""
    c = CHAINS.c
    query = tx.select(CHAINS).order_by(c.received.desc(), c.id.desc()).limit(1000)
    rows = tx.rows(query if client is None else query.where(c.client == plain(client, 512)))
    gaps, odd = _gaps(tx), _findings(tx)
    for chain, one in _unended(tx, now):
        odd.setdefault(chain, []).append(one)
    return [
        ChainReport(
            row.id, row.client, row.boot, row.records, row.seq, row.hash, row.received,
            tuple(gaps.get(row.id, ())), tuple(odd.get(row.id, ())),
        )
        for row in rows
    ]  # fmt: skip


def _gaps(tx: Tx) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = {}
    for row in tx.rows(tx.select(GAPS).order_by(GAPS.c.chain, GAPS.c.first)):
        found.setdefault(row.chain, []).append((row.first, row.last))
    return found


def _findings(tx: Tx) -> dict[int, list[Odd]]:
    found: dict[int, list[Odd]] = {}
    for row in tx.rows(tx.select(FINDINGS).order_by(FINDINGS.c.seq)):
        odd = Odd(row.kind, row.seq, row.detail, row.found, row.resolved)
        found.setdefault(row.chain, []).append(odd)
    return found


def _unended(tx: Tx, now: float) -> Iterator[tuple[int, Odd]]:
    """Statements that began and never told their end: their process died, or the end was kept back."""
    o = OPEN.c
    for row in tx.rows(tx.select(OPEN).where(o.time < now - OPEN_SECONDS).order_by(o.time).limit(1000)):
        detail = f"decision {row.decision} has an intent and no outcome"
        yield row.chain, Odd("unended", row.seq, detail, row.time)


# -- the stored lines again ------------------------------------------------------------------------------


def is_known(tx: Tx, chain: int) -> bool:
    """Whether the tenant has this chain."""
    return tx.row(tx.select(CHAINS, CHAINS.c.id).where(CHAINS.c.id == chain)) is not None


def walked(tx: Tx, chain: int) -> list[Odd]:
    """Follow the stored lines of a chain from the first to the last; what does not fit.

    Also what other chains' first records say that they saw of this one.
    """
    row = tx.row(tx.select(CHAINS).where(CHAINS.c.id == chain))
    if row is None:
        return []
    claims = {head.seq: (head.hash, by) for head, by in _claims(tx, row.boot)}
    found: list[Odd] = []
    head = Head(0, GENESIS)
    for seq, line in _lines(tx, chain):
        try:
            record, digest = header(line.encode())
        except Damaged as error:
            found.append(Odd("flipped", seq, str(error), 0.0))
            head = Head(seq, "")
            continue
        follows = head.hash in (record.prev, "") or seq != head.seq + 1
        if not follows or (record.client, record.boot, record.seq) != (row.client, row.boot, seq):
            found.append(Odd("broken", seq, "it does not follow the record before it", 0.0))
        if seq in claims and claims[seq][0] != digest:
            found.append(Odd("rewritten", seq, f"it is not the record that chain {claims[seq][1]} saw", 0.0))
        head = Head(seq, digest)
    if (head.seq, head.hash) != (row.seq, row.hash if row.seq else GENESIS):
        found.append(Odd("truncated", row.seq, f"the stored records end at {head.seq}", 0.0))
    return found


def _lines(tx: Tx, chain: int) -> Iterator[tuple[int, str]]:
    """In blocks: a chain may be longer than memory."""
    r = RECORDS.c
    last = 0
    while True:
        query = tx.select(RECORDS, r.seq, r.line).where(r.chain == chain, r.seq > last)
        rows = tx.rows(query.order_by(r.seq).limit(_BLOCK))
        for row in rows:
            yield row.seq, row.line
        if len(rows) < _BLOCK:
            return
        last = rows[-1].seq


def _claims(tx: Tx, boot: str) -> Iterator[tuple[Head, str]]:
    """What the first records of other chains tell of this one."""
    r = RECORDS.c
    firsts = tx.select(RECORDS, r.line).where(r.seq == 1, r.line.contains(boot, autoescape=True))
    for line in tx.connection.scalars(firsts):
        try:
            record, _ = header(line.encode())
            links = mapping(msgspec.json.decode(record.fields)).get("links")
        except (Damaged, msgspec.MsgspecError):
            continue
        claim: Any = links.get(boot) if isinstance(links, Mapping) else None
        if record.boot != boot and isinstance(claim, list) and len(claim) == 2:  # seq and hash
            yield Head(int(claim[0]), str(claim[1])), record.boot
