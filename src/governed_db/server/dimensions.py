"""What many events share into one row each: who did it with what, and what was done.

Rows are found by a digest of what they say. Numbers that are known are kept in memory once the transaction
that made them has been committed; a number of one that was taken back would be nobody's.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import attrs
import msgspec
from sqlalchemy import Table

from governed_db.model.audit import mapping, seen
from governed_db.server.store import Tx
from governed_db.server.tables.base import items, plain
from governed_db.server.tables.events import ACTOR_TERMS, ACTORS, SHAPE_TERMS, SHAPES

_MOST_KNOWN: Final = 100_000
_MINUTE: Final = 60.0
_LONGEST: Final = 512
_LONGEST_TEXT: Final = 100_000
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


class Known:
    """Numbers of rows by table, tenant and digest; of one process, for all of its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: dict[tuple[str, str, str], int] = {}
        self._told: dict[tuple[str, str], float] = {}

    def get(self, table: str, tenant: str, digest: str) -> int | None:
        return self._numbers.get((table, tenant, digest))

    def is_due(self, tenant: str, digest: str, now: float) -> bool:
        """Whether an actor was not told to have been seen for a minute; from now on it was.

        Where the transaction is taken back the next minute tells it again.
        """
        with self._lock:
            is_due = now - self._told.get((tenant, digest), 0.0) >= _MINUTE
            if is_due:
                self._told = self._told if len(self._told) < _MOST_KNOWN else {}
                self._told[tenant, digest] = now
            return is_due

    def add(self, numbers: Mapping[tuple[str, str, str], int]) -> None:
        """Only what is committed."""
        with self._lock:
            if len(self._numbers) > _MOST_KNOWN:
                self._numbers = {}
            self._numbers |= numbers


Terms = Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]]


@attrs.frozen
class _One:
    """A row to be: what it says, and the words by which it is asked for."""

    fields: bytes
    said: Mapping[str, Any]
    terms: Terms

    @property
    def statement(self) -> str:
        return plain(str(self.said.get("statement", "")), _LONGEST_TEXT)


class Dimensions:
    """The actors and shapes of one transaction: collected first, numbered at once."""

    def __init__(self, tx: Tx, known: Known | None) -> None:
        self._tx = tx
        self._known = known
        self._ones: dict[str, dict[str, _One]] = {"actors": {}, "shapes": {}}
        self._seen: dict[tuple[str, bytes], str] = {}
        self.made: dict[tuple[str, str, str], int] = {}

    def actor(self, fields: Mapping[str, Any]) -> str:
        """The digest of who did it, which `settle` turns into a number."""
        said = {name: fields[name] for name in ("principals", "tool", "model") if fields.get(name)}
        return self._digest("actors", said, _actor_terms)

    def shape(self, phase: str, fields: Mapping[str, Any]) -> str:
        """The digest of what was done."""
        decision = mapping(fields.get("decision"))
        said = {name: fields[name] for name in _SHAPE if fields.get(name) not in (None, [], "")}
        said |= {name: decision[name] for name in ("effect", "rule", "revision") if decision.get(name)}
        codes = [mapping(reason).get("code") for reason in items(decision.get("reasons"))]
        said |= {"codes": sorted({str(code) for code in codes if code})} if codes else {}
        said |= {"spool": fields["spool"]} if phase == "session" and "spool" in fields else {}
        return self._digest("shapes", said, _shape_terms)

    def _digest(self, kind: str, said: dict[str, Any], terms: Terms) -> str:
        encoded = _encoded(said)
        found = self._seen.get((kind, encoded))  # an actor and a shape of nothing are the same bytes
        if found is None:
            found = self._seen[kind, encoded] = hashlib.sha256(encoded).hexdigest()
            self._ones[kind][found] = _One(encoded, said, terms)
        return found

    def settle(self, rows: Sequence[dict[str, Any]]) -> None:
        """Put numbers where the digests are."""
        actors = self._numbers(ACTORS, ACTOR_TERMS, "actor", self._ones["actors"])
        shapes = self._numbers(SHAPES, SHAPE_TERMS, "shape", self._ones["shapes"])
        for row in rows:
            row["actor"] = actors[row["actor"]]
            row["shape"] = shapes[row["shape"]]

    def actors(self, now: float) -> list[Mapping[str, Any]]:
        """What is said of each actor of this transaction that was not seen within the last minute."""
        ones, tenant = self._ones["actors"], self._tx.tenant
        if self._known is None:
            return [one.said for one in ones.values()]
        return [one.said for digest, one in ones.items() if self._known.is_due(tenant, digest, now)]

    def _numbers(self, table: Table, terms: Table, column: str, ones: dict[str, _One]) -> dict[str, int]:
        tx, found = self._tx, dict[str, int]()
        for digest in ones if self._known is not None else ():
            number = self._known.get(table.name, tx.tenant, digest) if self._known is not None else None
            if number is not None:
                found[digest] = number
        new = sorted(ones.keys() - found.keys())
        if not new:
            return found
        rows = [{"digest": digest, "fields": ones[digest].fields.decode()} for digest in new]
        if table is SHAPES:
            rows = [row | {"statement": ones[row["digest"]].statement} for row in rows]
        tx.insert_new(table, *rows)
        numbers = tx.select(table, table.c.digest, table.c.id).where(table.c.digest.in_(new))
        added = {row.digest: row.id for row in tx.rows(numbers)}
        words = sorted(
            (kind, term, digest)
            for digest in new
            for kind, term in set(ones[digest].terms(ones[digest].said))
        )
        tx.insert_new(
            terms, *({"kind": kind, "term": term, column: added[digest]} for kind, term, digest in words)
        )
        self.made |= {(table.name, tx.tenant, digest): number for digest, number in added.items()}
        return found | added


def _encoded(said: Mapping[str, Any]) -> bytes:
    """The same for the same, whatever the order of members."""
    try:
        return _ENCODER.encode(said)
    except OverflowError:  # numbers of more than 64 bits: nothing that we write, and JSON all the same
        return json.dumps(said, sort_keys=True).encode()


_SHAPE: Final = ("database", "kind", "statement", "relations", "columns", "masked", "seen", "act", "error")


def _actor_terms(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for link in items(said.get("principals")):
        yield from _term("principal", mapping(link).get("id"))
    for name in ("tool", "model"):
        yield from _term(name, said.get(name))


def _shape_terms(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("database", "kind", "effect", "rule", "revision", "act"):
        yield from _term(name, said.get(name))
    for relation in items(said.get("relations")):
        yield from _relation(relation)
    for column in items(said.get("columns")):
        yield from _term("column", column)
    for one in seen(said):
        yield from _class(one.get("classification"))
    for code in said.get("codes", ()):
        yield from _term("code", code)


def _relation(name: object) -> Iterator[tuple[str, str]]:
    """By its whole name and by each end of it: "shop.public.orders", "public.orders", "orders"."""
    parts = str(name).split(".")
    for start in range(len(parts)):
        yield from _term("relation", ".".join(parts[start:]))


def _class(name: object) -> Iterator[tuple[str, str]]:
    """By the class, and by all that it is one of: "pii.email", "pii.*"."""
    yield from _term("classification", name)
    parts = str(name or "").split(".")
    for end in range(1, len(parts)):
        yield from _term("classification", ".".join(parts[:end]) + ".*")


def _term(kind: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and value:
        yield kind, plain(value, _LONGEST)
