"""Questions of our own into their answers, on the real connection and unnoticed by the caller.

No transaction is opened, and no callback of the caller's is asked.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from governed_db.core.aside import MILLISECONDS, Aside
from governed_db.core.plan import Plan
from governed_db.enforce.knowing import Loading
from governed_db.enforce.sqlite.constraints import computed_from
from governed_db.enforce.sqlite.converters import is_foreign_converter
from governed_db.enforce.sqlite.session import Own, SqliteSession

Rows = list[tuple[Any, ...]]

_text_factory: Any = sqlite3.Connection.text_factory


def look_up(session: SqliteSession, loading: Loading) -> Any:
    """Answer a catalog loader's queries."""
    _refuse_converters(session)
    cursor = sqlite3.Cursor(session.real)
    try:
        query = next(loading)
        while True:
            ask = _aside if isinstance(query, Aside) else read
            text = session.texts.own(query)
            query = loading.send(session.permitted(Own.CATALOG, ask, session, cursor, text))
    except StopIteration as stop:
        return stop.value


def read(session: SqliteSession, cursor: sqlite3.Cursor, text: str) -> Rows:
    """The rows of a text of ours; the caller has the permit. Paths and names need not be valid text."""
    before = _text_factory.__get__(session.real)
    _text_factory.__set__(session.real, _decoded)
    try:
        with session.limits.lifted(session.real):
            return cursor.execute(text).fetchall()
    finally:
        _text_factory.__set__(session.real, before)


def _aside(session: SqliteSession, cursor: sqlite3.Cursor, text: str) -> Rows | None:
    """Rows of a table, or None: it is locked, or the caller is in a transaction.

    A function of the caller's could have the name of one of SQLite's: then nothing is asked.
    """
    if session.functions or session.real.in_transaction:
        return None
    own = session.texts.own
    try:
        (waits,) = cursor.execute(own("PRAGMA busy_timeout")).fetchone()
        cursor.execute(own(f"PRAGMA busy_timeout = {MILLISECONDS}")).fetchall()
        try:
            return read(session, cursor, text)
        finally:
            cursor.execute(own(f"PRAGMA busy_timeout = {int(waits)}")).fetchall()
    except sqlite3.Error:
        return None


def look_at_constraints(session: SqliteSession, plan: Plan) -> None:
    """What SQLite computes by itself when the plan's tables change."""
    facts = plan.facts
    if facts is None or not facts.writes or session.observes:
        return
    cursor, texts = sqlite3.Cursor(session.real), []
    for schema, name in {(write.relation.schema, write.relation.name) for write in facts.writes}:
        table = "sqlite_temp_master" if schema == "temp" else f"{_literal(schema)}.sqlite_master"
        where = f"tbl_name = {_literal(name)} COLLATE NOCASE AND type IN ('table', 'index')"
        query = session.texts.own(f"SELECT sql FROM {table} WHERE {where}")
        texts += [row[0] for row in session.inside(Own.CATALOG, read, session, cursor, query) if row[0]]
    session.computed = computed_from(texts)
    seen_by = sorted(session.functions & session.computed)
    if seen_by and plan.protected:
        # SQLite asks the authorizer about a table's own expressions when it reads the schema only.
        raise session.gate.refuse(
            plan,
            "GDB130",
            f"{seen_by[0]} is a function of the application, which would see protected values",
            "a generated column, constraint or index of the table calls it: give yours another name",
        )


def _refuse_converters(session: SqliteSession) -> None:
    """A caller's converter for the schema's own columns could tell us of another schema."""
    if session.detect_types & sqlite3.PARSE_DECLTYPES and any(map(is_foreign_converter, ("TEXT", "INT"))):
        raise session.gate.driver.refused_call(
            "a converter for TEXT or INT",
            "register converters for type names of your own, or connect without PARSE_DECLTYPES",
        )


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
