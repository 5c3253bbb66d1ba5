"""The epoch differs after every change of the schema, and only then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.catalog.sessions import Session

BEFORE = {
    "postgres": [
        "CREATE TABLE t (id int PRIMARY KEY, a varchar(10), b int)",
        "CREATE TABLE u (a varchar(10), CONSTRAINT k UNIQUE (a))",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE MATERIALIZED VIEW m AS SELECT a FROM t",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION g()",
        "CREATE SCHEMA s",
        "CREATE DOMAIN d AS int",
    ],
    "mysql": [
        "CREATE TABLE t (id int PRIMARY KEY, a varchar(10), b int)",
        "CREATE TABLE u (a varchar(10), CONSTRAINT k UNIQUE (a))",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE FUNCTION f() RETURNS int RETURN 1",
        "CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.b = 1",
    ],
    "sqlite": [
        "CREATE TABLE t (id int PRIMARY KEY, a varchar(10), b int)",
        "CREATE TABLE u (a varchar(10), CONSTRAINT k UNIQUE (a))",
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE TRIGGER r BEFORE INSERT ON t BEGIN SELECT 1; END",
    ],
}
COMMON = [
    "CREATE TABLE n (a int)",
    "CREATE VIEW n AS SELECT b FROM t",
    "ALTER TABLE t ADD COLUMN n int",
    "ALTER TABLE t RENAME COLUMN a TO n",
    "ALTER TABLE t RENAME TO n",
    "ALTER TABLE t DROP COLUMN b",
    "CREATE UNIQUE INDEX n ON t (b)",
    "DROP TABLE u",
    "DROP VIEW v",
]
CHANGES = [
    *(("postgres", change) for change in COMMON if change != "DROP VIEW v"),
    *(("mysql", change) for change in COMMON),
    *(("sqlite", change) for change in COMMON if "RENAME COLUMN" not in change),
    ("postgres", "DROP MATERIALIZED VIEW m"),
    ("postgres", "CREATE TEMPORARY TABLE t (x int)"),
    ("postgres", "ALTER TABLE t ALTER COLUMN b SET NOT NULL"),
    ("postgres", "ALTER TABLE u ALTER COLUMN a TYPE varchar(20)"),
    ("postgres", "ALTER TABLE t ADD COLUMN c text GENERATED ALWAYS AS (lower(a)) STORED"),
    ("postgres", "ALTER TABLE t SET SCHEMA s"),
    ("postgres", "ALTER SCHEMA s RENAME TO z"),
    ("postgres", "ALTER DOMAIN d RENAME TO e"),
    ("postgres", "CREATE OR REPLACE VIEW v AS SELECT lower(a)::varchar(10) AS a FROM t"),
    ("postgres", "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'"),
    ("postgres", "ALTER FUNCTION f() IMMUTABLE"),
    ("postgres", "ALTER TABLE t DISABLE TRIGGER r"),
    ("postgres", "DROP TRIGGER r ON t"),
    ("postgres", "CREATE RULE n AS ON DELETE TO t DO INSTEAD NOTHING"),
    ("postgres", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (a)"),
    ("postgres", "ALTER TABLE u DROP CONSTRAINT k"),
    ("postgres", "CREATE TABLE n () INHERITS (t)"),
    ("postgres", "SET search_path TO s"),
    ("mysql", "ALTER TABLE t MODIFY b int NOT NULL"),
    ("mysql", "ALTER TABLE u MODIFY a varchar(20)"),
    ("mysql", "ALTER TABLE t MODIFY b int INVISIBLE"),
    ("mysql", "ALTER TABLE t ADD COLUMN c varchar(10) AS (lower(a))"),
    ("mysql", "ALTER TABLE t ENGINE=MyISAM"),
    ("mysql", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (a)"),
    ("mysql", "ALTER TABLE u DROP INDEX k"),
    ("mysql", "CREATE OR REPLACE VIEW v AS SELECT lower(a) AS a FROM t"),
    ("mysql", "CREATE OR REPLACE FUNCTION f() RETURNS int RETURN 2"),
    ("mysql", "CREATE OR REPLACE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.b = 2"),
    ("mysql", "DROP TRIGGER r"),
    ("mysql", "DROP FUNCTION f"),
    ("mysql", "USE information_schema"),
    ("sqlite", "CREATE TEMP TABLE t (x)"),
    ("sqlite", "CREATE TEMP VIEW v AS SELECT 1"),
    ("sqlite", "DROP TRIGGER r"),
    ("sqlite", "ATTACH ':memory:' AS other"),
]
UNCHANGED = {
    "postgres": [
        "INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2)",
        "UPDATE t SET a = 'z'",
        "DELETE FROM t WHERE id = 1",
        "REFRESH MATERIALIZED VIEW m",
        "TRUNCATE t",
        "ANALYZE",
        "VACUUM",
    ],
    "mysql": [
        "INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2)",
        "UPDATE t SET a = 'z'",
        "DELETE FROM t WHERE id = 1",
        "TRUNCATE t",
        "ANALYZE TABLE t",
    ],
    "sqlite": [
        "INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2)",
        "UPDATE t SET a = 'z'",
        "DELETE FROM t WHERE id = 1",
    ],
}


@pytest.fixture
def session(dialect: str, request: pytest.FixtureRequest) -> Session:
    """A database with one object of each kind."""
    session: Session = request.getfixturevalue(dialect)
    session.run(*BEFORE[dialect])
    return session


@pytest.mark.parametrize(("dialect", "change"), CHANGES)
def test_a_change_of_the_schema_changes_the_epoch(session: Session, change: str) -> None:
    """Whatever DDL changes in a catalog, the epoch differs afterwards, within the same second too."""
    if change == "ALTER TABLE t DROP COLUMN b" and session.dialect.value == "sqlite":
        session.run("DROP TRIGGER r")
    before = session.epoch()

    session.run(change)

    assert session.epoch() != before


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite"])
def test_a_change_of_rows_does_not_change_the_epoch(session: Session, dialect: str) -> None:
    """Rows come and go, tables are emptied, refreshed and analysed: the catalog stays valid."""
    before = session.epoch()
    seen = {}
    for statement in UNCHANGED[dialect]:
        session.run(statement)
        seen[statement] = session.epoch() == before

    assert seen == dict.fromkeys(UNCHANGED[dialect], True)


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite"])
def test_a_catalog_carries_the_epoch_it_was_read_at(session: Session, dialect: str) -> None:
    """The epoch of a loaded catalog is the one that the cheap query gives."""
    assert session.load().epoch == session.epoch()


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite"])
def test_a_change_by_another_session_is_noticed(
    session: Session, dialect: str, request: pytest.FixtureRequest, opened: Callable[[str, str], Session]
) -> None:
    """The epoch tells what others change too."""
    other = opened(dialect, request.getfixturevalue(f"{dialect}_database"))
    before = session.epoch()

    other.run("ALTER TABLE u ADD COLUMN n int")

    assert session.epoch() != before


@pytest.mark.parametrize("dialect", ["postgres"])
def test_two_changes_in_one_transaction_differ(session: Session) -> None:
    """Renaming twice in one transaction gives three epochs, and a rollback gives the first again."""
    first = session.epoch()
    session.run("BEGIN", "ALTER TABLE t RENAME COLUMN a TO x")
    second = session.epoch()
    session.run("ALTER TABLE t RENAME COLUMN x TO y")
    third = session.epoch()
    session.run("ROLLBACK")

    assert len({first, second, third}) == 3
    assert session.epoch() == first


@pytest.mark.parametrize("dialect", ["postgres"])
def test_an_older_transaction_that_commits_later_is_noticed(
    session: Session, postgres_database: str, opened: Callable[[str, str], Session]
) -> None:
    """Transactions commit in another order than they began: none of their changes is missed."""
    slow = opened("postgres", postgres_database)
    slow.run("BEGIN", "ALTER TABLE u RENAME COLUMN a TO slow")
    session.run("ALTER TABLE t RENAME COLUMN b TO fast")
    before = session.epoch()

    slow.run("COMMIT")

    assert session.epoch() != before


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_changes_of_attached_databases_are_noticed(session: Session, tmp_path: Path) -> None:
    """A table made in an attached file changes the epoch."""
    session.run(f"ATTACH '{tmp_path / 'other'}' AS other")
    before = session.epoch()

    session.run("CREATE TABLE other.t (a)")

    assert session.epoch() != before
