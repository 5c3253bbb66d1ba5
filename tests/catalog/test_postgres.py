"""The catalog of a PostgreSQL session tells all that its statements can name."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
import sqlglot

from governed_db.model.catalog import Column, ForeignKey, RelationKind, Trigger
from tests.catalog.sessions import Session

TRIGGER = (
    """CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note = 1; RETURN NEW; END'"""
)


def test_columns_come_in_order_with_their_types(postgres: Session) -> None:
    """Columns are in table order without dropped ones, with full types and generating expressions."""
    postgres.run(
        "CREATE TABLE t (gone int, id int NOT NULL, name varchar(40), tags text[], "
        "low text GENERATED ALWAYS AS (lower(name)) STORED)",
        "ALTER TABLE t DROP COLUMN gone, ADD COLUMN added timestamptz(3)",
    )

    assert postgres.relation("public", "t").columns == (
        Column("id", "integer", not_null=True),
        Column("name", "character varying(40)"),
        Column("tags", "text[]"),
        Column("low", "text", generated_from="lower((name)::text)"),
        Column("added", "timestamp(3) with time zone"),
    )


def test_every_kind_of_relation_is_told(postgres: Session) -> None:
    """Tables, partitions, views, foreign tables, sequences, temporary and system tables are all there."""
    postgres.run(
        "CREATE TABLE plain (a int)",
        "CREATE TABLE parts (a int) PARTITION BY LIST (a)",
        "CREATE TABLE part PARTITION OF parts FOR VALUES IN (1)",
        "CREATE VIEW seen AS SELECT a FROM plain",
        "CREATE MATERIALIZED VIEW kept AS SELECT a FROM plain",
        "CREATE FOREIGN DATA WRAPPER w",
        "CREATE SERVER s FOREIGN DATA WRAPPER w",
        "CREATE FOREIGN TABLE far (a int) SERVER s",
        "CREATE SEQUENCE numbers",
        "CREATE TEMPORARY TABLE mine (a int)",
        "CREATE TABLE empty ()",
    )

    loaded = postgres.load()
    temp = loaded.modes["temp_schema"]
    kinds = {
        name: relation.kind for name, relation in loaded.relations.items() if name[0] in ("public", temp)
    }

    assert kinds == {
        ("public", "plain"): RelationKind.TABLE,
        ("public", "parts"): RelationKind.TABLE,
        ("public", "part"): RelationKind.TABLE,
        ("public", "seen"): RelationKind.VIEW,
        ("public", "kept"): RelationKind.MATERIALIZED_VIEW,
        ("public", "far"): RelationKind.FOREIGN_TABLE,
        ("public", "numbers"): RelationKind.TABLE,
        ("public", "empty"): RelationKind.TABLE,
        (temp, "mine"): RelationKind.TABLE,
    }
    assert loaded.relations[temp, "mine"].temporary
    assert loaded.search_path == (temp, "pg_catalog", "public")
    assert loaded.relations["pg_catalog", "pg_class"].kind is RelationKind.SYSTEM
    assert loaded.relations["information_schema", "columns"].kind is RelationKind.SYSTEM
    assert [key for key in loaded.relations if key[0] == "pg_toast"] == []


def test_temporary_tables_of_others_are_not_told(
    postgres: Session, postgres_database: str, opened: Callable[[str, str], Session]
) -> None:
    """A session sees its own temporary tables only, and those of others change nothing for it."""
    before = postgres.epoch()

    opened("postgres", postgres_database).run("CREATE TEMPORARY TABLE theirs (a int PRIMARY KEY, b text)")

    assert [name for _, name in postgres.load().relations if name == "theirs"] == []
    assert postgres.epoch() == before


