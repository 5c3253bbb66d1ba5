"""What was seen of a table's values, as shares of hits, into something that can be kept.

No value is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from governed_db.classify.kinds import TypeKind, type_kind
from governed_db.model.catalog import RelationInfo
from governed_db.model.statement import ColumnRef

Rates = Mapping[ColumnRef, Mapping[str, float]]

_OPEN = frozenset({TypeKind.TEXT, TypeKind.LONG, TypeKind.JSON, TypeKind.BINARY})
_EMPTY_FOR = 60.0  # seconds until a table without rows is looked at again
_HOLDS_FOR = 7 * 86400.0
_LONGEST_NAME = 60


@attrs.frozen
class Sight:
    """One look at a table: when (seconds since 1970), how it was shaped, how many rows, and shares of hits.

    `columns` are those of which any value was seen, and paths into documents (paths.py). `known` are columns
    that were there at the first look, or of which values have been seen since.
    """

    at: float
    shape: str
    rows: int
    columns: Mapping[str, Mapping[str, float]]
    known: frozenset[str] = frozenset()

    def is_due(self, table: RelationInfo, now: float) -> bool:
        """Whether the table should be looked at (again)."""
        if self.shape != shape_of(table):
            return True
        is_settled = self.rows and not self.news(table)
        return not 0 <= now - self.at <= (_HOLDS_FOR if is_settled else _EMPTY_FOR)

    def news(self, table: RelationInfo) -> tuple[str, ...]:
        """Columns in which anything may stand and of which nothing is known yet."""
        return tuple(
            one.name for one in table.columns if one.name not in self.known and type_kind(one.type) in _OPEN
        )

    def after(self, earlier: Sight | None) -> Sight:
        """This look, with what was known before it."""
        return self if earlier is None else attrs.evolve(self, known=earlier.known | self.columns.keys())


Sights = Mapping[tuple[str, str], Sight]


def shape_of(table: RelationInfo) -> str:
    """The same text for the same columns: a new look is needed when they change."""
    columns = "\0".join(f"{one.name}\0{one.type}" for one in table.columns)
    return hashlib.sha256(columns.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def rates_of(sights: Sights) -> Rates:
    """The shares of hits by column."""
    return {
        ColumnRef(*table, column): rates
        for table, sight in sights.items()
        for column, rates in sight.columns.items()
        if rates
    }


def kept(sights: Sights) -> dict[str, Any]:
    """As plain members, to be written down."""
    return {
        "sights": [
            {
                "table": list(table),
                "at": one.at,
                "shape": one.shape,
                "rows": one.rows,
                "columns": {column: dict(rates) for column, rates in one.columns.items()},
                "known": sorted(one.known),
            }
            for table, one in sorted(sights.items())
        ]
    }


def read(members: Any) -> dict[tuple[str, str], Sight]:
    """What was written down; whatever does not look like it is left out, and will be looked at again."""
    listed = members.get("sights") if isinstance(members, dict) else None
    return dict(_read(listed if isinstance(listed, list) else []))


def _read(listed: list[Any]) -> Iterator[tuple[tuple[str, str], Sight]]:
    for one in listed:
        try:
            schema, name = map(str, one["table"])
            columns = {str(column): _rates(rates) for column, rates in one["columns"].items()}
            known = frozenset(map(str, one["known"]))
            yield (schema, name), Sight(float(one["at"]), str(one["shape"]), int(one["rows"]), columns, known)
        except (AttributeError, KeyError, TypeError, ValueError):
            continue


def _rates(rates: Mapping[Any, Any]) -> dict[str, float]:
    return {str(name)[:_LONGEST_NAME]: min(1.0, max(0.0, float(rate))) for name, rate in rates.items()}
