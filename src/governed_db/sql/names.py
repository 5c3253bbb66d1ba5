"""Names of a statement into the values they stand for.

A Scope is what a name may mean at one place: sources (tables, sub-queries, functions of FROM),
common table expressions and output aliases; its parent is the query around it.
"""

from __future__ import annotations

import difflib
import enum
import re
import string
from collections.abc import Iterable, Iterator

import attrs

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Catalog, Column, Dialect, RelationInfo, RelationKind
from governed_db.model.statement import NO_LABEL, ColumnRef, Label, Relation


class Risk(enum.IntEnum):
    """What computing an expression may do besides giving a value.

    FAILS: raise an error, warn or take long. GROWS: it may be so large that adding to it fails, too.
    """

    NONE = 0
    FAILS = 1
    GROWS = 2


@attrs.frozen
class Value:
    """What an expression depends on.

    `labels`: all columns. `exposed`: those whose content it may show. `plain`: the column of which
    it is an exact copy. `computes_steadily`: it is computed, and is NULL or of another type only where
    those columns are, so that neither tells of their content. `risk`: see Risk (steering.py). `member`: the
    document, and the keys that lead to the member of it, of which it is an exact copy (documents.py).
    """

    labels: Label = NO_LABEL
    exposed: Label = NO_LABEL
    plain: ColumnRef | None = None
    computes_steadily: bool = False
    risk: Risk = Risk.NONE
    member: tuple[ColumnRef, tuple[str, ...]] | None = None

    @property
    def is_steady(self) -> bool:
        """Whether its being NULL, and its type, show nothing."""
        return self.computes_steadily or self.plain is not None or not self.exposed


NOTHING = Value()


def union(values: Iterable[Value]) -> Value:
    """A value that depends on all of `values` and copies none."""
    labels: set[ColumnRef] = set()
    exposed: set[ColumnRef] = set()
    risk = Risk.NONE
    for value in values:
        labels |= value.labels
        exposed |= value.exposed
        risk = max(risk, value.risk)
    return Value(frozenset(labels), frozenset(exposed), risk=risk)


def steady_union(values: Iterable[Value]) -> Value:
    """A union that is NULL only where its parts are: text put together, or changed letter by letter."""
    parts = list(values)
    return attrs.evolve(union(parts), computes_steadily=all(part.is_steady for part in parts))


def merged(values: list[Value]) -> Value:
    """One value that is any of `values`: plain only if all copy the same column."""
    first = values[0]
    if all(value == first for value in values):
        return first
    return union(values)


@attrs.frozen
class Source:
    """One item of FROM. `columns` in order; `hidden` can be named but are not part of `*`.

    `open` is the value of any further column (functions whose columns are not known), else None.
    """

    name: str | None
    columns: tuple[tuple[str, Value], ...]
    hidden: tuple[tuple[str, Value], ...] = ()
    relation: Relation | None = None
    open: Value | None = None

    def row(self) -> Value:
        """The whole row as one value."""
        parts = [value for _, value in self.columns]
        return union([*parts, self.open] if self.open is not None else parts)


