"""Findings and a catalog into findings that follow foreign keys, partitions and generated columns."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from governed_db.model.catalog import Catalog, RelationInfo, RelationKind
from governed_db.model.classification import Finding
from governed_db.model.statement import ColumnRef

Findings = dict[ColumnRef, Finding]
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_LONGEST_CHAIN = 8


def inherit(catalog: Catalog, found: Findings) -> Findings:
    """The findings, with each column as sensitive as the columns that its values come from."""
    sources = (*_keys(catalog), *_parents(catalog), *_generated(catalog))
    known = dict(found)
    for _ in range(_LONGEST_CHAIN):
        before = dict(known)
        for own, other, how in sources:
            if own in known and other in known and known[other].score > known[own].score:
                known[own] = attrs.evolve(known[other], column=own, evidence=(f"{how}: {other}",))
        if before == known:
            break
    return known


_REFERENCE = re.compile(r"(?P<what>\w+?)(?:_[iI][dD]|I[dD])")


def implied_keys(catalog: Catalog, relation: RelationInfo) -> Iterator[tuple[str, ColumnRef]]:
    """Columns that are keys by their names, where nobody declared it: `device_id` beside `devices (id)`."""
    for column in relation.columns:
        found = _REFERENCE.fullmatch(column.name)
        if found is None:
            continue
        what = found["what"].lower()
        for name in (what, f"{what}s", f"{what}es", f"{what.removesuffix('y')}ies"):
            other = catalog.relations.get((relation.schema, name))
            if other is None or other is relation or frozenset({"id"}) not in other.unique_keys:
                continue
            # Keys and columns are asked for one after the other: a table in the making has no `id` yet.
            if any(each.name == "id" and each.type == column.type for each in other.columns):
                yield column.name, ColumnRef(other.schema, other.name, "id")


def _keys(catalog: Catalog) -> Iterator[tuple[ColumnRef, ColumnRef, str]]:
    for relation in catalog.relations.values():
        if relation.kind is RelationKind.SYSTEM:
            continue
        for name, target in implied_keys(catalog, relation):
            yield ColumnRef(relation.schema, relation.name, name), target, "key by its name"
        for key in relation.foreign_keys:
            # SQLite leaves the referenced columns out where it means the primary key.
            for own, other in zip(key.columns, key.referenced, strict=False):
                yield (
                    ColumnRef(relation.schema, relation.name, own),
                    ColumnRef(key.schema, key.relation, other),
                    "foreign key",
                )


def _parents(catalog: Catalog) -> Iterator[tuple[ColumnRef, ColumnRef, str]]:
    """Partitions and what they are part of share rows: what one holds, the other does."""
    for relation in catalog.relations.values():
        for schema, name in relation.parents:
            for column in relation.columns:
                own = ColumnRef(relation.schema, relation.name, column.name)
                other = ColumnRef(schema, name, column.name)
                yield own, other, "shares rows with"
                yield other, own, "shares rows with"


def _generated(catalog: Catalog) -> Iterator[tuple[ColumnRef, ColumnRef, str]]:
    for relation in catalog.relations.values():
        if all(column.generated_from is None for column in relation.columns):
            continue
        by_name = {column.name.lower(): column.name for column in relation.columns}
        for column in relation.columns:
            used = {word.lower() for word in _IDENTIFIER.findall(column.generated_from or "")}
            for word in sorted(used.intersection(by_name)):
                yield (
                    ColumnRef(relation.schema, relation.name, column.name),
                    ColumnRef(relation.schema, relation.name, by_name[word]),
                    "generated from",
                )
