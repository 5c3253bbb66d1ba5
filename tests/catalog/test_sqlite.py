"""The catalog of a SQLite connection tells all that its statements can name."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot

from governed_db.model.catalog import Column, ForeignKey, RelationKind
from tests.catalog.sessions import Session


def names(session: Session, schema: str) -> dict[str, RelationKind]:
    """The relations of a schema with their kinds, the schema tables aside."""
    return {
        name: relation.kind
        for (owner, name), relation in session.load().relations.items()
        if owner == schema and not name.endswith(("_schema", "_master"))
    }


def test_columns_come_in_order_with_generating_expressions(sqlite: Session) -> None:
    """Columns are told with type and generating expression, whatever stands around it in the text."""
    sqlite.run(
        """CREATE TABLE t (id INTEGER PRIMARY KEY, "a,(b" TEXT NOT NULL DEFAULT ('x) AS (y'), -- no AS (z)
        low TEXT GENERATED ALWAYS AS (lower("a,(b") || ')') VIRTUAL CHECK (low <> 'q'),
        [up] AS (upper("a,(b")) STORED /* , */ COLLATE nocase, UNIQUE ("a,(b"))"""
    )

    assert sqlite.relation("main", "t").columns == (
        Column("id", "integer"),
        Column("a,(b", "text", not_null=True),
        Column("low", "text", generated_from="lower(\"a,(b\") || ')'"),
        Column("up", "", generated_from='upper("a,(b")'),
    )


def test_every_kind_of_relation_is_told(sqlite: Session, tmp_path: Path) -> None:
    """Tables and views of main, temp and attached databases are there, and the tables of the schema."""
    sqlite.run(
        f"ATTACH '{tmp_path / 'other'}' AS \"o's\"",
        "CREATE TABLE plain (id INTEGER PRIMARY KEY AUTOINCREMENT)",
        "CREATE TABLE bare (k TEXT PRIMARY KEY) WITHOUT ROWID",
        "CREATE TABLE strict_ (k INT) STRICT",
        "CREATE VIEW seen AS SELECT id FROM plain",
        "CREATE VIRTUAL TABLE ft USING fts5(body)",
        "CREATE TEMP TABLE mine (a)",
        "CREATE TEMP VIEW mv AS SELECT a FROM mine",
        'CREATE TABLE "o\'s".far (a)',
    )

    loaded = sqlite.load()

    assert names(sqlite, "main") == {
        "plain": RelationKind.TABLE,
        "bare": RelationKind.TABLE,
        "strict_": RelationKind.TABLE,
        "seen": RelationKind.VIEW,
        "ft": RelationKind.TABLE,
        "sqlite_sequence": RelationKind.SYSTEM,
    }
    assert names(sqlite, "temp") == {"mine": RelationKind.TABLE, "mv": RelationKind.VIEW}
    assert names(sqlite, "o's") == {"far": RelationKind.TABLE}
    assert loaded.search_path == ("temp", "main", "o's")
    assert loaded.relations["temp", "mine"].temporary
    assert loaded.relations["main", "sqlite_schema"].kind is RelationKind.SYSTEM
    assert [each.name for each in loaded.relations["temp", "sqlite_temp_master"].columns][-1] == "sql"


def test_tables_that_store_a_virtual_table_cannot_be_named(sqlite: Session) -> None:
    """The shadow tables of a full-text index hold its raw text: they are no relations, but known."""
    sqlite.run("CREATE VIRTUAL TABLE notes_ft USING fts5(title, body)")

    loaded = sqlite.load()
    columns = loaded.relations["main", "notes_ft"].columns

    assert [name for name in names(sqlite, "main") if name != "notes_ft"] == []
    assert loaded.shadows["main", "notes_ft_content"] == ("main", "notes_ft")
    assert [each.name for each in columns if not each.hidden] == ["title", "body"]
    assert [each.name for each in columns if each.hidden] == ["notes_ft", "rank"]


def test_a_virtual_table_names_the_tables_it_reads(sqlite: Session) -> None:
    """An index over another table, and the vocabulary of an index, point to where their text comes from."""
    sqlite.run(
        "CREATE TABLE docs (body TEXT)",
        "CREATE VIRTUAL TABLE ft USING fts5(body, content='docs')",
        "CREATE VIRTUAL TABLE words USING fts5vocab('ft', 'row')",
    )

    relations = sqlite.load().relations

    assert relations["main", "ft"].parents == (("main", "docs"),)
    assert relations["main", "words"].parents == (("main", "ft"),)


@pytest.mark.parametrize(
    ("view", "columns"),
    [
        ("v AS SELECT id, lower(name) AS low FROM people", ["id", "low"]),
        ("v(a, b) AS SELECT id, name FROM people", ["a", "b"]),
        ('"v" ("AS", [b)]) /* AS */ -- AS\n AS WITH c AS (SELECT 1 AS x, 2) SELECT * FROM c', ["AS", "b)"]),
        ("`v`as select name, name from people;", ["name", "name:1"]),
        ("v AS VALUES (1, 2)", ["column1", "column2"]),
    ],
)
def test_a_view_definition_is_its_select(sqlite: Session, view: str, columns: list[str]) -> None:
    """The SELECT is cut out of the CREATE text; its outputs are the view's columns by position."""
    sqlite.run("CREATE TABLE people (id int, name text)", f"CREATE VIEW {view}")

    relation = sqlite.relation("main", "v")
    cursor = sqlite.connection.execute(relation.definition)

    assert sqlglot.parse_one(str(relation.definition), read="sqlite")
    assert [column.name for column in relation.columns] == columns
    assert len(cursor.description) == len(columns)