def test_views_are_rendered_for_the_search_path_of_the_session(postgres: Session) -> None:
    """A view's unqualified names are those that the session's own search path finds."""
    postgres.run(
        "CREATE SCHEMA other",
        "CREATE TABLE t (a int)",
        "CREATE TABLE other.t (a int)",
        "CREATE VIEW v AS SELECT o.a, n.a AS b FROM other.t o, public.t n",
    )
    here = postgres.relation("public", "v")
    postgres.run("SET search_path TO other")
    there = postgres.relation("public", "v")

    assert here.definition_path == ("pg_catalog", "public")
    assert "other.t o" in str(here.definition)
    assert " t n" in str(here.definition)
    assert there.definition_path == ("pg_catalog", "other")
    assert "public.t n" in str(there.definition)
    assert " t o" in str(there.definition)


@pytest.mark.parametrize(
    "select",
    [
        "SELECT id, lower(name) AS name FROM people",
        "SELECT p.name, q.name AS other FROM people p LEFT JOIN people q USING (id)",
        "WITH c AS (SELECT id FROM people) SELECT count(*) AS n FROM c",
        "SELECT name FROM people UNION SELECT name FROM people ORDER BY 1",
        "SELECT name, row_number() OVER (PARTITION BY name ORDER BY id) AS r FROM people",
    ],
)
def test_a_view_definition_is_a_select_with_the_view_s_columns(postgres: Session, select: str) -> None:
    """A definition stands for its view: it parses, runs, and gives the same columns in the same order."""
    postgres.run("CREATE TABLE people (id int, name text)", f"CREATE VIEW v AS {select}")

    view = postgres.relation("public", "v")
    cursor = postgres.connection.execute(view.definition)

    assert isinstance(sqlglot.parse_one(str(view.definition), read="postgres"), sqlglot.exp.Query)
    assert [each.name for each in cursor.description] == [column.name for column in view.columns]


def test_unique_keys_bind_one_row(postgres: Session) -> None:
    """Partial, expression, deferrable and inherited keys are no unique keys: they can match many rows."""
    postgres.run(
        "CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int, d text, e int, UNIQUE (b, a) INCLUDE (c))",
        "CREATE UNIQUE INDEX ON t (c) WHERE a > 0",
        "CREATE UNIQUE INDEX ON t (lower(d))",
        "ALTER TABLE t ADD UNIQUE (e) DEFERRABLE",
        "CREATE TABLE base (id int PRIMARY KEY)",
        "CREATE TABLE child () INHERITS (base)",
        "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY LIST (id)",
        "CREATE TABLE part PARTITION OF parts FOR VALUES IN (1)",
    )

    relations = postgres.load().relations

    assert set(relations["public", "t"].unique_keys) == {frozenset({"id"}), frozenset({"a", "b"})}
    assert relations["public", "base"].unique_keys == ()
    assert relations["public", "parts"].unique_keys == (frozenset({"id"}),)


def test_parents_are_told(postgres: Session) -> None:
    """Partitions and inheriting tables name the tables through which their rows are read too."""
    postgres.run(
        "CREATE TABLE base (id int)",
        "CREATE TABLE other (x int)",
        "CREATE TABLE child () INHERITS (base, other)",
    )

    assert set(postgres.relation("public", "child").parents) == {("public", "base"), ("public", "other")}


def test_foreign_keys_say_whether_they_write_elsewhere(postgres: Session) -> None:
    """A foreign key that deletes, nulls or updates rows of its own table cascades, others do not."""
    postgres.run(
        "CREATE TABLE a (x int, y int, PRIMARY KEY (y, x))",
        "CREATE TABLE b (p int, q int, FOREIGN KEY (p, q) REFERENCES a (y, x))",
        "CREATE TABLE c (p int, q int, FOREIGN KEY (p, q) REFERENCES a ON DELETE SET NULL)",
    )

    relations = postgres.load().relations

    assert relations["public", "b"].foreign_keys == (ForeignKey(("p", "q"), "public", "a", ("y", "x")),)
    assert relations["public", "c"].foreign_keys == (
        ForeignKey(("p", "q"), "public", "a", ("y", "x"), True, "SET NULL"),
    )


