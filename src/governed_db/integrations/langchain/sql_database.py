"""A governed engine into what code expects that was written for langchain-community's SQLDatabase.

It needs no langchain-community. Where that is loaded, its tools and agents take it for theirs.
"""

# ruff: noqa: FBT001, FBT002  # the signatures are those of langchain-community

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Engine, MetaData, create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.expression import Executable

from governed_db.errors import ConfigurationError, StatementDenied
from governed_db.integrations import words
from governed_db.integrations.database import Caller, Desk, told
from governed_db.integrations.office import engine_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL

    from governed_db.model.principal import Principal

Fetch = Literal["all", "one", "cursor"]


class GovernedSQLDatabase:
    """Drop-in for langchain_community's SQLDatabase; every statement is governed.

    `principal`: who acts, else the innermost `acting_as`, else the connection's. Tables, columns and rows
    are those that this principal may see.
    """

    def __init__(
        self,
        engine: Engine,
        schema: str | None = None,
        metadata: MetaData | None = None,  # noqa: ARG002  # the schema is known without it
        ignore_tables: list[str] | None = None,
        include_tables: list[str] | None = None,
        sample_rows_in_table_info: int = 3,
        indexes_in_table_info: bool = False,
        custom_table_info: Mapping[str, str] | None = None,
        view_support: bool = False,
        max_string_length: int = 300,
        lazy_table_reflection: bool = False,  # noqa: ARG002  # nothing is reflected before it is asked for
        *,
        principal: Principal | None = None,
        conversation: str | None = None,
    ) -> None:
        found = engine_of(engine)
        if isinstance(found, AsyncEngine):
            raise ConfigurationError("SQLDatabase is not async", help="give it a sync engine")
        if include_tables and ignore_tables:
            raise ValueError("Cannot specify both include_tables and ignore_tables")
        if not isinstance(sample_rows_in_table_info, int):
            raise TypeError("sample_rows_in_table_info must be an integer")
        self._engine = found
        self._schema = schema
        self._caller = Caller(principal, conversation, "sql_database")
        self._sample_rows_in_table_info = sample_rows_in_table_info
        self._indexes_in_table_info = indexes_in_table_info
        self._custom_table_info = dict(custom_table_info or {})
        self._view_support = view_support
        self._max_string_length = max_string_length
        self._include_tables, self._ignore_tables = set(include_tables or ()), set(ignore_tables or ())
        self._check_names("include_tables", self._include_tables)
        self._check_names("ignore_tables", self._ignore_tables)

    @classmethod
    def from_uri(
        cls, database_uri: str | URL, engine_args: dict[str, Any] | None = None, **kwargs: Any
    ) -> GovernedSQLDatabase:
        """From a URL; one that names no dialect of ours is governed all the same."""
        return cls(create_engine(_governed(database_uri), **(engine_args or {})), **kwargs)

    @property  # type: ignore[misc]  # pydantic goes by it
    def __class__(self) -> type:
        """What `isinstance` goes by, and so pydantic's fields of the type SQLDatabase.

        Only code that has loaded langchain-community can ask for its class.
        """
        community = sys.modules.get("langchain_community.utilities.sql_database")
        return getattr(community, "SQLDatabase", GovernedSQLDatabase)

    # -- what there is ----------------------------------------------------------------------------------

    @property
    def dialect(self) -> str:
        """The name of the dialect, as models know it."""
        return self._engine.dialect.name

    def get_usable_table_names(self) -> Iterable[str]:
        """The tables that may be read and are not left out."""
        names = self._readable()
        return sorted(
            name
            for name in names
            if name not in self._ignore_tables and (name in self._include_tables or not self._include_tables)
        )

    def get_table_names(self) -> Iterable[str]:
        """The older name of `get_usable_table_names`."""
        return self.get_usable_table_names()

    @property
    def table_info(self) -> str:
        """All tables."""
        return self.get_table_info()

    def get_table_info(
        self,
        table_names: list[str] | None = None,
        get_col_comments: bool = False,  # noqa: ARG002  # comments are not read
    ) -> str:
        """Columns, with what is hidden and what may be done with it, keys, and a few rows, masked."""
        usable = set(self.get_usable_table_names())
        missing = set(table_names or ()) - usable
        if missing:
            raise ValueError(f"table_names {missing} not found in database")
        with self._desk() as desk:
            return "\n\n".join(self._told(desk, name) for name in table_names or sorted(usable))

    def get_table_info_no_throw(self, table_names: list[str] | None = None) -> str:
        """The same; of a table that there is not it says so."""
        try:
            return self.get_table_info(table_names)
        except ValueError as error:
            return f"Error: {error}"

    def get_context(self) -> dict[str, Any]:
        """What prompts are filled with."""
        names = list(self.get_usable_table_names())
        return {"table_info": self.get_table_info_no_throw(), "table_names": ", ".join(names)}

    def _readable(self) -> set[str]:
        with self._desk() as desk:
            found = desk.tables(everywhere=self._schema is not None)
            own = [one for one in found if self._schema is None or one.schema == self._schema]
            return {
                one.name if self._schema else desk.name(one)
                for one in own
                if self._view_support or "view" not in one.kind.value
            }

    def _told(self, desk: Desk, name: str) -> str:
        if name in self._custom_table_info:
            return self._custom_table_info[name]
        described = desk.schema([f"{self._schema}.{name}" if self._schema and "." not in name else name])
        if described.is_error and self._schema:
            described = desk.schema([name])
        if not self._sample_rows_in_table_info:
            return described.text
        return f"{described.text}\n\n/*\n{self._sample(desk, name)}\n*/"

    def _sample(self, desk: Desk, name: str) -> str:
        """A few rows, in lines that no cell can end."""
        quote = self._engine.dialect.identifier_preparer.quote
        parts = [self._schema] if self._schema and "." not in name else []
        table = ".".join(map(quote, [*parts, *name.split(".")]))
        most = self._sample_rows_in_table_info
        found = desk.query(f"SELECT * FROM {table} LIMIT {most}", most).content
        lines = [words.quoted(row) for row in [found.get("columns", []), *found.get("rows", [])]]
        shown = "\n".join(line.replace("*/", "*\\/") for line in lines)
        return f"{most} rows from {name} table:\n{shown}"

    # -- running ----------------------------------------------------------------------------------------

    def run(
        self,
        command: str | Executable,
        fetch: Fetch = "all",
        include_columns: bool = False,
        *,
        parameters: Mapping[str, Any] | None = None,
        execution_options: dict[str, Any] | None = None,
    ) -> str | Sequence[dict[str, Any]] | Any:
        """Rows as a text, "" for none. A refusal is SQLAlchemy's own DBAPIError, and so no empty result."""
        found = self._execute(command, fetch, parameters=parameters, execution_options=execution_options)
        if fetch == "cursor":
            return found
        rows = [{name: self._cut(value) for name, value in row.items()} for row in found]
        shown: list[Any] = rows if include_columns else [tuple(row.values()) for row in rows]
        return str(shown) if shown else ""

    def run_no_throw(
        self,
        command: str,
        fetch: Literal["all", "one"] = "all",
        include_columns: bool = False,
        *,
        parameters: Mapping[str, Any] | None = None,
        execution_options: dict[str, Any] | None = None,
    ) -> str | Sequence[dict[str, Any]] | Any:
        """The same; of a refusal it tells why, and what is permitted instead."""
        try:
            return self.run(
                command, fetch, include_columns, parameters=parameters, execution_options=execution_options
            )
        except DBAPIError as error:
            return f"Error: {told(error.orig).text}"
        except (SQLAlchemyError, StatementDenied) as error:
            return f"Error: {told(error).text}"

    def _execute(
        self,
        command: str | Executable,
        fetch: Fetch = "all",
        *,
        parameters: Mapping[str, Any] | None = None,
        execution_options: dict[str, Any] | None = None,
    ) -> Any:
        if fetch not in ("all", "one", "cursor"):
            raise ValueError("Fetch parameter must be either 'one', 'all', or 'cursor'")
        if not isinstance(command, str | Executable):
            raise TypeError(f"Query expression has unknown type: {type(command)}")
        statement = text(command) if isinstance(command, str) else command
        with self._engine.begin() as connection, (desk := Desk(connection, self._caller)).acting():
            found = connection.execute(
                statement, dict(parameters or {}), execution_options=execution_options or {}
            )
            if not found.returns_rows:
                return []
            if fetch == "cursor":
                return found.freeze()()  # the connection goes back, and its rows stay
            rows = found.fetchall() if fetch == "all" else [row for row in [found.fetchone()] if row]
            names = list(found.keys())
            shown = desk.without_instructions(names, [tuple(row) for row in rows])
            return [dict(zip(names, row, strict=True)) for row in shown]

    def _cut(self, value: Any) -> Any:
        """A long text up to the last whole word."""
        most = self._max_string_length
        if not isinstance(value, str) or most <= 0 or len(value) <= most:
            return value
        return value[: most - 3].rsplit(" ", 1)[0] + "..."

    @contextmanager
    def _desk(self) -> Iterator[Desk]:
        with self._engine.connect() as connection:
            yield Desk(connection, self._caller)

    def _check_names(self, what: str, names: set[str]) -> None:
        missing = names - self._readable() if names else set()
        if missing:
            raise ValueError(f"{what} {missing} not found in database")


def _governed(uri: str | URL) -> Any:
    """The URL with the dialect of ours that its driver belongs to."""
    from sqlalchemy import make_url

    url = make_url(uri)
    family, _, driver = url.drivername.replace("postgres:", "postgresql:").partition("+")
    return url if driver.startswith("governed") else url.set(drivername=f"{family}+governed")