def test_views_say_where_their_names_are_looked_up(sqlite: Session) -> None:
    """A stored view reads its own database even where a temporary table has the name, as SQLite does."""
    sqlite.run(
        "CREATE TABLE t (a)",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE TEMP TABLE t (a)",
        "CREATE TEMP VIEW w AS SELECT a FROM t",
        "INSERT INTO main.t VALUES ('main')",
        "INSERT INTO temp.t VALUES ('temp')",
    )

    relations = sqlite.load().relations

    assert sqlite.answer("SELECT v.a, w.a FROM v, w") == [("main", "temp")]
    assert relations["main", "v"].definition_path == ("main",)
    assert relations["temp", "w"].definition_path == ("temp", "main")


def test_what_cannot_be_read_is_left_out(sqlite: Session) -> None:
    """A view whose table is gone does not stop the rest from being read, and cannot be named."""
    sqlite.run(
        "CREATE TABLE gone (a)",
        "CREATE VIEW broken AS SELECT a FROM gone",
        "DROP TABLE gone",
        "CREATE TABLE t (a)",
    )

    assert names(sqlite, "main") == {"t": RelationKind.TABLE}


def test_unique_keys_bind_one_row(sqlite: Session) -> None:
    """Partial and expression indexes are no keys, nor those that compare more strictly than the column."""
    sqlite.run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c, d, loose TEXT COLLATE NOCASE, e, UNIQUE (a, b))",
        "CREATE UNIQUE INDEX i1 ON t (c) WHERE c > 0",
        "CREATE UNIQUE INDEX i2 ON t (lower(d))",
        "CREATE UNIQUE INDEX i3 ON t (loose COLLATE BINARY)",
        "CREATE UNIQUE INDEX i4 ON t (e COLLATE NOCASE)",
        "CREATE TABLE w (k TEXT, l TEXT, PRIMARY KEY (k, l)) WITHOUT ROWID",
        "CREATE TABLE x (k TEXT PRIMARY KEY)",
    )

    relations = sqlite.load().relations

    assert set(relations["main", "t"].unique_keys) == {
        frozenset({"id"}),
        frozenset({"a", "b"}),
        frozenset({"e"}),
    }
    assert relations["main", "w"].unique_keys == (frozenset({"k", "l"}),)
    assert relations["main", "x"].unique_keys == (frozenset({"k"}),)


def test_foreign_keys_say_whether_they_write_elsewhere(sqlite: Session) -> None:
    """A foreign key without column names refers to the primary key, in its order."""
    sqlite.run(
        "CREATE TABLE a (x, y, PRIMARY KEY (y, x))",
        "CREATE TABLE b (p, q, FOREIGN KEY (p, q) REFERENCES a (y, x))",
        "CREATE TABLE c (p, q, FOREIGN KEY (p, q) REFERENCES A ON DELETE CASCADE)",
    )

    relations = sqlite.load().relations

    assert relations["main", "b"].foreign_keys == (ForeignKey(("p", "q"), "main", "a", ("y", "x")),)
    assert relations["main", "c"].foreign_keys == (
        ForeignKey(("p", "q"), "main", "A", ("y", "x"), True, "CASCADE"),
    )


def test_triggers_are_told_with_their_text(sqlite: Session) -> None:
    """What runs when a table is written is told, temporary triggers on stored tables included."""
    sqlite.run(
        "CREATE TABLE t (a)",
        "CREATE TRIGGER s AFTER UPDATE OF a ON t WHEN NEW.a > 1 BEGIN DELETE FROM t; END",
        "CREATE TEMP TRIGGER r BEFORE INSERT ON main.t BEGIN SELECT 1; END",
    )

    triggers = {each.name: each for each in sqlite.relation("main", "t").triggers}

    assert triggers["s"].events == {"update"}
    assert triggers["r"].events == {"insert"}
    assert "DELETE FROM t" in str(triggers["s"].body)


def test_the_connection_s_modes_are_told(sqlite: Session) -> None:
    """Settings that change what a statement does are told as the connection has them."""
    sqlite.run("PRAGMA foreign_keys = on")

    loaded = sqlite.load()

    assert loaded.modes["foreign_keys"] == "1"
    assert loaded.modes["encoding"] == "UTF-8"
    assert loaded.database == "database"
    assert loaded.server.startswith("SQLite 3.")


def test_bytes_are_read_as_text(sqlite: Session) -> None:
    """A connection that gives text as bytes has the same catalog."""
    sqlite.run("CREATE TABLE é (a TEXT UNIQUE, b AS (a))", "CREATE VIEW v AS SELECT a FROM é")
    before = sqlite.load()

    sqlite.connection.text_factory = bytes

    assert sqlite.load().relations == before.relations
    assert sqlite.epoch() == before.epoch


def test_loading_opens_no_transaction(sqlite: Session) -> None:
    """Reading the catalog leaves no transaction behind."""
    sqlite.run("CREATE TABLE t (a)")

    sqlite.load()
    sqlite.epoch()

    assert not sqlite.connection.in_transaction
