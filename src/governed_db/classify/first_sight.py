"""A catalog, and what was seen of its values, into the classes that hold before anybody has reviewed them."""

from __future__ import annotations

from governed_db.classify import paths
from governed_db.classify.kinds import TypeKind, type_kind
from governed_db.classify.score import classify_catalog
from governed_db.classify.sight import Rates, Sights, rates_of
from governed_db.model.catalog import Catalog, RelationInfo
from governed_db.model.classification import CLEAR, UNREVIEWED, Finding, Level
from governed_db.model.statement import ColumnRef

# What stands inside of longer texts, or in a few of them, is found there when they come out (mask/content):
# the rest is shown.
_WITHIN = "contains_"
_MOST = 0.8


def classes(catalog: Catalog, sights: Sights) -> dict[ColumnRef, str]:
    """The class of every column, `none` included; of what came after the first look, `unreviewed`."""
    found = {column: finding.classification for column, finding in findings(catalog, sights).items()}
    found |= {
        ColumnRef(*name, column): concealed
        for name, sight in sights.items()
        for column, rates in sight.columns.items()
        if found.get(ColumnRef(*name, column)) in (CLEAR, UNREVIEWED)
        and (concealed := paths.conceals(rates)) is not None
    }
    news = (
        ColumnRef(*name, column)
        for name, sight in sights.items()
        if name in catalog.relations
        for column in sight.news(catalog.relations[name])
    )
    return found | {column: UNREVIEWED for column in news if found.get(column) == CLEAR}


def findings(catalog: Catalog, sights: Sights) -> dict[ColumnRef, Finding]:
    """What each column is taken for, with the evidence for it."""
    return classify_catalog(catalog, _whole(rates_of(sights)))


def told_by_name(catalog: Catalog) -> frozenset[ColumnRef]:
    """Columns of which names tell enough, and keys: there is no need to look at what they hold."""
    keys = {
        ColumnRef(table.schema, table.name, column)
        for table in catalog.relations.values()
        for key in (*table.unique_keys, *(frozenset(each.columns) for each in table.foreign_keys))
        if len(key) == 1
        for column in key
        if _is_number(table, column)
    }
    found = classify_catalog(catalog)
    return frozenset(ref for ref, one in found.items() if one.level is Level.STRONG) | keys


def _is_number(table: RelationInfo, name: str) -> bool:
    return any(one.name == name and type_kind(one.type) is TypeKind.INT for one in table.columns)


def _whole(rates: Rates) -> Rates:
    return {
        column: {
            name: rate for name, rate in shares.items() if rate >= _MOST and not name.startswith(_WITHIN)
        }
        for column, shares in rates.items()
    }