def test_triggers_and_rules_are_told_with_their_bodies(postgres: Session) -> None:
    """What runs when a table is written is told: triggers with their code, rules with their text."""
    postgres.run(
        "CREATE TABLE t (a int UNIQUE, note int REFERENCES t (a))",
        TRIGGER,
        "CREATE TRIGGER s BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION stamp()",
        "CREATE TRIGGER off BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION stamp()",
        "ALTER TABLE t DISABLE TRIGGER off",
        "CREATE RULE r AS ON DELETE TO t DO INSTEAD UPDATE t SET note = 0",
    )

    trigger, rule = postgres.relation("public", "t").triggers

    body = "BEGIN NEW.note = 1; RETURN NEW; END"
    assert trigger == Trigger("s", frozenset({"insert", "update"}), body)
    assert (rule.name, rule.events) == ("r", frozenset({"delete"}))
    assert "DO INSTEAD" in str(rule.body)
    assert "UPDATE" in str(rule.body)


def test_routines_of_users_are_told(postgres: Session) -> None:
    """Functions and procedures of users come with language, volatility and body, overloads side by side."""
    postgres.run(
        "CREATE FUNCTION one(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1'",
        "CREATE FUNCTION one(text) RETURNS int STABLE LANGUAGE sql BEGIN ATOMIC SELECT length($1); END",
        "CREATE PROCEDURE act() LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE FUNCTION native(internal) RETURNS void LANGUAGE internal AS 'array_typanalyze'",
        "CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)",
    )

    routines = postgres.load().routines
    first, second = routines["public", "one"]

    assert (first.language, first.volatility, first.body) == ("sql", "immutable", "SELECT $1")
    assert second.volatility == "stable"
    assert "length($1)" in str(second.body)
    assert routines["public", "act"][0].kind == "procedure"
    assert routines["public", "native"][0].body is None
    assert routines["public", "total"][0].kind == "aggregate"
    assert {schema for schema, _ in routines} == {"public"}


def test_modes_are_those_of_the_session(postgres: Session) -> None:
    """Settings that change how a statement is read are told as the session has them."""
    postgres.run("SET standard_conforming_strings = off", "SET bytea_output = escape")

    loaded = postgres.load()

    assert loaded.modes["standard_conforming_strings"] == "off"
    assert loaded.modes["bytea_output"] == "escape"
    assert loaded.modes["client_encoding"] == "UTF8"
    assert loaded.server.startswith("PostgreSQL ")
    assert loaded.database == postgres.connection.info.dbname


def test_loading_leaves_the_session_as_it_was(postgres: Session) -> None:
    """Reading the catalog changes no setting and opens no transaction."""
    postgres.run("CREATE TABLE t (a int)", "CREATE VIEW v AS SELECT a FROM t")
    settings = "SELECT name, setting FROM pg_settings ORDER BY name"
    before = postgres.answer(settings)

    postgres.load()
    postgres.epoch()

    assert postgres.answer(settings) == before
    assert postgres.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_a_temporary_table_cannot_pose_as_a_system_table(postgres: Session) -> None:
    """A temporary pg_class is found first by name, and still the true one is read."""
    postgres.run("CREATE TABLE t (a int)", "CREATE TEMPORARY TABLE pg_class (oid oid)")

    assert ("public", "t") in postgres.load().relations


def test_odd_names_survive(postgres: Session) -> None:
    """Names with quotes, spaces, dots and letters beyond ASCII come out as they are stored."""
    postgres.run('CREATE SCHEMA "a.b"', 'CREATE TABLE "a.b"."T ""x"" é" ("c,d" int PRIMARY KEY, "Ü\\" text)')

    relation = postgres.relation("a.b", 'T "x" é')

    assert [column.name for column in relation.columns] == ["c,d", "Ü\\"]
    assert relation.unique_keys == (frozenset({"c,d"}),)


def test_loading_takes_few_queries(postgres: Session) -> None:
    """A catalog costs four round trips, an epoch one."""
    asked: list[str] = []
    counting = Session(
        postgres.dialect, postgres.connection, lambda query: asked.append(query) or postgres.answer(query)
    )

    counting.load()
    assert len(asked) == 4

    counting.epoch()
    assert len(asked) == 5