@attrs.define
class Scope:
    """Names at one place. `merged` holds columns joined by USING; `aliases` the outputs by name,
    `pending` the WITH queries that are yet to be read; `star` what `*` means where joins decide it."""

    parent: Scope | None = None
    sources: list[Source] = attrs.field(factory=list)
    ctes: dict[str, tuple[tuple[str, Value], ...]] = attrs.field(factory=dict)
    merged: dict[str, Value] = attrs.field(factory=dict)
    aliases: dict[str, Value] = attrs.field(factory=dict)
    pending: set[str] = attrs.field(factory=set)
    star: tuple[tuple[str, Value], ...] | None = None

    def chain(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def cte(self, name: str) -> tuple[tuple[str, Value], ...] | None:
        """The columns of the WITH query of that name. Raises GDB113 for one that is not read yet."""
        for scope in self.chain():
            if name in scope.ctes:
                return scope.ctes[name]
            if name.lower() in scope.pending:
                raise AnalysisError(
                    "GDB113",
                    f"the WITH query {name} is named before it is defined",
                    help="order WITH queries so that each names only earlier ones",
                )
        return None

    def source(self, name: str) -> Source | None:
        """The source of that alias, innermost first."""
        for scope in self.chain():
            for source in scope.sources:
                if source.name == name:
                    return source
        return None

    def stars(self) -> tuple[tuple[str, Value], ...]:
        """The columns of `*`, in order."""
        if self.star is not None:
            return self.star
        return tuple(column for source in self.sources for column in source.columns)

    def add(self, source: Source) -> None:
        if source.name is not None and any(other.name == source.name for other in self.sources):
            raise AnalysisError("GDB113", f'the name "{source.name}" is used twice in FROM')
        self.sources.append(source)


_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(name: str, *, quoted: bool, dialect: Dialect) -> str:
    """The form in which names are compared (PostgreSQL keeps the case of quoted ones)."""
    if dialect is Dialect.POSTGRES and quoted:
        return name
    return name.translate(_ASCII_LOWER)  # servers fold no other letters (MySQL does; then it is refused)


def stored(name: str, dialect: Dialect) -> str:
    """A name of the catalog in the form in which names are compared."""
    return name if dialect is Dialect.POSTGRES else name.lower()


_SYSTEM_COLUMNS = {
    Dialect.POSTGRES: ("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"),
    Dialect.MYSQL: (),
    Dialect.SQLITE: ("rowid", "oid", "_rowid_"),
}


def find_relation(
    catalog: Catalog, schema: str | None, name: str, path: tuple[str, ...] | None = None
) -> RelationInfo | None:
    """The relation that a name means to the server (`name` as folded by `fold`)."""
    searched = (schema,) if schema is not None else (path or catalog.search_path)
    for candidate in searched:
        info = catalog.relations.get((candidate, name))
        if info is None and catalog.dialect is not Dialect.POSTGRES:
            info = _find_caseless(catalog, candidate, name)
        if info is not None:
            return info
    return None


def _find_caseless(catalog: Catalog, schema: str, name: str) -> RelationInfo | None:
    """SQLite compares all names, and MySQL at least some, without case. Two hits are no answer."""
    wanted = (schema.lower(), name.lower())
    hits = [
        info
        for (schema_name, relation), info in catalog.relations.items()
        if (schema_name.lower(), relation.lower()) == wanted
    ]
    return hits[0] if len(hits) == 1 else None


def base_columns(info: RelationInfo, dialect: Dialect) -> tuple[tuple[str, Value], ...]:
    """The columns of a stored relation, each labelled with itself and what it is generated from."""
    return tuple(
        (stored(column.name, dialect), column_value(info, column))
        for column in info.columns
        if not column.hidden
    )


def hidden_columns(info: RelationInfo, dialect: Dialect) -> tuple[tuple[str, Value], ...]:
    """Columns that can be named and are not part of `*`: hidden and system columns."""
    own = [
        (stored(column.name, dialect), _hidden(info, column, dialect))
        for column in info.columns
        if column.hidden
    ]
    named = {stored(column.name, dialect) for column in info.columns}
    return (
        *own,
        *(
            (name, _system_column(info, name))
            for name in _SYSTEM_COLUMNS[dialect]
            if name not in named and info.kind is not RelationKind.VIEW
        ),
    )


def _hidden(info: RelationInfo, column: Column, dialect: Dialect) -> Value:
    """SQLite's virtual tables answer by their hidden columns: full-text search by all their columns."""
    if dialect is not Dialect.SQLITE:
        return column_value(info, column)
    return union(column_value(info, each) for each in info.columns)


def columns_in(info: RelationInfo, text: str) -> dict[str, Value]:
    """The columns of a relation that an expression of its definition may name."""
    words = {word.lower() for word in re.findall(r"\w+", text)}
    return {
        column.name: column_value(info, column)
        for column in info.columns
        if words.issuperset(re.findall(r"\w+", column.name.lower()))
    }


def column_value(info: RelationInfo, column: Column) -> Value:
    """The value of a stored column; a generated one depends on what it is computed from."""
    if column.generated_from is None:
        ref = ColumnRef(info.schema, info.name, column.name)
        label = frozenset((ref,))
        return Value(label, label, ref)
    sources = _generated_from(info, column, frozenset())
    label = frozenset(ColumnRef(info.schema, info.name, source) for source in sources)
    return Value(label, label)


def _generated_from(info: RelationInfo, column: Column, seen: frozenset[str]) -> frozenset[str]:
    """A generated column's name with those of all columns that its expression may read."""
    found = seen | {column.name}
    words = {word.lower() for word in re.findall(r"\w+", column.generated_from or "")}
    for other in info.columns:
        if other.name.lower() in words and other.name not in found:
            found |= _generated_from(info, other, found)
    return found


def _system_column(info: RelationInfo, name: str) -> Value:
    """SQLite's rowid is its INTEGER PRIMARY KEY; where a row lies says nothing of its content."""
    keys = [key for key in info.unique_keys if len(key) == 1]
    if name in ("rowid", "oid", "_rowid_"):
        values = [
            column_value(info, column)
            for key in keys
            for column in info.columns
            if column.name in key and column.type.startswith("int")
        ]
        return values[0] if len(values) == 1 else union(values)
    return partition_value(info)


def partition_value(info: RelationInfo) -> Value:
    """What it shows in which partition a row lies."""
    return union(value for text in info.partitioned_by for value in columns_in(info, text).values())


_NO_RELATION = {
    Dialect.POSTGRES: 'relation "{}" does not exist',
    Dialect.MYSQL: "Table '{}' doesn't exist",
    Dialect.SQLITE: "no such table: {}",
}
_NO_COLUMN = {
    Dialect.POSTGRES: 'column "{}" does not exist',
    Dialect.MYSQL: "Unknown column '{}'",
    Dialect.SQLITE: "no such column: {}",
}


def no_relation(name: str, dialect: Dialect) -> str:
    """The server's own words, which programs look for."""
    return _NO_RELATION[dialect].format(name)


def no_column(name: str, dialect: Dialect) -> str:
    """The same for a column."""
    return _NO_COLUMN[dialect].format(name)


def nearest(name: str, known: Iterable[str]) -> str:
    """Help that names what was probably meant."""
    close = difflib.get_close_matches(name, list(known), n=3, cutoff=0.6)
    return "did you mean " + ", ".join(close) + "?" if close else ""
