"""Queries of third parties, spliced with masks that mask nothing and filters that hide nothing: the same?

    python -m benchmarks.spliced_same FOLDER [--dialect postgres mysql sqlite] [--show 5]

FOLDER has pairs of files: NAME.schema.sql makes tables and may fill them, NAME.sql or NAME.DIALECT.sql has
statements that end with a semicolon at the end of a line (lines that begin with @ are left out). Prints one
JSON object: for each dialect and way of splicing how many texts gave the same rows and names, which
did not, and how many were left as they are. Runs on the servers of GOVERNED_DB_TEST_POSTGRES_URL and
GOVERNED_DB_TEST_MYSQL_URL, or on private ones.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Catalog
from governed_db.model.statement import Facts
from governed_db.sql.agree import Intended, difference
from governed_db.sql.facts import analyse
from governed_db.sql.parse import parse, parse_query
from governed_db.sql.projections import Form, Query, around, items, kept_names
from governed_db.sql.spans import Edit, apply
from governed_db.sql.splice import filter_edits
from tests.servers import launch
from tests.servers.databases import fresh_mysql, fresh_postgres
from tests.servers.locate import MYSQL_URL, POSTGRES_URL
from tests.sql.world import OPEN

DIALECTS = ("postgres", "mysql", "sqlite")
WAYS = ("list", "around", "filter")
_SECONDS = 20


@attrs.define
class Found:
    """What came of one dialect."""

    counts: dict[str, Counter[str]] = attrs.field(factory=lambda: {way: Counter() for way in WAYS})
    different: list[tuple[str, str, str]] = attrs.field(factory=list)


def identity(value: str) -> str:
    """A mask that shows everything."""
    return f"CASE WHEN 1 = 1 THEN {value} END"


def spliced(way: str, sql: str, facts: Facts, catalog: Catalog) -> str | None:
    """The statement changed in one way, as it would be sent; None where it is left as it is."""
    query = Query(sql, parse_query(parse(sql, catalog.dialect, catalog.modes)), facts, catalog)
    forms = dict.fromkeys(range(len(facts.outputs)), Form(identity, identity))
    intended = Intended(facts.columns, frozenset(), masked=frozenset(forms), is_around=way == "around")
    edits: tuple[Edit, ...] | None
    match way:
        case "list":
            edits = items(query, forms)
        case "around":
            edits = around(query, forms)
        case _:
            filtered = filter_edits(sql, facts, catalog, dict.fromkeys(facts.base_relations, "1 = 1"))
            edits = (*filtered.edits, *kept_names(query, filtered.edits, ()))
            intended = Intended(frozenset[Any](), frozenset(), filtered=filtered.relations)
    if not edits:
        return None
    text = apply(sql, tuple(sorted(edits, key=lambda edit: edit[:2])))
    after = analyse(parse(text, catalog.dialect, catalog.modes), catalog)
    return text if difference(facts, after, intended) is None else None


def answer(connection: Any, sql: str) -> object:
    """Names and rows, or the kind of error."""
    try:
        with closing(connection.cursor()) as cursor:
            cursor.execute(sql)
            names = tuple(column[0] for column in cursor.description or ())
            return names, sorted(map(repr, cursor.fetchall() if cursor.description else []))
    except Exception as error:  # noqa: BLE001 - each driver has its own
        return type(error).__name__
    finally:
        connection.rollback()


def compare(dialect: str, url: str, schema: str, statements: Sequence[str], found: Found) -> None:
    """All statements of one schema."""
    session = OPEN[dialect](url)
    connection = session.connection
    for statement in _pieces(schema):
        try:
            session.run(statement)
        except Exception:  # noqa: BLE001 - what one dialect does not know is left out
            continue
    catalog = session.load()
    if dialect == "postgres":
        session.run(f"SET statement_timeout = '{_SECONDS}s'")
    if dialect == "mysql":
        session.run(f"SET max_statement_time = {_SECONDS}")
    for sql in statements:
        _compare_one(dialect, connection, catalog, sql, found)
    connection.close()


def _compare_one(dialect: str, connection: Any, catalog: Catalog, sql: str, found: Found) -> None:
    try:
        facts = analyse(parse(sql, catalog.dialect, catalog.modes), catalog)
    except AnalysisError as error:
        found.counts["list"][f"not analysed: {error.code}"] += 1
        return
    once = answer(connection, sql)
    if isinstance(once, str) or once != answer(connection, sql):
        found.counts["list"]["fails, or differs from itself"] += 1
        return
    for way in WAYS:
        try:
            text = spliced(way, sql, facts, catalog)
        except AnalysisError:
            text = None
        if text is None:
            found.counts[way]["left as it is"] += 1
        elif answer(connection, text) == once:
            found.counts[way]["same"] += 1
        else:
            found.counts[way]["different"] += 1
            found.different.append((f"{dialect} {way}", sql, text))


def _pieces(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if not line.startswith("@")]
    pieces = (piece.strip().removesuffix(";") for piece in "\n".join(lines).split(";\n"))
    return [piece for piece in pieces if piece.strip()]


def sets(folder: Path, dialect: str) -> Iterator[tuple[str, list[str]]]:
    """Each schema with its statements."""
    for schema in sorted(folder.glob("*.schema.sql")):
        name = schema.name.removesuffix(".schema.sql")
        files = [folder / f"{name}.sql", folder / f"{name}.{dialect}.sql"]
        texts = [one.read_text("utf-8") for one in files if one.exists()]
        yield schema.read_text("utf-8"), [piece for text in texts for piece in _pieces(text)]


@contextmanager
def databases(dialect: str) -> Iterator[Any]:
    """A function that makes empty databases."""
    with ExitStack() as stack:
        if dialect == "sqlite":
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            count = iter(range(10**6))
            yield lambda: f"sqlite:///{folder}/{next(count)}.db"
            return
        is_postgres = dialect == "postgres"
        url = os.environ.get(POSTGRES_URL if is_postgres else MYSQL_URL)
        if url is None:
            server = (launch.postgres if is_postgres else launch.mysql)(os.getpid())
            stack.callback(server.stop)
            url = server.url
        fresh = fresh_postgres if is_postgres else fresh_mysql
        yield partial(lambda admin: stack.enter_context(fresh(admin)), url)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dialect", nargs="*", default=list(DIALECTS))
    parser.add_argument("--show", type=int, default=5)
    asked = parser.parse_args()
    for dialect in asked.dialect:
        found = Found()
        with databases(dialect) as fresh:
            for schema, statements in sets(asked.folder, dialect):
                if statements:
                    compare(dialect, fresh(), schema, statements, found)
        shown = [dict(zip(("how", "sql", "sent"), one, strict=True)) for one in found.different[: asked.show]]
        print(json.dumps({"dialect": dialect, **found.counts, "examples": shown}, indent=2))


if __name__ == "__main__":
    main()
