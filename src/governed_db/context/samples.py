"""A catalog into questions for a few values of its columns, and these into hit rates; no value is kept.

At most 200 rows of a table are asked for: the first ones, and some from elsewhere where that is cheap.
What is asked for is text of at most 300 characters, made by the database: no converter of anybody's sees it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from typing import Final

from governed_db.classify.kinds import TypeKind, type_kind
from governed_db.classify.values import hit_rates
from governed_db.model.catalog import Catalog, Column, Dialect, RelationInfo, RelationKind
from governed_db.model.statement import ColumnRef

Rates = Mapping[ColumnRef, Mapping[str, float]]
Sampling = Generator[str, "list[tuple[object, ...]] | None", Rates]

ROWS: Final = 200
_CHARACTERS: Final = 300
_TELLING: Final = frozenset(
    {TypeKind.TEXT, TypeKind.LONG, TypeKind.JSON, TypeKind.BINARY, TypeKind.OTHER, TypeKind.INT}
)
_MOST_COLUMNS: Final = 60  # of one table in one question


def sampled(
    catalog: Catalog, *, seconds: float, told: Callable[[int, int], None] = lambda _done, _all: None
) -> Sampling:
    """Yields one question for each table, is sent its rows (None: it could not be answered).

    Stops when `seconds` are over: what has not been asked by then has no rates.
    """
    end = time.monotonic() + seconds
    rates: dict[ColumnRef, Mapping[str, float]] = {}
    tables = [one for _, one in sorted(catalog.relations.items()) if one.kind is RelationKind.TABLE]
    for number, table in enumerate(tables):
        columns = [one for one in table.columns if type_kind(one.type) in _TELLING and not one.hidden]
        if time.monotonic() > end:
            break
        if columns:
            rows = yield _question(catalog.dialect, table, columns[:_MOST_COLUMNS])
            for column, values in zip(columns, zip(*rows or (), strict=True), strict=False):
                found = hit_rates(values)
                if found:
                    rates[ColumnRef(table.schema, table.name, column.name)] = found
        told(number + 1, len(tables))
    return rates


def _question(dialect: Dialect, table: RelationInfo, columns: list[Column]) -> str:
    outputs = ", ".join(_text(dialect, _quoted(dialect, one.name)) for one in columns)
    source = f"{_quoted(dialect, table.schema)}.{_quoted(dialect, table.name)}"
    first = f"SELECT {outputs} FROM {source} LIMIT {ROWS // 2}"
    elsewhere = _elsewhere(dialect, table, source)
    if elsewhere is None:
        return f"SELECT {outputs} FROM {source} LIMIT {ROWS}"
    rest = f"SELECT {outputs} FROM {source} {elsewhere} LIMIT {ROWS // 2}"
    if dialect is Dialect.SQLITE:
        return f"SELECT * FROM ({first}) UNION ALL SELECT * FROM ({rest})"
    return f"({first}) UNION ALL ({rest})"


def _elsewhere(dialect: Dialect, table: RelationInfo, source: str) -> str | None:
    """Rows that are not the oldest ones, without reading the table."""
    if dialect is Dialect.POSTGRES:
        return "TABLESAMPLE SYSTEM (1)"
    numbers = {one.name for one in table.columns if type_kind(one.type) is TypeKind.INT}
    keys = [min(key) for key in table.unique_keys if len(key) == 1 and key <= numbers]
    if not keys:
        return None
    key = _quoted(dialect, keys[0])
    return f"WHERE {key} > (SELECT max({key}) / 2 FROM {source})"


def _text(dialect: Dialect, column: str) -> str:
    match dialect:
        case Dialect.MYSQL:
            return f"LEFT(CONVERT({column} USING utf8mb4), {_CHARACTERS})"
        case Dialect.POSTGRES:
            return f"left(CAST({column} AS text), {_CHARACTERS})"
        case Dialect.SQLITE:
            return f"substr(CAST({column} AS text), 1, {_CHARACTERS})"


def _quoted(dialect: Dialect, name: str) -> str:
    mark = "`" if dialect is Dialect.MYSQL else '"'
    return mark + name.replace(mark, mark * 2) + mark
