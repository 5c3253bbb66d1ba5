"""Lines that a client sent into the places in its chain that they take, and what is odd about that.

Nothing odd is refused: a client that lost records would never get rid of those that it has. It is kept as
a finding, once, and what is missing may still come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import attrs

from governed_db.model.chain import GENESIS, Damaged, stored_event
from governed_db.server.store import Tx
from governed_db.server.tables.events import CHAINS, FINDINGS, GAPS, RECORDS

AHEAD_SECONDS: Final = 300.0
BACK_SECONDS: Final = 60.0
_MEMBERS: Final = ("client", "boot", "seq", "prev", "hash")


class Malformed(Exception):
    """A batch that is not what a client writes; the text says which line, and in what way."""


@attrs.frozen
class Line:
    """One line: who wrote it, its place, and its event as stored."""

    client: str
    boot: str
    seq: int
    prev: str
    hash: str
    event: dict[str, Any]
    text: str


@attrs.define
class Chain:
    """How far one chain is here; `number` names it in the other tables."""

    number: int
    seq: int
    hash: str
    last: float
    records: int


@attrs.frozen
class Finding:
    """Something odd about a chain. `resolved`: when what was missing came after all."""

    kind: str
    seq: int
    detail: str


@attrs.define
class Placed:
    """What to store of a chain's lines, and what was found."""

    lines: list[Line] = attrs.field(factory=list)
    again: list[Line] = attrs.field(factory=list)
    findings: list[Finding] = attrs.field(factory=list)


def parsed(content: bytes, *, most_bytes: int = 1 << 22) -> list[Line]:
    """The lines of a batch; Malformed unless each is whole, hashed right, and an event.

    `stored_event` has the hash; it is of the line's own bytes, whatever the event says.
    """
    found: list[Line] = []
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line:
            continue
        if len(line) > most_bytes:
            raise Malformed(f"line {number} is longer than {most_bytes} bytes")
        try:
            event = stored_event(line)
        except Damaged as error:
            raise Malformed(f"line {number}: {error}") from None
        except RecursionError:
            raise Malformed(f"line {number}: it is too deep") from None
        _check(number, event)
        places = {name: event[name] for name in _MEMBERS}
        found.append(Line(**places, event=event, text=line.decode()))
    return found


def _check(number: int, event: dict[str, Any]) -> None:
    """What every event has, in the types that the tables take. What newer clients add is let be."""
    texts = (("id", 56), ("phase", 16), ("client", 256), ("boot", 64), ("prev", 64))
    for name, longest in texts:
        value = event.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
            raise Malformed(f"line {number}: its {name} is no text of at most {longest} characters")
    seq, time = event.get("seq"), event.get("time")
    if not isinstance(seq, int) or not 0 < seq < 2**62:
        raise Malformed(f"line {number}: its seq is no number of a record")
    if not isinstance(time, (int, float)) or isinstance(time, bool) or not 0 <= time < 1e11:
        raise Malformed(f"line {number}: its time is none")
    if not isinstance(event.get("fields"), dict):
        raise Malformed(f"line {number}: its fields are no object")


def locked(tx: Tx, client: str, boot: str, *, sender: str, now: float) -> Chain:
    """The chain, made if it is new, with everybody else waiting until this transaction ends."""
    c = CHAINS.c
    named = tx.select(CHAINS).where(c.client == client, c.boot == boot).with_for_update()
    row = tx.row(named)
    if row is None:
        tx.insert_new(
            CHAINS,
            {
                "client": client, "boot": boot, "seq": 0, "hash": GENESIS, "records": 0,
                "sender": sender, "begun": now, "last": 0.0, "received": now,
            },
        )  # fmt: skip
        row = tx.row(named)
    assert row is not None  # noqa: S101  # it was made, by us or by somebody else
    return Chain(row.id, row.seq, row.hash, row.last, row.records)


