"""The catalog of a MariaDB session tells all that its statements can name."""

from __future__ import annotations

import pytest
import sqlglot

from governed_db.context import catalog
from governed_db.context.catalog import mysql_queries as queries
from governed_db.model.catalog import Column, Dialect, ForeignKey, RelationKind, Trigger
from tests.catalog.sessions import Session, drive


@pytest.fixture
def here(mysql: Session) -> str:
    """The name of the current database."""
    return str(mysql.answer("SELECT DATABASE()")[0][0])


def test_columns_come_in_order_with_their_types(mysql: Session, here: str) -> None:
    """Columns are in table order, with full types, generating expressions and what `*` leaves out."""
    mysql.run(
        "CREATE TABLE t (id int unsigned NOT NULL, name varchar(40), low varchar(40) AS (lower(name)) STORED,"
        " secret int INVISIBLE, kind enum('a','B'))"
    )

    assert mysql.relation(here, "t").columns == (
        Column("id", "int(10) unsigned", not_null=True),
        Column("name", "varchar(40)"),
        Column("low", "varchar(40)", generated_from="lcase(`name`)"),
        Column("secret", "int(11)", hidden=True),
        Column("kind", "enum('a','b')"),
    )


def test_every_kind_of_relation_is_told(mysql: Session, here: str) -> None:
    """Tables of all engines, views, sequences and the server's own schemas are all there."""
    mysql.run(
        "CREATE TABLE plain (a int) ENGINE=InnoDB",
        "CREATE TABLE unsafe (a int) ENGINE=MyISAM",
        "CREATE TABLE versioned (a int) WITH SYSTEM VERSIONING",
        "CREATE VIEW seen AS SELECT a FROM plain",
        "CREATE SEQUENCE numbers",
        "CREATE TABLE parts (a int) PARTITION BY HASH (a) PARTITIONS 2",
    )

    relations = mysql.load().relations
    ours = {name: each for (schema, name), each in relations.items() if schema == here}

    assert {name: (each.kind, each.transactional) for name, each in ours.items()} == {
        "plain": (RelationKind.TABLE, True),
        "unsafe": (RelationKind.TABLE, False),
        "versioned": (RelationKind.TABLE, True),
        "seen": (RelationKind.VIEW, True),
        "numbers": (RelationKind.TABLE, True),
        "parts": (RelationKind.TABLE, True),
    }
    for key in [("information_schema", "TABLES"), ("mysql", "user"), ("performance_schema", "threads")]:
        assert relations[key].kind is RelationKind.SYSTEM
        assert relations[key].columns


@pytest.mark.parametrize(
    "select",
    [
        "SELECT id, lower(name) AS name FROM people",
        "SELECT p.name, q.name AS other FROM people p LEFT JOIN people q USING (id)",
        "WITH c AS (SELECT id FROM people) SELECT count(*) AS n FROM c",
        "SELECT name FROM people UNION SELECT name FROM people ORDER BY 1",
        "SELECT concat(name, 'x''y') FROM people",
    ],
)
def test_a_view_definition_is_a_select_with_the_view_s_columns(
    mysql: Session, here: str, select: str
) -> None:
    """A definition stands for its view: it parses, runs anywhere, and gives the same columns in order."""
    mysql.run("CREATE TABLE people (id int, name text)", f"CREATE VIEW v AS {select}")

    view = mysql.relation(here, "v")
    mysql.run("USE mysql")
    cursor = mysql.connection.cursor()
    cursor.execute(view.definition)

    assert isinstance(sqlglot.parse_one(str(view.definition), read="mysql"), sqlglot.exp.Query)
    assert [each[0] for each in cursor.description] == [column.name for column in view.columns]


def test_keys_and_references_are_told(mysql: Session, here: str) -> None:
    """Unique keys and foreign keys are told, and which of those write elsewhere."""
    mysql.run(
        "CREATE TABLE a (x int, y int, z varchar(99), PRIMARY KEY (y, x), UNIQUE KEY (z(10)), KEY (x))",
        "CREATE TABLE b (p int, q int, FOREIGN KEY (p, q) REFERENCES a (y, x))",
        "CREATE TABLE c (p int, q int, FOREIGN KEY (p, q) REFERENCES a (y, x) ON DELETE CASCADE)",
    )

    relations = mysql.load().relations

    assert set(relations[here, "a"].unique_keys) == {frozenset({"x", "y"}), frozenset({"z"})}
    assert relations[here, "b"].foreign_keys == (ForeignKey(("p", "q"), here, "a", ("y", "x")),)
    assert relations[here, "c"].foreign_keys == (
        ForeignKey(("p", "q"), here, "a", ("y", "x"), True, "CASCADE"),
    )


