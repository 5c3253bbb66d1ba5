"""What a database contains: a snapshot of its relations, columns and routines."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import attrs


class Dialect(enum.Enum):
    """The SQL a server speaks. MariaDB counts as MYSQL; `Catalog.server` tells them apart."""

    POSTGRES = "postgres"
    MYSQL = "mysql"
    SQLITE = "sqlite"


class RelationKind(enum.Enum):
    TABLE = "table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"
    FOREIGN_TABLE = "foreign table"
    SYSTEM = "system"


@attrs.frozen
class Column:
    """One column. `type` is the server's own name for it, in lower case ("character varying(40)").

    `generated_from` is the text of the generating expression, None for ordinary columns. A `hidden`
    column can be named but is not part of `*` (MariaDB INVISIBLE, SQLite virtual tables).
    """

    name: str
    type: str = ""
    not_null: bool = False
    generated_from: str | None = None
    hidden: bool = False


@attrs.frozen
class ForeignKey:
    """`on_delete`, `on_update`: what happens to rows that refer to changed ones ("CASCADE", "SET NULL",
    "SET DEFAULT"), empty where they keep the change from happening. `cascades`: either is not empty.
    """

    columns: tuple[str, ...]
    schema: str
    relation: str
    referenced: tuple[str, ...]
    cascades: bool = False
    on_delete: str = ""
    on_update: str = ""


_SEQUENCE = frozenset({"last_value", "log_cnt", "is_called"})


@attrs.frozen
class Trigger:
    """A trigger; `body` is its SQL where the server tells it, else None."""

    name: str
    events: frozenset[str]
    body: str | None = None


@attrs.frozen
class RelationInfo:
    """One table or view.

    `definition` is a view's SELECT text in the server's dialect, None where it is not known (then
    the view's columns are base columns of their own); its n-th output is the n-th column here,
    whatever it is called there, and its unqualified names are looked up in `definition_path`.
    `unique_keys` hold column names as stored. `parents` are relations that this one shares rows
    with: inheritance and partition parents, the sources of a SQLite virtual table. `checks` are the texts
    of CHECK constraints; `partitioned_by` the texts that say which rows lie in which partition, of a
    partitioned table and of its partitions; `apart` the texts of what keeps rows apart and is no unique key:
    unique indexes by expression or of some rows, exclusion constraints.
    """

    schema: str
    name: str
    kind: RelationKind
    columns: tuple[Column, ...]
    definition: str | None = None
    unique_keys: tuple[frozenset[str], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    transactional: bool = True
    temporary: bool = False
    parents: tuple[tuple[str, str], ...] = ()
    definition_path: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    partitioned_by: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()

    @property
    def is_sequence(self) -> bool:
        """A sequence of PostgreSQL, which anybody reads like a table; no sample can be taken of it."""
        return {column.name for column in self.columns} == _SEQUENCE


@attrs.frozen
class Routine:
    """A function or procedure that is not the server's own (built-ins are in sql/functions, as data).

    `extension`: the PostgreSQL extension that it came with, None for what users made.
    """

    schema: str
    name: str
    language: str
    volatility: str
    body: str | None
    kind: str = "function"
    extension: str | None = None


@attrs.frozen(eq=False)
class Catalog:
    """A snapshot of one database as one session sees it.

    `search_path` lists the schemas that unqualified names are looked up in, first match first
    (PostgreSQL: temp schema and pg_catalog included; MySQL: the current database; SQLite: temp,
    main, attached names). `modes` are session modes that change how SQL is read
    (standard_conforming_strings, sql_mode, ...). `epoch` changes whenever the schema does.
    `shadows` are tables that store another relation (SQLite fts5, rtree), to that relation: they are
    not in `relations`, so that naming one is refused, but a driver sees the server read them.
    `composites` are the fields of row types by the type's name as columns have it, without [].
    """

    dialect: Dialect
    server: str
    database: str
    relations: Mapping[tuple[str, str], RelationInfo]
    search_path: tuple[str, ...]
    routines: Mapping[tuple[str, str], tuple[Routine, ...]] = attrs.field(factory=dict)
    modes: Mapping[str, str] = attrs.field(factory=dict)
    epoch: str = ""
    shadows: Mapping[tuple[str, str], tuple[str, str]] = attrs.field(factory=dict)
    composites: Mapping[str, tuple[Column, ...]] = attrs.field(factory=dict)
