"""A database URL into transactions that see one tenant only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, Table, create_engine, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.sql import Delete, Executable, Update

_SQLITE = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was acknowledged must outlive a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 30000",
)

_MANY = 20  # rows from which on COPY is worth it


class Tx:
    """A transaction of one tenant: statements that are made here name it, and nobody else's rows are met."""

    __slots__ = ("connection", "tenant")

    def __init__(self, connection: Connection, tenant: str) -> None:
        self.connection = connection
        self.tenant = tenant

    @property
    def is_postgres(self) -> bool:
        return self.connection.dialect.name == "postgresql"

    def select(self, table: Table, *columns: Any) -> Select[Any]:
        """Of this tenant's rows of `table`: these columns, or all."""
        return select(*(columns or (table,))).where(table.c.tenant == self.tenant)

    def update(self, table: Table) -> Update:
        return table.update().where(table.c.tenant == self.tenant)

    def delete(self, table: Table) -> Delete:
        return table.delete().where(table.c.tenant == self.tenant)

    def insert(self, table: Table, *rows: Mapping[str, Any]) -> None:
        """Add rows, all of the same columns; the tenant is put in."""
        if self.is_postgres and len(rows) >= _MANY:
            self._copy(table, rows)
        elif rows:
            self.connection.execute(table.insert(), [{**row, "tenant": self.tenant} for row in rows])

    def _copy(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """COPY takes a third of the time of INSERT."""
        names = list(rows[0])
        quote = self.connection.dialect.identifier_preparer.quote
        columns = ", ".join(quote(name) for name in ("tenant", *names))
        raw = self.connection.connection.driver_connection
        assert raw is not None  # noqa: S101  # a connection that is in use has one
        with raw.cursor() as cursor, cursor.copy(f"COPY {quote(table.name)} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row((self.tenant, *(row[name] for name in names)))

    def insert_new(self, table: Table, *rows: Mapping[str, Any]) -> None:
        """Add those rows whose keys nobody has."""
        made = postgresql.insert(table) if self.is_postgres else sqlite.insert(table)
        if rows:
            values = [{**row, "tenant": self.tenant} for row in rows]
            self.connection.execute(made.on_conflict_do_nothing(), values)

    def upsert(
        self,
        table: Table,
        key: Sequence[str],
        rows: Sequence[Mapping[str, Any]],
        change: Callable[[Any], Mapping[str, Any]],
    ) -> None:
        """Add rows, or do `change` (of the new row's columns) to those whose keys are there."""
        made = postgresql.insert(table) if self.is_postgres else sqlite.insert(table)
        if rows:
            values = [{**row, "tenant": self.tenant} for row in rows]
            index = [table.c.tenant, *(table.c[name] for name in key)]
            changed = made.on_conflict_do_update(index_elements=index, set_=dict(change(made.excluded)))
            self.connection.execute(changed, values)

    def rows(self, statement: Executable) -> Sequence[Row[Any]]:
        return self.connection.execute(statement).all()

    def row(self, statement: Executable) -> Row[Any] | None:
        """The one row, None if there is none."""
        return self.connection.execute(statement).one_or_none()

    def value(self, statement: Executable) -> Any:
        """The first column of the one row, None if there is none."""
        return self.connection.execute(statement).scalar_one_or_none()

    def run(self, statement: Executable) -> int:
        """How many rows it changed."""
        result = self.connection.execute(statement)
        assert isinstance(result, CursorResult)  # noqa: S101  # for the type checker
        return result.rowcount


class Store:
    """The database of a control plane; safe for threads."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = create_engine(url, pool_pre_ping=True, hide_parameters=True, **_options(url))
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _prepare)
            event.listen(self.engine, "begin", _begin)

    @contextmanager
    def reading(self, tenant: str) -> Iterator[Tx]:
        """A transaction that changes nothing: it ends without a commit."""
        with self.engine.connect() as connection:
            yield Tx(connection, tenant)

    @contextmanager
    def writing(self, tenant: str) -> Iterator[Tx]:
        """A transaction that is committed at the end, or leaves nothing behind."""
        writer = self.engine.execution_options(governed_db_writes=True)
        with writer.begin() as connection:
            yield Tx(connection, tenant)

    def close(self) -> None:
        """Let go of the connections."""
        self.engine.dispose()


def _options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"check_same_thread": False}}
    return {"pool_size": 10, "max_overflow": 30, "pool_timeout": 10}


def _prepare(connection: Any, _: Any) -> None:
    """sqlite3 must begin no transactions of its own: it begins them too late for a reader that writes."""
    connection.isolation_level = None
    for statement in _SQLITE:
        connection.execute(statement)


def _begin(connection: Connection) -> None:
    """A writer takes its turn at once; one that first reads would fail when somebody wrote meanwhile."""
    writes = connection.get_execution_options().get("governed_db_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