def test_triggers_and_routines_are_told_with_their_bodies(mysql: Session, here: str) -> None:
    """What runs when a table is written or a routine is called is told with its code."""
    mysql.run(
        "CREATE TABLE t (a int)",
        "CREATE TRIGGER s BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1",
        "CREATE FUNCTION one() RETURNS int DETERMINISTIC NO SQL RETURN 1",
        "CREATE PROCEDURE one() BEGIN DELETE FROM t; END",
    )

    loaded = mysql.load()
    function, procedure = loaded.routines[here, "one"]

    assert loaded.relations[here, "t"].triggers == (Trigger("s", frozenset({"insert"}), "SET NEW.a = 1"),)
    assert (function.kind, function.language, function.body) == ("function", "sql", "RETURN 1")
    assert (procedure.kind, procedure.body) == ("procedure", "BEGIN DELETE FROM t; END")


def test_a_declared_volatility_is_not_believed(mysql: Session, here: str) -> None:
    """The server does not check DETERMINISTIC, so every routine counts as volatile."""
    mysql.run("CREATE FUNCTION now_() RETURNS double DETERMINISTIC NO SQL RETURN rand()")

    assert mysql.load().routines[here, "now_"][0].volatility == "volatile"


def test_the_session_s_modes_and_database_are_told(mysql: Session, here: str) -> None:
    """Settings that change how a statement is read are told as the session has them."""
    mysql.run("SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'", "CREATE TEMPORARY TABLE hidden (a int)")

    loaded = mysql.load()

    assert loaded.modes["sql_mode"] == "ANSI_QUOTES,NO_BACKSLASH_ESCAPES"
    assert loaded.modes["character_set_client"] == "utf8mb4"
    assert loaded.modes["temporary_tables_created"] == "1"
    assert (loaded.database, loaded.search_path) == (here, (here,))
    assert loaded.server.startswith("MariaDB 1")


def test_no_session_setting_cuts_the_catalog_short(mysql: Session, here: str) -> None:
    """Row limits, length limits and SQL modes of the session do not change what is read."""
    mysql.run(
        'CREATE TABLE t (a int PRIMARY KEY, `b"` int AS (a + 1))',
        "ALTER TABLE t ADD c text AS (concat('\"\\'', `b\"`, 'a\\\\'))",
        "CREATE VIEW v AS SELECT a FROM t",
    )
    before = mysql.load()
    mysql.run(
        "SET sql_select_limit = 1, group_concat_max_len = 4, sql_safe_updates = 1",
        "SET sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,EMPTY_STRING_IS_NULL,HIGH_NOT_PRECEDENCE'",
    )

    after = mysql.load()

    assert {key: each for key, each in after.relations.items() if key[0] == here} == {
        key: each for key, each in before.relations.items() if key[0] == here
    }
    assert set(after.relations) == set(before.relations)


def test_loading_opens_no_transaction(mysql: Session) -> None:
    """With autocommit off a SELECT of a table opens a transaction; reading the catalog does not."""
    mysql.run("CREATE TABLE t (a int)", "CREATE VIEW v AS SELECT a FROM t", "SET autocommit = 0")

    mysql.load()
    mysql.epoch()
    assert mysql.answer("SELECT @@in_transaction") == [(0,)]

    mysql.answer("SELECT a FROM t")
    assert mysql.answer("SELECT @@in_transaction") == [(1,)]


def test_odd_names_survive(mysql: Session, here: str) -> None:
    """Names with quotes, spaces, dots and letters beyond ASCII come out as they are stored."""
    mysql.run('CREATE TABLE `T "x".é` (`c,d` int PRIMARY KEY, `Ü\\` text)')

    relation = mysql.relation(here, 'T "x".é')

    assert [column.name for column in relation.columns] == ["c,d", "Ü\\"]
    assert relation.unique_keys == (frozenset({"c,d"}),)


def test_what_the_server_brings_is_read_once(mysql: Session, here: str) -> None:
    """With the catalog of before, the columns of the server's own tables are not asked for again."""
    before = mysql.load()
    mysql.run("CREATE TABLE later (id int)")
    asked: list[str] = []

    def answer(query: str) -> list[tuple[object, ...]]:
        asked.append(query)
        return mysql.answer(query)

    again = drive(catalog.load(Dialect.MYSQL, before), answer)

    assert queries.SYSTEM_COLUMNS not in asked
    assert again.relations[here, "later"].columns == (Column("id", "int(11)"),)
    assert again.relations["information_schema", "TABLES"].columns != ()
    theirs = "information_schema", "mysql", "performance_schema", "sys"
    assert all(again.relations[name] == one for name, one in before.relations.items() if name[0] in theirs)
