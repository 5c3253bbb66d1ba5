"""Actors of events into the principals that were seen, with their groups as they were told last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy.dialects import postgresql, sqlite

from governed_db.model.audit import mapping
from governed_db.server.store import Tx
from governed_db.server.tables.clients import PRINCIPALS

_KINDS: Final = ("human", "agent", "service")


def saw(tx: Tx, actors: Iterable[Mapping[str, Any]], now: float) -> None:
    """Remember who acted."""
    found = {row["id"]: row for actor in actors for row in _links(actor.get("principals") or ())}
    values = [
        {**found[name], "tenant": tx.tenant, "first": now, "last": now}
        for name in sorted(found)  # in one order: two batches never wait for each other
    ]
    if not values:
        return
    made = postgresql.insert(PRINCIPALS) if tx.is_postgres else sqlite.insert(PRINCIPALS)
    new = made.excluded
    changed = {name: new[name] for name in ("kind", "groups", "groups_complete", "acts_for", "last")}
    key = [PRINCIPALS.c.tenant, PRINCIPALS.c.id]
    tx.connection.execute(made.values(values).on_conflict_do_update(index_elements=key, set_=changed))


def _links(chain: Iterable[object]) -> Iterator[dict[str, Any]]:
    before: str | None = None
    for link in map(mapping, chain):
        name, kind = link.get("id"), link.get("kind")
        if not isinstance(name, str) or not name:
            continue
        groups = link.get("groups")
        yield {
            "id": name[:512],
            "kind": kind if kind in _KINDS else "service",
            "groups": msgspec.json.encode(groups if isinstance(groups, list) else []).decode(),
            "groups_complete": link.get("groups_complete") is not False,
            "acts_for": before,
        }
        before = name[:512]
