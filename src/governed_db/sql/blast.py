"""The changes that a statement makes itself into all the relations that change with them, at any depth.

By foreign keys that delete or change the rows that refer to changed ones, by triggers as far as their
bodies can be read, and by rows that tables share (partitions, inheritance).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from governed_db.model.catalog import Catalog, RelationInfo
from governed_db.model.preview import Reached
from governed_db.model.statement import Facts, Kind, Write
from governed_db.sql.facts import fresh_notes
from governed_db.sql.triggers import changes

_EVENTS: Final = {
    Kind.INSERT: frozenset({"insert"}),
    Kind.UPDATE: frozenset({"update"}),
    Kind.DELETE: frozenset({"delete"}),
    Kind.MERGE: frozenset({"insert", "update", "delete"}),
}


@attrs.frozen
class Blast:
    """`reached`: nearest first, each relation once for each way; `unread`: triggers that may do anything."""

    reached: tuple[Reached, ...]
    unread: tuple[str, ...]

    @property
    def relations(self) -> frozenset[str]:
        return frozenset(one.relation for one in self.reached)


@attrs.frozen
class _Change:
    """A change of a relation; `columns`: those assigned, None for all."""

    info: RelationInfo
    kind: Kind
    columns: frozenset[str] | None
    by: str
    through: str = ""


def blast(facts: Facts, catalog: Catalog) -> Blast:
    """Where the writes of a statement lead."""
    waiting = deque(_of_writes(facts.writes, catalog, "statement", ""))
    seen: set[tuple[str, str, Kind, frozenset[str] | None]] = set()
    reached: dict[Reached, None] = {}
    unread: dict[str, None] = {}
    while waiting:
        change = waiting.popleft()
        reached[Reached(_name(change.info), change.by, change.through)] = None
        key = change.info.schema, change.info.name, change.kind, change.columns
        if key in seen:
            continue
        seen.add(key)
        waiting += _by_keys(change, catalog)
        waiting += _by_triggers(change, catalog, unread)
        waiting += _by_sharing(change, catalog)
    return Blast(tuple(reached), tuple(unread))


def _of_writes(writes: Iterable[Write], catalog: Catalog, by: str, through: str) -> Iterator[_Change]:
    for write in writes:
        info = catalog.relations.get((write.relation.schema, write.relation.name))
        if info is None:
            continue
        own = [
            flow.target.column.lower()
            for flow in write.flows
            if flow.trigger is None and flow.target.relation == info.name
        ]
        # An insert with ON CONFLICT or REPLACE changes rows too; what it assigns is not told apart.
        yield _Change(info, write.kind, frozenset(own) if write.kind is Kind.UPDATE else None, by, through)


def _by_keys(change: _Change, catalog: Catalog) -> Iterator[_Change]:
    for other in catalog.relations.values():
        for key in other.foreign_keys:
            if (key.schema.lower(), key.relation.lower()) != (
                change.info.schema.lower(),
                change.info.name.lower(),
            ):
                continue
            columns = frozenset(column.lower() for column in key.columns)
            if key.on_delete and change.kind in (Kind.DELETE, Kind.MERGE):
                kind = Kind.DELETE if key.on_delete == "CASCADE" else Kind.UPDATE
                assigned = None if kind is Kind.DELETE else columns
                yield _Change(other, kind, assigned, f"ON DELETE {key.on_delete}", _name(change.info))
            referenced = {column.lower() for column in key.referenced}
            is_rekeyed = change.columns is None or not change.columns.isdisjoint(referenced)
            if key.on_update and change.kind in (Kind.UPDATE, Kind.MERGE) and is_rekeyed:
                yield _Change(other, Kind.UPDATE, columns, f"ON UPDATE {key.on_update}", _name(change.info))


def _by_triggers(change: _Change, catalog: Catalog, unread: dict[str, None]) -> Iterator[_Change]:
    for trigger in change.info.triggers:
        if _EVENTS[change.kind].isdisjoint(event.lower() for event in trigger.events):
            continue
        made = changes(change.info, trigger, fresh_notes(catalog))
        if made is None:
            unread[f"{_name(change.info)}.{trigger.name}"] = None
            continue
        yield from _of_writes(made, catalog, f"trigger {trigger.name}", _name(change.info))


def _by_sharing(change: _Change, catalog: Catalog) -> Iterator[_Change]:
    """Partitions and children have the rows of their parents."""
    own = change.info.schema, change.info.name
    for other in catalog.relations.values():
        if own in other.parents:
            yield _Change(other, change.kind, change.columns, "shared rows", _name(change.info))


def _name(info: RelationInfo) -> str:
    return f"{info.schema}.{info.name}"
