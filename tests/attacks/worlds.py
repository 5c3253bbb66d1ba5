"""A dialect into what an attack needs: a shop, its twin, raw and governed sessions, and what changed.

The twin differs from the shop in protected values only: whoever can tell the two apart has learned
something about a protected value. Values that were unique stay unique and what was NULL stays NULL, so
that what the equality principle allows (group, count, compare a whole value) is the same in both, except
for comparisons with the very values that were twisted.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from typing import Any, Protocol

import attrs
import psycopg
import pymysql
from pymysql.constants import CLIENT

import governed_db
from tests import shop
from tests.servers.urls import Address

TWIST = (
    "UPDATE customers SET name = '{a}another-{n} Twin', email = '{z}{n}@other.example' WHERE id = {n}",
    "UPDATE customers SET phone = '+4{n}-20-7946-0{n}', ssn = '{s}{n}-99-0000123' WHERE id = {n}",
    "UPDATE customers SET birth_date = '20{n}1-12-2{n}', notes = 'twisted {n}' WHERE id = {n}",
    "UPDATE employees SET name = '{z} Twin{n}', email = '{a}{n}@other.example' WHERE id = {n}",
    "UPDATE employees SET salary = {s}23{n}.25 WHERE id = {n}",
    "UPDATE payroll SET iban = 'DE0{n}TWIN', amount = 99999{n}.75 WHERE id = {n}",
    "UPDATE api_tokens SET token = '{a}_other_{n}' WHERE id = {n}",
)
# So that the order of rows is another one at both ends.
TWISTED = (
    {"n": "1", "a": "Aa", "z": "zz", "s": "2"},
    {"n": "2", "a": "Zz", "z": "aa", "s": "1"},
    {"n": "3", "a": "Zy", "z": "zy", "s": "9999"},
)
_DUMPS = {
    "postgres": "SELECT c.relkind::text, n.nspname, c.relname, c.relacl::text, c.reloptions::text"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
    " UNION ALL SELECT 'f', n.nspname, p.proname, p.prosrc, NULL FROM pg_proc p"
    " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'"
    " UNION ALL SELECT 'l', 'large', oid::text, NULL, NULL FROM pg_largeobject_metadata"
    " UNION ALL SELECT 's', 'sequence', sequencename, last_value::text, NULL FROM pg_sequences"
    " UNION ALL SELECT 'n', 'schema', nspname, nspacl::text, NULL FROM pg_namespace"
    " WHERE nspname NOT LIKE 'pg\\_%'"
    " UNION ALL SELECT 't', 'trigger', tgname, tgenabled::text, NULL FROM pg_trigger"
    " UNION ALL SELECT 'c', 'column', attrelid::regclass::text || attname, atttypid::text, attnotnull::text"
    " FROM pg_attribute WHERE attnum > 0 AND attrelid::regclass::text !~ '^(pg_|information_schema)'"
    " UNION ALL SELECT 'e', 'extension', extname, NULL, NULL FROM pg_extension"
    " UNION ALL SELECT 'd', 'comment', objoid::text, description, NULL FROM pg_description"
    " WHERE classoid = 'pg_class'::regclass AND objoid > 16384",
    "mysql": "SELECT table_type, table_name, engine, table_comment FROM information_schema.tables"
    " WHERE table_schema = database()"
    " UNION ALL SELECT 'c', concat(table_name, '.', column_name), column_type, column_default"
    " FROM information_schema.columns WHERE table_schema = database()"
    " UNION ALL SELECT 'i', concat(table_name, '.', index_name), column_name, NULL"
    " FROM information_schema.statistics WHERE table_schema = database()"
    " UNION ALL SELECT 'r', routine_name, routine_definition, NULL"
    " FROM information_schema.routines WHERE routine_schema = database()"
    " UNION ALL SELECT 't', trigger_name, action_statement, NULL"
    " FROM information_schema.triggers WHERE trigger_schema = database()"
    " UNION ALL SELECT 'e', event_name, event_definition, NULL"
    " FROM information_schema.events WHERE event_schema = database()"
    " UNION ALL SELECT 'u', user, host, NULL FROM mysql.user",
    "sqlite": "SELECT type, name, tbl_name, sql FROM sqlite_master"
    " UNION ALL SELECT 'v', user_version, NULL, NULL FROM pragma_user_version"
    " UNION ALL SELECT 'a', application_id, NULL, NULL FROM pragma_application_id",
}


class FreshDatabase(Protocol):
    """Makes databases (tests/servers/fixtures.py)."""

    def __call__(self, dialect: str, *, shop: bool = False) -> AbstractContextManager[str]:
        """A new database."""
        ...


def open_raw(url: str, **options: Any) -> Any:
    """The driver's own connection, with all that makes an attack succeed switched on."""
    if url.startswith("sqlite:///"):
        return sqlite3.connect(url.removeprefix("sqlite:///"))
    address = Address.of(url)
    if address.scheme == "postgresql":
        return psycopg.connect(url)
    return pymysql.connect(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        database=address.database,
        **{
            "charset": "utf8mb4",
            "client_flag": CLIENT.MULTI_STATEMENTS,
            "local_infile": True,
            **options,
        },
    )


