"""A catalog into questions for a few values of its columns, and these into hit rates; no value is kept.

At most 200 rows of a table are asked for: the first ones, and some from elsewhere where that is cheap.
What is asked for is text of at most 300 characters (4,000 of a document), made by the database: no converter
of anybody's sees it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Final

from governed_db.classify import paths
from governed_db.classify.kinds import TypeKind, type_kind
from governed_db.classify.sight import Rates, Sight, Sights, rates_of, shape_of
from governed_db.classify.values import Reader, hit_rates
from governed_db.core.aside import MILLISECONDS, Aside
from governed_db.model.catalog import Catalog, Column, Dialect, RelationInfo, RelationKind
from governed_db.model.statement import ColumnRef

Rows = list[tuple[object, ...]]
Sampling = Generator[str, "Rows | None", Rates]
Looking = Generator[str, "Rows | None", Sights]

ROWS: Final = 200
NO_RATES: Final[Mapping[str, float]] = MappingProxyType({})
_AT_ONCE: Final = 0.05  # seconds
_CHARACTERS: Final = 300
_DOCUMENT: Final = 4000
_TELLING: Final = frozenset(
    {
        *(TypeKind.TEXT, TypeKind.LONG, TypeKind.JSON, TypeKind.BINARY, TypeKind.OTHER, TypeKind.INT),
        *(TypeKind.DATE, TypeKind.TIME, TypeKind.ENUM),
    }
)
_TEXTS: Final = frozenset({TypeKind.TEXT, TypeKind.LONG})
_TOLD: Final = 0.8
_MOST_COLUMNS: Final = 60  # of one table in one question


def sampled(
    catalog: Catalog,
    *,
    seconds: float,
    told: Callable[[int, int], None] = lambda _done, _all: None,
    read: Reader = lambda _values: NO_RATES,
) -> Sampling:
    """Yields one question for each table, is sent its rows (None: it could not be answered).

    Stops when `seconds` are over: what has not been asked by then has no rates. `read` adds shares of its own
    for columns of texts.
    """
    wanted = tables(catalog)
    return rates_of((yield from looked(catalog, wanted, seconds=seconds, now=0.0, told=told, read=read)))


def tables(catalog: Catalog) -> list[RelationInfo]:
    """What can be looked at: tables with rows of their own that others see too."""
    return [
        one
        for _, one in sorted(catalog.relations.items())
        if one.kind is RelationKind.TABLE and not one.temporary and _telling(one) and not one.is_sequence
    ]


def looked(
    catalog: Catalog,
    wanted: Sequence[RelationInfo],
    *,
    seconds: float,
    now: float,
    told: Callable[[int, int], None] = lambda _done, _all: None,
    claim: Callable[[RelationInfo], bool] = lambda _table: True,
    told_by_name: AbstractSet[ColumnRef] = frozenset(),
    read: Reader = lambda _values: NO_RATES,
) -> Looking:
    """What was seen of these tables until `seconds` were over; tables that gave no answer are not in it.

    Only tables that can be claimed are looked at, and only columns whose names have not told enough.
    """
    end = time.monotonic() + seconds
    found: dict[tuple[str, str], Sight] = {}
    for number, table in enumerate(wanted):
        if time.monotonic() > end:
            break
        if not claim(table):
            continue
        columns = [one for one in _telling(table) if _ref(table, one) not in told_by_name][:_MOST_COLUMNS]
        values = yield from _asked(catalog, table, columns, end)
        if values is not None:
            seen = {one.name: NO_RATES for one in table.columns if _ref(table, one) in told_by_name}
            seen |= dict(one for column, each in values.items() for one in _seen(table, column, each, read))
            known = frozenset(one.name for one in table.columns)
            count = max(map(len, values.values()), default=0) if columns else ROWS
            found[table.schema, table.name] = Sight(now, shape_of(table), count, seen, known)
        told(number + 1, len(wanted))
    return found


def _asked(
    catalog: Catalog, table: RelationInfo, columns: list[Column], end: float
) -> Generator[str, Rows | None, dict[Column, Sequence[object]] | None]:
    """Values by column. After a no that comes at once, each column is asked: some may be read."""
    if not columns:
        return {}
    start = time.monotonic()
    rows = yield Aside(_question(catalog, table, columns))
    if rows is not None:
        return dict(zip(columns, zip(*rows, strict=True), strict=True)) if rows else {}
    values: dict[Column, Sequence[object]] = {}
    if len(columns) > 1 and time.monotonic() - start < _AT_ONCE:
        for column in columns:
            rows = (yield Aside(_question(catalog, table, [column]))) if time.monotonic() < end else None
            if rows is not None:
                values[column] = [row[0] for row in rows]
    return values or None


def _ref(table: RelationInfo, column: Column) -> ColumnRef:
    return ColumnRef(table.schema, table.name, column.name)


def _telling(table: RelationInfo) -> list[Column]:
    return [one for one in table.columns if type_kind(one.type) in _TELLING and not one.hidden]


def _seen(
    table: RelationInfo, column: Column, values: Sequence[object], read: Reader
) -> Iterator[tuple[str, Mapping[str, float]]]:
    """Shares of hits of a column, if it held anything, and of the members of its documents."""
    if not any(value not in (None, "") for value in values):
        return
    rates: dict[str, float] = hit_rates(values)
    if type_kind(column.type) in _TEXTS and not any(rate >= _TOLD for rate in rates.values()):
        rates |= read(values)
    for name, inner in paths.seen(table.name, column.name, values):
        if name == column.name:
            rates |= inner
        else:
            yield name, inner
    yield column.name, rates


def _question(catalog: Catalog, table: RelationInfo, columns: list[Column]) -> str:
    dialect = catalog.dialect
    outputs = ", ".join(_text(dialect, one) for one in columns)
    source = f"{_quoted(dialect, table.schema)}.{_quoted(dialect, table.name)}"
    first = f"SELECT {outputs} FROM {source} LIMIT {ROWS // 2}"
    elsewhere = _elsewhere(dialect, table, source)
    if elsewhere is None:
        return f"{_hurried(catalog)}SELECT {outputs} FROM {source} LIMIT {ROWS}"
    rest = f"SELECT {outputs} FROM {source} {elsewhere} LIMIT {ROWS // 2}"
    if dialect is Dialect.SQLITE:
        return f"SELECT * FROM ({first}) UNION ALL SELECT * FROM ({rest})"
    return f"{_hurried(catalog)}({first}) UNION ALL ({rest})"


def _hurried(catalog: Catalog) -> str:
    """MariaDB takes limits with the statement; the other servers are told by their drivers."""
    if "mariadb" not in catalog.server.lower():
        return ""
    return f"SET STATEMENT max_statement_time = {MILLISECONDS / 1000}, lock_wait_timeout = 1 FOR "


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


def _text(dialect: Dialect, one: Column) -> str:
    column, kind = _quoted(dialect, one.name), type_kind(one.type)
    most = _DOCUMENT if kind is TypeKind.JSON else _CHARACTERS
    match dialect:
        case Dialect.MYSQL:
            return f"LEFT(CONVERT({column} USING utf8mb4), {most})"
        case Dialect.POSTGRES if kind is TypeKind.BINARY:
            return f"pg_catalog.encode(pg_catalog.substr({column}, 1, {most}), 'escape')"
        case Dialect.POSTGRES:  # named in full: a function of the same name could lie before it
            return f"pg_catalog.left(CAST({column} AS pg_catalog.text), {most})"
        case Dialect.SQLITE:
            return f"substr(CAST({column} AS text), 1, {_DOCUMENT})"


def _quoted(dialect: Dialect, name: str) -> str:
    mark = "`" if dialect is Dialect.MYSQL else '"'
    return mark + name.replace(mark, mark * 2) + mark
