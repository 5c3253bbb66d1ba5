"""Promise: what SQLite says it reads and changes is what analysis found, or nothing is run."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import attrs
import pytest

import governed_db
from governed_db.core.plan import Plan
from governed_db.enforce.sqlite.constraints import computed_from
from governed_db.enforce.sqlite.opinion import Opinion
from governed_db.enforce.sqlite.script import statements

SCHEMA = """
CREATE TABLE owners (id integer PRIMARY KEY, name text, email text UNIQUE);
CREATE TABLE pets (
    id integer PRIMARY KEY AUTOINCREMENT,
    owner_id integer NOT NULL REFERENCES owners (id) ON DELETE CASCADE ON UPDATE CASCADE,
    kind text CHECK (kind IN ('cat', 'dog') OR length(kind) > 5),
    weight real,
    heavy integer GENERATED ALWAYS AS (weight > 20) VIRTUAL,
    grams real GENERATED ALWAYS AS (weight * 1000) STORED
);
CREATE TABLE changes (pet integer, was text);
CREATE INDEX by_lower_kind ON pets (lower(kind));
CREATE INDEX heavy_ones ON pets (owner_id) WHERE weight > 20;
CREATE TRIGGER watch AFTER UPDATE ON pets BEGIN
    INSERT INTO changes SELECT old.id, (SELECT name FROM owners WHERE id = old.owner_id);