def twist(url: str) -> None:
    """Give some rows other protected values."""
    with closing(open_raw(url)) as connection, closing(connection.cursor()) as cursor:
        for text in TWIST:
            for words in TWISTED:
                cursor.execute(text.format(**words))
        connection.commit()


@attrs.define(eq=False)
class World:
    """One dialect's databases. `raw` is made anew after an attack that changed it."""

    dialect: str
    folder: Path
    state: Path
    fresh_database: FreshDatabase
    _stacks: dict[str, ExitStack] = attrs.field(factory=dict)
    _urls: dict[str, str] = attrs.field(factory=dict)
    _prints: dict[str, object] = attrs.field(factory=dict)

    def url(self, name: str) -> str:
        """`raw`, `raw twin`, `governed` or `governed twin`."""
        if name not in self._urls:
            stack = ExitStack()
            self._stacks[name] = stack
            self._urls[name] = stack.enter_context(self.fresh_database(self.dialect, shop=True))
            if name.endswith("twin"):
                twist(self._urls[name])
            self._prints[name] = self.print(name)
        return self._urls[name]

    def renew(self, name: str) -> None:
        """Throw the database away if it is not what it was."""
        if self.has_changed(name):
            self._stacks.pop(name).close()
            del self._urls[name], self._prints[name]

    def remember(self, name: str) -> None:
        """Take what is there now as unchanged (sequences move on under refused and rolled back inserts)."""
        self._prints[name] = self.print(name)

    def has_changed(self, name: str) -> bool:
        """Whether the database or the folder is not as it was."""
        return self.print(name) != self._prints[name]

    def print(self, name: str) -> object:
        """Everything in the database and in the folder."""
        with closing(open_raw(self.url(name))) as connection, closing(connection.cursor()) as cursor:
            rows = {}
            for table in shop.COLUMNS:
                try:
                    cursor.execute(f"SELECT * FROM {table}")
                    rows[table] = sorted(map(repr, cursor.fetchall()))
                except Exception as error:  # noqa: BLE001 - a table that is gone is a change too
                    connection.rollback()
                    rows[table] = [type(error).__name__]
            cursor.execute(_DUMPS[self.dialect])
            structure = sorted(map(repr, cursor.fetchall()))
        return rows, structure, self.files()

    def files(self) -> list[str]:
        """What is in the folder."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*"))

    def clear_folder(self) -> None:
        """Files of the server's user are removed by its folder, which is ours."""
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def raw(self, name: str = "raw") -> Any:
        """A session outside of all governance."""
        return open_raw(self.url(name))

    def governed(self, name: str = "governed") -> Any:
        """A session as users open it."""
        return governed_db.connect(self.url(name), state_dir=self.state)

    def undo(self, statements: tuple[str, ...]) -> None:
        """Put right what outlives the databases."""
        for statement in statements:
            with closing(open_raw(self.url("raw"))) as connection, contextlib.suppress(Exception):
                if self.dialect == "postgres":
                    connection.autocommit = True
                with closing(connection.cursor()) as cursor:
                    cursor.execute(statement)
                connection.commit()

    def close(self) -> None:
        """Drop the databases."""
        for stack in self._stacks.values():
            stack.close()


def audit_text(state: Path) -> Iterator[tuple[Path, bytes]]:
    """Everything that was written to the state folder."""
    for path in sorted(state.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()
