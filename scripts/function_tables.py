"""A running server into what its function tables lack: run it when a new server version comes out.

    python scripts/function_tables.py postgresql://... | mysql://... | sqlite://

It prints functions and system relations that no list names yet, and PostgreSQL functions whose kind or
volatility is not pg_proc's. Each name printed is a decision for a person: functions.txt if it computes
from its arguments or describes the schema, forbidden.txt if it reaches further, left_out.txt if nobody
misses it. Until then it is refused, so nothing is open while this waits.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urlsplit

from governed_db.model.catalog import Dialect
from governed_db.sql.functions import forbidden, lookup, system_relations
from governed_db.sql.functions.tables import lines

Query = Callable[[str], list[tuple[Any, ...]]]

# Operators, casts, types and indexes are made of functions that nobody calls by name: they take or give
# internal values, or their comment in pg_proc says what they implement.
POSTGRES_FUNCTIONS = r"""
SELECT DISTINCT proname FROM pg_proc
WHERE pronamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  AND NOT (ARRAY['internal'::regtype, 'cstring'::regtype]::oid[] && proargtypes::oid[])
  AND prorettype::regtype::text NOT IN ('trigger', 'event_trigger', 'cstring', 'internal')
  AND coalesce(obj_description(oid, 'pg_proc'), '') !~ '^(implementation of|internal |I/O|hash|sort |'
      '(larger|smaller) of two|less-equal-greater|GiST|GIN|SP-GiST|btree|BRIN|(join|restriction) sel)'
"""
POSTGRES_PROPERTIES = """
SELECT proname,
       CASE WHEN prokind = 'w' THEN 'window' WHEN prokind = 'a' THEN 'aggregate'
            WHEN proretset THEN 'table' ELSE 'scalar' END,
       provolatile <> 'v'
FROM pg_proc WHERE pronamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
"""
POSTGRES_RELATIONS = """
SELECT nspname || '.' || relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
WHERE nspname IN ('pg_catalog', 'information_schema') AND relkind IN ('r', 'v')
"""
MYSQL_FUNCTIONS = "SELECT DISTINCT lower(function) FROM information_schema.sql_functions"
MYSQL_RELATIONS = """
SELECT lower(concat(table_schema, '.', table_name)) FROM information_schema.tables
WHERE table_schema = 'information_schema'
"""
SQLITE_FUNCTIONS = "SELECT DISTINCT lower(name) FROM pragma_function_list"


def unreviewed_functions(dialect: Dialect, query: Query) -> list[str]:
    """Functions of the server that are neither allowed, forbidden nor left out on purpose."""
    sql = {
        Dialect.POSTGRES: POSTGRES_FUNCTIONS,
        Dialect.MYSQL: MYSQL_FUNCTIONS,
        Dialect.SQLITE: SQLITE_FUNCTIONS,
    }[dialect]
    return _unlisted(
        (row[0] for row in query(sql)),
        lambda name: lookup(dialect, name) is not None or forbidden(dialect, name) is not None,
        lines(dialect, "left_out"),
    )


def unreviewed_relations(dialect: Dialect, query: Query) -> list[str]:
    """System relations of the server that are neither readable nor left out on purpose."""
    if dialect is Dialect.SQLITE:  # they are known by their names only, there is no list to ask for
        return []
    sql = POSTGRES_RELATIONS if dialect is Dialect.POSTGRES else MYSQL_RELATIONS
    readable = system_relations(dialect)
    return _unlisted((row[0] for row in query(sql)), readable.__contains__, lines(dialect, "left_out"))


def misdescribed(query: Query) -> list[str]:
    """PostgreSQL functions whose kind or volatility differs from pg_proc in every or any overload."""
    kinds: dict[str, set[str]] = {}
    stable: dict[str, bool] = {}
    for name, kind, is_stable in query(POSTGRES_PROPERTIES):
        kinds.setdefault(name, set()).add(kind)
        stable[name] = stable.get(name, True) and is_stable
    found = ((name, lookup(Dialect.POSTGRES, name)) for name in kinds)
    return sorted(
        name
        for name, known in found
        if known is not None and (known.kind not in kinds[name] or known.stable != stable[name])
    )


def _unlisted(found: Iterable[str], listed: Callable[[str], bool], left_out: Iterable[str]) -> list[str]:
    patterns = [re.escape(entry).replace(r"\*", ".*") for entry in left_out]
    reviewed = re.compile("|".join(patterns) or "(?!)")
    return sorted(name for name in found if not listed(name) and not reviewed.fullmatch(name))


def _connect(url: str) -> tuple[Dialect, Any]:
    parts = urlsplit(url)
    if parts.scheme.startswith("postgres"):
        import psycopg

        return Dialect.POSTGRES, psycopg.connect(url, autocommit=True)
    if parts.scheme.startswith(("mysql", "mariadb")):
        import pymysql

        socket = parse_qs(parts.query).get("unix_socket", [None])[0]
        return Dialect.MYSQL, pymysql.connect(
            host=parts.hostname or "localhost",
            port=parts.port or 3306,
            user=parts.username or "root",
            password=parts.password or "",
            unix_socket=socket,
        )
    return Dialect.SQLITE, sqlite3.connect(":memory:")


def main(url: str) -> int:
    """Print what is to be reviewed; 1 if there is anything."""
    dialect, connection = _connect(url)

    def query(sql: str) -> list[tuple[Any, ...]]:
        with closing(connection.cursor()) as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    problems = [f"function {name}" for name in unreviewed_functions(dialect, query)]
    problems += [f"relation {name}" for name in unreviewed_relations(dialect, query)]
    if dialect is Dialect.POSTGRES:
        problems += [f"kind or volatility of {name}" for name in misdescribed(query)]
    sys.stdout.write("\n".join(problems or ["nothing to review"]) + "\n")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