END;
CREATE VIEW kept AS SELECT p.id, p.kind, o.id AS owner FROM pets p JOIN owners o ON o.id = p.owner_id;
CREATE VIRTUAL TABLE words USING fts5(body);
INSERT INTO owners VALUES (1, 'Fake Owner', 'fake@example.org'), (2, 'Other Owner', 'other@example.org');
INSERT INTO pets (owner_id, kind, weight) VALUES (1, 'cat', 4), (1, 'dog', 30), (2, 'hamster', 0.1);
INSERT INTO words VALUES ('plain words');
"""

ORDINARY = [
    "SELECT * FROM pets",
    "SELECT heavy, grams FROM pets WHERE weight > 3",
    "SELECT p.kind FROM pets p JOIN owners o ON o.id = p.owner_id WHERE o.id = 1",
    "SELECT * FROM kept",
    "SELECT count(*) FROM pets",
    "SELECT rowid, kind FROM pets",
    "SELECT 1",
    "WITH pets AS (SELECT 1) SELECT count(*) FROM pets",
    "SELECT kind, count(*) FROM pets GROUP BY kind HAVING count(*) > 0 ORDER BY 2",
    "WITH heavy AS (SELECT id FROM pets WHERE weight > 20) SELECT * FROM heavy",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n",
    "SELECT id FROM pets UNION SELECT id FROM owners",
    "SELECT (SELECT max(weight) FROM pets WHERE owner_id = o.id) FROM owners o",
    "SELECT row_number() OVER (ORDER BY id) FROM pets",
    "SELECT upper(kind), date('2025-01-01'), kind LIKE 'c%', kind GLOB 'c*' FROM pets",
    "SELECT name FROM sqlite_master WHERE type = 'table'",
    "SELECT name FROM sqlite_schema",
    "SELECT body FROM words WHERE words MATCH 'plain'",
    "PRAGMA table_info(pets)",
    "SELECT name FROM pragma_table_info('pets')",
    "EXPLAIN QUERY PLAN SELECT kind FROM pets",
    "INSERT INTO pets (owner_id, kind, weight) VALUES (2, 'dog', 8)",
    "INSERT INTO pets (owner_id, kind) SELECT owner_id, kind FROM pets WHERE id = 1",
    "INSERT INTO pets (id, owner_id, kind) VALUES (1, 1, 'dog') ON CONFLICT (id) DO UPDATE SET kind = 'cat'",
    "INSERT OR REPLACE INTO pets (id, owner_id, kind) VALUES (1, 2, 'dog')",
    "INSERT INTO words VALUES ('other words')",
    "UPDATE pets SET weight = weight + 1 WHERE id = 2",
    "UPDATE pets SET kind = 'elephant' WHERE id = 2 RETURNING id, kind",
    "UPDATE owners SET id = 9 WHERE id = 2",
    "UPDATE words SET body = 'new' WHERE rowid = 1",
    "DELETE FROM pets WHERE id = 3",
    "DELETE FROM owners WHERE id = 1",
    "DELETE FROM words WHERE rowid = 1",
]


@pytest.fixture
def pets(open_: Any, tmp_path: Path) -> Any:
    """A database with everything that makes SQLite read more than a statement names."""
    path = tmp_path / "pets.sqlite"
    raw = sqlite3.connect(path)
    raw.executescript(SCHEMA)
    raw.close()
    connection = open_(f"sqlite:///{path}")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_statements_have_no_objection(pets: Any, text: str) -> None:
    """Constraints, triggers, cascades, views, indexes and full-text tables work as ever."""
    pets.execute(text).fetchall()


@pytest.mark.parametrize(
    "text",
    [
        "SELECT id FROM boxes WHERE low >= 0",
        "INSERT INTO boxes VALUES (2, 0, 1)",
        "INSERT INTO words VALUES ('more')",
    ],
)
def test_virtual_tables_open_where_the_catalog_is_known(open_: Any, tmp_path: Path, text: str) -> None:
    """The first statement of a second connection opens them; what they prepare then is no objection."""
    path = tmp_path / "boxes.sqlite"
    raw = sqlite3.connect(path)
    raw.executescript(
        "CREATE VIRTUAL TABLE boxes USING rtree(id, low, high); INSERT INTO boxes VALUES (1, 0, 9)"
    )
    raw.executescript(
        "CREATE VIRTUAL TABLE words USING fts5(body); CREATE TABLE t (a); INSERT INTO t VALUES (1)"
    )
    raw.executescript("CREATE INDEX i ON t (a); ANALYZE")
    raw.close()
    open_(f"sqlite:///{path}").execute("SELECT a FROM t").fetchall()

    open_(f"sqlite:///{path}").execute(text).fetchall()


def test_structure_can_be_changed(open_: Any) -> None:
    """Where policy permits changes of structure, no objection stands in their way."""
    rule = {"id": "standard/schema-changes", "effect": "permit", "actions": ["ddl"]}
    policy = {"version": 1, "extends": "standard", "rules": [rule]}
    connection = open_("sqlite://", policy=policy)
    made = [text for text in statements(SCHEMA) if not re.search("TRIGGER|words", text)]

    for text in [*made, "ALTER TABLE pets ADD COLUMN color text DEFAULT 'grey'", "DROP INDEX heavy_ones"]:
        connection.execute(text)

    assert connection.execute("SELECT count(*) FROM pets").fetchone() == (3,)


def opinion(connection: Any, text: str, **changes: Any) -> Opinion:
    """The second opinion on a statement whose facts were changed as if analysis had missed something."""
    plan: Plan = connection._governed_plan(text, None)
    assert plan.facts is not None
    plan = attrs.evolve(plan, facts=attrs.evolve(plan.facts, **changes))
    return Opinion(plan, connection._governed.gate.catalog, frozenset())


def test_a_column_that_analysis_missed_is_an_objection(reading: Any) -> None:
    """One column more than the facts have is enough."""
    missed = opinion(reading, "SELECT id, email FROM customers", columns=frozenset())

    assert missed.objection(sqlite3.SQLITE_READ, "customers", "email", "main", None) == (
        "SQLite reads main.customers.email, which analysis did not find"
    )
    assert missed.objection(sqlite3.SQLITE_SELECT, None, None, None, None) is None


def test_changes_that_analysis_missed_are_objections(reading: Any) -> None:
    """A read must not write, run a pragma, attach a file or call what is not known."""
    read = opinion(reading, "SELECT id FROM orders")

    assert read.objection(sqlite3.SQLITE_DELETE, "orders", None, "main", None)
    assert read.objection(sqlite3.SQLITE_PRAGMA, "writable_schema", "on", None, None)
    assert read.objection(sqlite3.SQLITE_ATTACH, "other.sqlite", None, None, None)
    assert read.objection(sqlite3.SQLITE_FUNCTION, None, "load_extension", None, None)
    assert read.objection(sqlite3.SQLITE_DROP_TABLE, "orders", None, "main", None)


def test_an_objection_is_a_refusal(reading: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's no becomes our refusal, which says what differs, and no row is handed out."""
    plan: Plan = reading._governed_plan("SELECT id, email FROM customers", None)
    assert plan.facts is not None
    blind = attrs.evolve(plan, is_plain=True, facts=attrs.evolve(plan.facts, columns=frozenset()))
    gate = reading._governed.gate
    gate.planner.cache.plans(gate.context().principal)["SELECT id, email FROM customers"] = blind

    with pytest.raises(governed_db.StatementDenied, match=r"GDB130 SQLite reads main\.customers\.id"):
        reading.execute("SELECT id, email FROM customers")


def test_another_number_of_columns_is_a_refusal(shop: Any, raw: sqlite3.Connection) -> None:
    """When the schema changes behind a plan, its masks no longer fit, and nothing is handed out."""
    policy_query = "SELECT * FROM customers WHERE id = 1"
    shop.execute(policy_query).fetchall()
    raw.execute("ALTER TABLE customers ADD COLUMN passport_number text DEFAULT 'fake'")

    with pytest.raises(governed_db.StatementDenied, match=r"GDB130|GDB221"):
        shop.execute(policy_query)

    assert len(shop.execute(policy_query).fetchone()) == 12


def test_what_is_computed_is_read_from_the_schema() -> None:
    """Names in CHECK, generated columns and computed indexes; not those of plain columns."""
    texts = [
        'CREATE TABLE t (a, b CHECK (b > c), d AS (e + "f g"), h DEFAULT (1), UNIQUE (i))',
        "CREATE UNIQUE INDEX x ON t (lower(j)) WHERE k IS NOT NULL",
        "not sql '",
    ]

    assert computed_from(texts) >= {"b", "c", "e", "f g", "j", "k"}
    assert computed_from(texts).isdisjoint({"a", "d", "h", "i"})
