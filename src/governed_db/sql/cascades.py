"""A change into the rows of other tables that it takes along: by foreign keys, and by triggers.

The driver's row count has none of them: deleting one customer can delete thousands of orders.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from governed_db.model.catalog import Catalog, ForeignKey, RelationInfo
from governed_db.model.statement import ColumnRef, Flow, Kind

MAX_DEPTH = 8  # tables that are reached one by the other
_TAKES_ROWS = re.compile(r"\bDELETE\s+FROM\b|\bUPDATE\s+(?!OF\b|ON\b|OR\b)[\w\"`\[.]+", re.IGNORECASE)
_BODY = re.compile(r".*?\bBEGIN\b", re.IGNORECASE | re.DOTALL)


def taken_along(
    info: RelationInfo, kind: Kind, flows: Iterable[Flow], catalog: Catalog
) -> tuple[ColumnRef, ...]:
    """The columns by which rows of other tables refer to rows that this change deletes, or gives new keys."""
    assigned = {flow.target.column.lower() for flow in flows}
    if kind is Kind.UPDATE:
        return tuple(sorted(set(_referring(info, catalog, assigned))))
    if kind not in (Kind.DELETE, Kind.MERGE):
        return ()
    found: dict[ColumnRef, None] = {}
    layer = [info]
    for _ in range(MAX_DEPTH):
        columns = {column: None for one in layer for column in _referring(one, catalog, None)}
        new = [column for column in columns if column not in found]
        found.update(dict.fromkeys(new))
        layer = [catalog.relations[column.schema, column.relation] for column in new]
    return tuple(found)


def has_busy_trigger(info: RelationInfo, kind: Kind) -> bool:
    """Whether a trigger of this change deletes or updates rows itself, as far as its text tells."""
    bodies = (t.body for t in info.triggers if kind.value in {event.lower() for event in t.events})
    return any(body is None or _TAKES_ROWS.search(_BODY.sub("", body, count=1)) for body in bodies)


def _referring(
    info: RelationInfo, catalog: Catalog, assigned: AbstractSet[str] | None
) -> Iterator[ColumnRef]:
    for other in catalog.relations.values():
        for key in other.foreign_keys:
            if key.cascades and _refers(key, info) and _is_changed(key, assigned):
                yield ColumnRef(other.schema, other.name, key.columns[0])


def _refers(key: ForeignKey, info: RelationInfo) -> bool:
    return (key.schema.lower(), key.relation.lower()) == (info.schema.lower(), info.name.lower())


def _is_changed(key: ForeignKey, assigned: AbstractSet[str] | None) -> bool:
    return assigned is None or not assigned.isdisjoint(column.lower() for column in key.referenced)
