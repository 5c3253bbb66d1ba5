"""Obligations to look into texts, and the types of the columns, into the outputs that are looked into.

Only what can hold text is: a fetch without such a column costs nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import attrs

from governed_db.model.catalog import Catalog, RelationKind
from governed_db.model.classification import Level
from governed_db.model.decision import Decision, ScanColumn
from governed_db.model.statement import ColumnRef, Facts

Scanned = Mapping[int, frozenset[str]]

# Types that hold no text, in any of the three databases: beginnings of their names.
_NO_TEXT = re.compile(
    r"(?:small|big|tiny|medium)?int|(?:small|big)?serial|numeric|decimal|dec\b|number|real|double|float"
    r"|money|bool|bit\b|date|time|timestamp|interval|year|uuid|oid|inet|cidr|macaddr|point|line|lseg|box|path"
    r"|polygon|circle|geometry|geography|tsquery|xid|cid|tid|pg_lsn|enum|set\("
)


@lru_cache(maxsize=4096)  # documents have few keys, and callers choose them
def key_class(key: str) -> str | None:
    """What a member of a document holds, when its key says it as surely as the name of a column does."""
    from governed_db.classify.score import classify_columns  # its word lists are large, documents are rare

    (found,) = classify_columns([("", "documents", key, "text")]).values()
    return found.classification if found.level is Level.STRONG else None


def scanned(decision: Decision) -> Scanned:
    """The outputs to look into, each with the classes that are hidden there."""
    return {
        one.index: frozenset(one.classifications)
        for one in decision.obligations
        if isinstance(one, ScanColumn)
    }


def fitted(decision: Decision, facts: Facts, catalog: Catalog) -> Decision:
    """The decision without looking into outputs that hold no text, which policy does not know of."""
    kept = tuple(
        one
        for one in decision.obligations
        if not isinstance(one, ScanColumn) or _may_hold_text(facts, one.index, catalog)
    )
    return decision if kept == decision.obligations else attrs.evolve(decision, obligations=kept)


def _may_hold_text(facts: Facts, index: int, catalog: Catalog) -> bool:
    output = facts.outputs[index]
    held = output.exposed | {output.plain} if output.plain is not None else output.exposed
    return not held or any(_is_text(column, catalog) for column in held)


def _is_text(column: ColumnRef, catalog: Catalog) -> bool:
    relation = catalog.relations.get((column.schema, column.relation))
    if relation is None:
        return True
    if relation.kind is RelationKind.SYSTEM:
        return False
    kind = next((one.type.lower() for one in relation.columns if one.name == column.column), "")
    return _NO_TEXT.match(kind) is None