def placed(tx: Tx, chain: Chain, lines: Sequence[Line], now: float) -> Placed:
    """Tell new lines from those that are here, and move the chain's head."""
    found = Placed()
    gaps = _gaps(tx, chain)
    for line in sorted(lines, key=lambda line: line.seq):
        if line.seq > chain.seq:
            _follow(tx, chain, line, found)
        elif gap := next((gap for gap in gaps if gap[0] <= line.seq <= gap[1]), None):
            gaps = _fill(tx, chain, gaps, gap, line)
            found.lines.append(line)
        else:
            found.again.append(line)
            continue
        found.findings.extend(_clock(chain, line, now))
        chain.last = max(chain.last, float(line.event["time"]))
    found.findings.extend(_rewritten(tx, chain, found.again))
    chain.records += len(found.lines)
    return found


def _follow(tx: Tx, chain: Chain, line: Line, found: Placed) -> None:
    if line.seq > chain.seq + 1:
        tx.insert(GAPS, {"chain": chain.number, "first": chain.seq + 1, "last": line.seq - 1})
        detail = f"records {chain.seq + 1} to {line.seq - 1} have not come"
        found.findings.append(Finding("missing", chain.seq + 1, detail))
    elif line.prev != chain.hash:
        found.findings.append(Finding("broken", line.seq, "it does not follow the record before it"))
    chain.seq, chain.hash = line.seq, line.hash
    found.lines.append(line)


def _gaps(tx: Tx, chain: Chain) -> list[tuple[int, int]]:
    rows = tx.rows(tx.select(GAPS, GAPS.c.first, GAPS.c.last).where(GAPS.c.chain == chain.number))
    return [(row.first, row.last) for row in rows]


def _fill(
    tx: Tx, chain: Chain, gaps: list[tuple[int, int]], gap: tuple[int, int], line: Line
) -> list[tuple[int, int]]:
    """The gaps without this record; the finding is over when its last record has come."""
    first, last = gap
    left = [part for part in ((first, line.seq - 1), (line.seq + 1, last)) if part[0] <= part[1]]
    tx.run(tx.delete(GAPS).where(GAPS.c.chain == chain.number, GAPS.c.first == first))
    tx.insert(GAPS, *({"chain": chain.number, "first": part[0], "last": part[1]} for part in left))
    return [each for each in gaps if each != gap] + left


def _clock(chain: Chain, line: Line, now: float) -> Iterator[Finding]:
    """Clocks that jump make times worthless as evidence, so it is said where they did."""
    time = float(line.event["time"])
    if time > now + AHEAD_SECONDS:
        yield Finding("clock", line.seq, f"its clock was {time - now:.0f} s ahead of this server's")
    elif chain.last and time < chain.last - BACK_SECONDS and line.seq == chain.seq:
        yield Finding("clock", line.seq, f"its clock went back by {chain.last - time:.0f} s")


def _rewritten(tx: Tx, chain: Chain, again: Sequence[Line]) -> Iterator[Finding]:
    """A record that is here, and comes with other bytes: there are two histories."""
    if not again:
        return
    numbers = [line.seq for line in again]
    r = RECORDS.c
    kept = tx.rows(tx.select(RECORDS, r.seq, r.line).where(r.chain == chain.number, r.seq.in_(numbers)))
    lines = {row.seq: row.line for row in kept}
    for line in again:
        if lines.get(line.seq, line.text) != line.text:
            yield Finding("rewritten", line.seq, "the record came again with other contents")


def keep(tx: Tx, chain: Chain, findings: Iterable[Finding], now: float) -> None:
    """Write how far the chain is, and what was found."""
    rows = [attrs.asdict(one) | {"chain": chain.number, "found": now} for one in findings]
    tx.insert_new(FINDINGS, *rows)
    c, f = CHAINS.c, FINDINGS.c
    values = {
        "seq": chain.seq, "hash": chain.hash, "last": chain.last, "received": now, "records": chain.records,
    }  # fmt: skip
    tx.run(tx.update(CHAINS).where(c.id == chain.number).values(values))
    if not _gaps(tx, chain):
        filled = tx.update(FINDINGS).where(f.chain == chain.number, f.kind == "missing", f.resolved.is_(None))
        tx.run(filled.values(resolved=now))
