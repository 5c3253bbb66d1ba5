"""Actors of events into the principals that were seen, with their groups as they were told last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import attrs
import msgspec

from governed_db.model.audit import mapping
from governed_db.server.store import Tx
from governed_db.server.tables.base import items, plain
from governed_db.server.tables.clients import PRINCIPALS


@attrs.frozen
class Seen:
    """A principal as events named it last. `groups_complete` is false where the list may have been cut."""

    id: str
    kind: str
    groups: tuple[str, ...]
    groups_complete: bool
    acts_for: str | None
    first: float
    last: float


@attrs.frozen
class Group:
    """A group, and how many principals are in it."""

    name: str
    principals: int


_KINDS: Final = ("human", "agent", "service")


def saw(tx: Tx, actors: Iterable[Mapping[str, Any]], now: float) -> None:
    """Remember who acted."""
    found = {row["id"]: row for actor in actors for row in _links(items(actor.get("principals")))}
    values = [
        {**found[name], "first": now, "last": now}
        for name in sorted(found)  # in one order: two batches never wait for each other
    ]
    names = ("kind", "groups", "groups_complete", "acts_for", "last")
    tx.upsert(PRINCIPALS, ("id",), values, lambda new: {name: new[name] for name in names})


def _links(chain: Iterable[object]) -> Iterator[dict[str, Any]]:
    before: str | None = None
    for link in map(mapping, chain):
        name, kind = link.get("id"), link.get("kind")
        if not isinstance(name, str) or not name:
            continue
        groups = link.get("groups")
        yield {
            "id": plain(name, 512),
            "kind": kind if kind in _KINDS else "service",
            "groups": msgspec.json.encode(groups if isinstance(groups, list) else []).decode(),
            "groups_complete": link.get("groups_complete") is not False,
            "acts_for": before,
        }
        before = plain(name, 512)


def listed(tx: Tx, after: str, limit: int) -> list[Seen]:
    """In order of their ids."""
    p = PRINCIPALS.c
    rows = tx.rows(tx.select(PRINCIPALS).where(p.id > plain(after, 512)).order_by(p.id).limit(limit))
    return [
        Seen(
            row.id, row.kind, tuple(map(str, msgspec.json.decode(row.groups))), row.groups_complete,
            row.acts_for, row.first, row.last,
        )
        for row in rows
    ]  # fmt: skip


def groups(tx: Tx) -> list[Group]:
    """The largest first."""
    found = Counter[str]()
    for encoded in tx.connection.scalars(tx.select(PRINCIPALS, PRINCIPALS.c.groups)):
        found.update(set(map(str, msgspec.json.decode(encoded))))
    return [Group(name, number) for name, number in sorted(found.items(), key=lambda one: (-one[1], one[0]))]
