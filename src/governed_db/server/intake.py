"""Lines of clients into rows: each once, whatever comes twice or out of order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import attrs

from governed_db.model.audit import apart, mapping
from governed_db.server import chains, coverage, principals
from governed_db.server.chains import Chain, Line
from governed_db.server.dimensions import Dimensions, Known
from governed_db.server.store import Tx
from governed_db.server.tables.base import items, plain
from governed_db.server.tables.events import COUNTS, EVENTS, OPEN, RECORDS

BUCKET_SECONDS = 300.0
_MOST_ROWS = 10**9  # of one event: sums of many must fit, too
_MOST_SECONDS = 1e9


@attrs.frozen
class Taken:
    """What became of a batch: records that are new, that were here, and how many odd things there were."""

    taken: int
    again: int
    findings: int


Numbers = Mapping[tuple[str, str, str], int]


def take(tx: Tx, lines: Sequence[Line], *, sender: str, now: float) -> Taken:
    """Store what is new. It is there for good when the transaction is."""
    return take_known(tx, lines, sender=sender, now=now, known=None)[0]


def take_known(
    tx: Tx, lines: Sequence[Line], *, sender: str, now: float, known: Known | None
) -> tuple[Taken, Numbers]:
    """The same, with what is known from before; and what may be known after the commit."""
    taken = again = findings = 0
    dimensions = Dimensions(tx, known)
    rows: list[dict[str, Any]] = []
    for (client, boot), group in groupby(sorted(lines, key=_chain_of), key=_chain_of):
        chain = chains.locked(tx, client, boot, sender=sender, now=now)
        placed = chains.placed(tx, chain, list(group), now)
        _store(tx, chain, placed.lines, now)
        rows.extend(_rows(chain, placed.lines, dimensions, now))
        _intents(tx, chain, placed.lines)
        coverage.heard(tx, placed.lines, sender=sender, now=now)
        chains.keep(tx, chain, placed.findings, now)
        taken, again = taken + len(placed.lines), again + len(placed.again)
        findings += len(placed.findings)
    dimensions.settle(rows)
    tx.insert(EVENTS, *rows)
    principals.saw(tx, dimensions.actors(now), now)
    _count(tx, rows)
    return Taken(taken, again, findings), dimensions.made


def _chain_of(line: Line) -> tuple[str, str]:
    """In one order everywhere: two batches never wait for each other's chains."""
    return line.client, line.boot


def _store(tx: Tx, chain: Chain, lines: Sequence[Line], now: float) -> None:
    rows = ({"chain": chain.number, "seq": line.seq, "received": now, "line": line.text} for line in lines)
    tx.insert(RECORDS, *rows)


def _rows(
    chain: Chain, lines: Iterable[Line], dimensions: Dimensions, now: float
) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.event["phase"] == "facts":  # which statements refer to; nothing that happened
            continue
        for part, event in enumerate(_apart(line.event)):
            yield _row(chain, line, part, event, dimensions) | {"received": now}


def _apart(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The outcomes that one record tells. One that is not of the known form is an event like others."""
    try:
        found = list(apart(event))
        return found if all(_is_whole(one) for one in found) else [event]
    except (LookupError, TypeError, ValueError, AttributeError):
        return [event]


def _is_whole(event: dict[str, Any]) -> bool:
    time = event["time"]
    return isinstance(time, (int, float)) and not isinstance(time, bool) and 0 <= time < 1e11


def _row(
    chain: Chain, line: Line, part: int, event: dict[str, Any], dimensions: Dimensions
) -> dict[str, Any]:
    fields = event["fields"]
    rows = fields.get("rows")
    return {
        "id": event["id"],
        "chain": chain.number,
        "seq": line.seq,
        "part": part,
        "time": float(event["time"]),
        "phase": event["phase"],
        "status": plain(str(fields.get("status", "")), 16),
        "actor": dimensions.actor(fields),
        "shape": dimensions.shape(event["phase"], fields),
        "conversation": _text(fields.get("conversation"), 256),
        "decision": _text(mapping(fields.get("decision")).get("id"), 64),
        "masked": min(len(items(fields.get("masked"))), 1000),
        "rows": rows if type(rows) is int and 0 <= rows < _MOST_ROWS else None,
        "seconds": _seconds(fields.get("seconds")),
    }


def _seconds(value: object) -> float | None:
    return float(value) if type(value) in (int, float) and 0 <= value < _MOST_SECONDS else None  # type: ignore[operator, arg-type]  # a number


def _text(value: object, longest: int) -> str | None:
    return plain(value, longest) if isinstance(value, str) and value else None


def _intents(tx: Tx, chain: Chain, lines: Iterable[Line]) -> None:
    """What was begun and has not told its end."""
    begun: dict[str, dict[str, Any]] = {}
    ended: list[str] = []
    for line in lines:
        decision = _text(mapping(line.event["fields"].get("decision")).get("id"), 64)
        if decision is None:
            continue
        if line.event["phase"] == "intent":
            time = float(line.event["time"])
            begun[decision] = {"chain": chain.number, "decision": decision, "seq": line.seq, "time": time}
        elif line.event["phase"] in ("outcome", "refusal"):
            ended.append(decision)
            begun.pop(decision, None)
    tx.insert_new(OPEN, *begun.values())
    if ended and tx.rows(tx.select(OPEN, OPEN.c.seq).where(OPEN.c.chain == chain.number).limit(1)):
        tx.run(tx.delete(OPEN).where(OPEN.c.chain == chain.number, OPEN.c.decision.in_(ended)))


def _count(tx: Tx, rows: Iterable[dict[str, Any]]) -> None:
    """Add to the sums; in one order, so that two batches never wait for each other."""
    sums: Counter[tuple[float, str]] = Counter()
    for row in rows:
        bucket = row["time"] // BUCKET_SECONDS * BUCKET_SECONDS
        for name, value in _counted(row):
            sums[bucket, name] += value
    values = [
        {"bucket": bucket, "name": name, "value": value} for (bucket, name), value in sorted(sums.items())
    ]
    tx.upsert(COUNTS, ("bucket", "name"), values, lambda new: {"value": COUNTS.c.value + new.value})


def _counted(row: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """What an event adds to the charts. An intent adds nothing: its outcome does."""
    match row["phase"], row["status"]:
        case "outcome", status:
            yield "statements", 1
            yield "rows", row["rows"] or 0
            yield "masked", row["masked"] * (row["rows"] or 0)
            if status == "error":
                yield "errors", 1
        case "refusal", "asked":
            yield "asked", 1
        case "refusal", _:
            yield "refused", 1
        case "admin", _:
            yield "acts", 1
        case _:
            return
