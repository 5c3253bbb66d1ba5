"""A dialect into a database and the statements that are tried on it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs

import governed_db
from tests.attacks.cases import load
from tests.sql.statements import ordinary
from tests.sql.world import OPEN

FOLDER = Path(__file__).parent
CORPUS = FOLDER.parent / "ordinary" / "corpus"
# What differs from one run to the next, or is no single query.
_VARIES = (
    "random",
    "rand(",
    "uuid",
    "now(",
    "now'",
    "current_",
    "localtime",
    "clock_",
    "sysdate",
    "unix_time",
)
_VARIES += ("statement_timestamp", "tablesample", "connection_id", "pg_backend", "txid", "explain", "analyze")
_VARIES += ("curdate", "curtime", "utc_", "getdate", "timeofday")
_QUERIES = ("SELECT", "WITH", "VALUES", "TABLE", "(", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE")


@attrs.frozen
class Asked:
    """One statement with its parameters, as a driver of the dialect takes it."""

    sql: str
    parameters: object = None


@attrs.frozen
class Answer:
    """What came of one: rows and names, or how many rows changed, or the kind of error."""

    rows: tuple[tuple[Any, ...], ...] = ()
    names: tuple[str, ...] = ()
    changed: int | None = None
    error: str = ""


def statements(dialect: str, *files: str) -> Sequence[Asked]:
    """All ordinary statements of a dialect, and those of files of this folder."""
    mark = "?" if dialect == "sqlite" else "%s"
    found = [Asked(one.sql) for one in ordinary(dialect)]
    for case in load(CORPUS):
        if dialect in case.on:
            found += [Asked(one.text.replace("{p}", mark), one.parameters) for one in case.statements]
    return [one for one in (*found, *(one for name in files for one in own(name))) if _is_steady(one.sql)]


def own(name: str) -> Sequence[Asked]:
    """The statements of one file of this folder; those that are not of this dialect are refused."""
    texts = (FOLDER / name).read_text("utf-8").split(";\n")
    return [Asked(text) for text in texts if text.strip() and _is_steady(text)]


def _is_steady(sql: str) -> bool:
    folded = sql.lower()
    return sql.lstrip().upper().startswith(_QUERIES) and not any(word in folded for word in _VARIES)


def ask(connection: Any, asked: Asked) -> Answer:
    """Run one statement, and undo it."""
    try:
        with closing(connection.cursor()) as cursor:
            cursor.execute(asked.sql, *([asked.parameters] if asked.parameters is not None else []))
            if cursor.description is None:
                return Answer(changed=cursor.rowcount)
            names = tuple(column[0] for column in cursor.description)
            return Answer(tuple(tuple(row) for row in cursor.fetchall()), names)
    except Exception as error:  # noqa: BLE001 - each driver has its own
        return Answer(error=str(getattr(error, "code", "") or type(error).__name__))
    finally:
        connection.rollback()


def raw(dialect: str, url: str) -> Any:
    """A connection outside of all governance, that does not commit."""
    connection = OPEN[dialect](url).connection
    if dialect == "postgres":
        connection.autocommit = False
    if dialect == "mysql":
        connection.autocommit(False)
    if dialect == "sqlite":
        connection.isolation_level = "DEFERRED"
    return connection


def governed(url: str, policy: object, folder: Path) -> Any:
    """A governed connection of a tester."""
    return governed_db.connect(url, principal="tester", policy=policy, state_dir=folder)


def in_order(rows: Sequence[tuple[Any, ...]]) -> list[str]:
    """Rows that can be compared where their order is free."""
    return sorted(map(repr, rows))
