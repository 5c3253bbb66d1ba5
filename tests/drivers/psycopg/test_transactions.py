"""Promise: governing opens no transaction, breaks none, and leaves each as psycopg itself would."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus

import governed_db
from governed_db import psycopg as governed_psycopg
from tests.contract.shop import BOUNDED
from tests.drivers.psycopg.relay import Relay

IDLE, INTRANS, INERROR = TransactionStatus.IDLE, TransactionStatus.INTRANS, TransactionStatus.INERROR
UPDATE = "UPDATE orders SET status = 'held' WHERE id <= %s AND total > 0"


def status(connection: Any) -> TransactionStatus:
    """What the server said last."""
    return TransactionStatus(connection.info.transaction_status)


def held(connection: Any) -> int:
    """Orders that a test has held."""
    found: int = connection.execute("SELECT count(*) FROM orders WHERE status = 'held'").fetchone()[0]
    return found


def test_looking_at_the_catalog_begins_nothing(relay: Relay) -> None:
    """A refused first statement has read the catalog, and no BEGIN has left."""
    with closing(governed_psycopg.connect(relay.url)) as connection:
        with pytest.raises(governed_db.StatementDenied):
            connection.execute("SELECT nothing FROM customers")

        assert status(connection) == IDLE
        assert "BEGIN" not in relay.sent
        assert any("pg_catalog.pg_class" in text for text in relay.sent)


def test_looking_inside_a_transaction_keeps_it(shop: Any) -> None:
    """What is asked of the catalog then stands behind a savepoint that is gone afterwards."""
    shop.execute("SELECT 1")
    shop._governed.gate.schema_changed()

    shop.execute("SELECT count(*) FROM orders")

    assert status(shop) == INTRANS
    with pytest.raises(psycopg.errors.InvalidSavepointSpecification):
        shop.wait(shop._exec_command(b'RELEASE "governed_db_look"'))


def test_a_failed_transaction_can_be_asked_nothing_and_rolled_back(shop: Any) -> None:
    """Nothing is looked up in it; the server says that it has failed, and ROLLBACK works as text, too."""
    shop.execute("SELECT 1")
    with pytest.raises(psycopg.errors.DivisionByZero):
        shop.execute("SELECT 1 / (id - id) FROM orders")
    shop._governed.gate.schema_changed()

    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        shop.execute("SELECT count(*) FROM orders")
    assert status(shop) == INERROR

    shop.execute("ROLLBACK")
    assert shop.execute("SELECT count(*) FROM orders").fetchone() == (60,)


@pytest.mark.parametrize("autocommit", [True, False])
@pytest.mark.parametrize("begun", [True, False])
def test_an_oversized_write_leaves_the_transaction(
    open_: Any, postgres_shop: str, *, autocommit: bool, begun: bool
) -> None:
    """Inside of one or not, in autocommit mode or not: as it was before the call, with what it held."""
    shop = open_(postgres_shop, policy=BOUNDED)
    shop.autocommit = autocommit
    if begun:
        shop.execute("BEGIN")
        shop.execute(UPDATE, [3])
    before = status(shop)

    with pytest.raises(governed_db.ApprovalRequired):
        shop.execute(UPDATE, [20])

    assert status(shop) == before
    assert held(shop) == (3 if begun else 0)


def test_a_bounded_write_commits_in_autocommit_mode(open_: Any, postgres_shop: str, raw: Any) -> None:
    """The transaction around it is its own."""
    shop = open_(postgres_shop, policy=BOUNDED)
    shop.autocommit = True

    assert shop.execute(UPDATE, [3]).rowcount == 3
    assert (status(shop), held(raw)) == (IDLE, 3)


def test_a_bounded_write_stays_open_otherwise(open_: Any, postgres_shop: str, raw: Any) -> None:
    """As after any statement, until commit."""
    shop = open_(postgres_shop, policy=BOUNDED)

    shop.execute(UPDATE, [3])
    assert (status(shop), held(raw)) == (INTRANS, 0)

    shop.commit()
    assert held(raw) == 3


def test_a_bounded_write_that_fails_ends_only_its_own_transaction(open_: Any, postgres_shop: str) -> None:
    """In autocommit mode nothing stays open; else the failed transaction is the caller's, as always."""
    shop = open_(postgres_shop, policy=BOUNDED)
    failing = "UPDATE orders SET customer_id = 0 WHERE id <= 3 AND total > 0"

    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        shop.execute(failing)
    assert status(shop) == INERROR

    shop.rollback()
    shop.autocommit = True
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        shop.execute(failing)
    assert status(shop) == IDLE


def test_rows_of_an_oversized_write_are_not_handed_out(open_: Any, postgres_shop: str) -> None:
    """RETURNING of what was rolled back has no result."""
    cursor = open_(postgres_shop, policy=BOUNDED).cursor()

    with pytest.raises(governed_db.ApprovalRequired):
        cursor.execute(f"{UPDATE} RETURNING id", [20])

    assert cursor.pgresult is None
    with pytest.raises(psycopg.ProgrammingError, match="no result available"):
        cursor.fetchone()


def test_changes_inside_with_are_counted_by_the_server(open_: Any, postgres_shop: str, raw: Any) -> None:
    """The driver's count is of the rows that the outer query returns: one."""
    shop = open_(postgres_shop, policy=BOUNDED)
    text = "WITH gone AS ({}) SELECT count(*) FROM gone".format(f"{UPDATE} RETURNING id")

    with pytest.raises(governed_db.StatementDenied):
        shop.execute(text, [20])
    assert held(raw) == 0

    assert shop.execute(text, [3]).fetchone() == (3,)


def test_many_writes_are_bounded_together(open_: Any, postgres_shop: str) -> None:
    """executemany of single rows is one change of many."""
    shop = open_(postgres_shop, policy=BOUNDED)
    cursor = shop.cursor()
    text = "UPDATE orders SET status = 'held' WHERE id = %s"

    cursor.executemany(text, [[number] for number in range(1, 6)])
    assert (cursor.rowcount, held(shop)) == (5, 5)
    shop.rollback()

    with pytest.raises(governed_db.ApprovalRequired):
        cursor.executemany(text, ([number] for number in range(1, 7)))
    assert (status(shop), held(shop)) == (IDLE, 0)


def test_what_follows_a_failure_in_a_pipeline_is_not_run(reading: Any) -> None:
    """Until the caller synchronises it, also when the statement is seen for the first time."""
    reading.autocommit = True
    with reading.pipeline() as pipeline:
        first = reading.execute("SELECT 1")
        with pytest.raises(psycopg.errors.DivisionByZero):
            reading.execute("SELECT 1 / (id - id) FROM orders").fetchone()
        with pytest.raises(psycopg.errors.PipelineAborted):
            reading.execute("SELECT 2 AS never_seen FROM orders").fetchone()
        pipeline.sync()
        last = reading.execute("SELECT 3")

    assert (first.fetchone(), last.fetchone()) == ((1,), (3,))


def test_a_pipeline_goes_on_after_a_rollback(reading: Any) -> None:
    """Rolling back synchronises it, also for a statement that is seen for the first time."""
    with reading.pipeline() as pipeline:
        reading.execute("SELECT 1 / (id - id) FROM orders")
        with pytest.raises(psycopg.errors.DivisionByZero):
            pipeline.sync()
        reading.rollback()
        last = reading.execute("SELECT id AS never_seen_before FROM orders ORDER BY id")

    assert last.fetchone() == (1,)


def test_a_bounded_write_in_a_pipeline(open_: Any, postgres_shop: str) -> None:
    """The pipeline is emptied and left for it, and goes on afterwards."""
    shop = open_(postgres_shop, policy=BOUNDED)
    with shop.pipeline():
        first = shop.execute("SELECT id FROM orders WHERE id = 1")
        with pytest.raises(governed_db.ApprovalRequired):
            shop.execute(UPDATE, [20])
        written = shop.execute(UPDATE, [3])
        last = shop.execute("SELECT count(*) FROM orders WHERE status = 'held'")

        assert (first.fetchone(), written.rowcount, last.fetchone()) == ((1,), 3, (3,))
        assert shop.info.pipeline_status == psycopg.pq.PipelineStatus.ON


def test_transaction_blocks_nest(shop: Any) -> None:
    """psycopg's own BEGIN, SAVEPOINT and ROLLBACK TO pass by their shape."""
    with shop.transaction():
        shop.execute(UPDATE, [1])
        with shop.transaction(savepoint_name='a "quoted" name') as inner:
            shop.execute(UPDATE, [2])
            raise psycopg.Rollback(inner)

    assert held(shop) == 1


def test_isolation_and_access_mode(shop: Any) -> None:
    """The setters work, and so does what they put into BEGIN."""
    shop.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
    shop.read_only = True
    shop.deferrable = True

    assert shop.execute("SHOW transaction_isolation").fetchone() == ("serializable",)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        shop.execute("UPDATE orders SET status = 'held' WHERE id = 1")


def test_what_rolls_back_the_schema_is_noticed(open_: Any, postgres_shop: str) -> None:
    """A column that was renamed and renamed back by ROLLBACK means again what it meant before."""
    permitting = {
        "version": 1,
        "extends": "standard",
        "rules": [{"id": "standard/schema-changes", "effect": "permit", "actions": ["ddl"]}],
    }
    shop = open_(postgres_shop, policy=permitting)
    shop.execute("ALTER TABLE products RENAME COLUMN title TO email")
    assert shop.execute("SELECT email FROM products WHERE id = 1").fetchone() == ("***",)

    shop.rollback()
    assert shop.execute("SELECT title FROM products WHERE id = 1").fetchone() == ("Lamp 1",)
    with pytest.raises(governed_db.StatementDenied, match="email"):
        shop.execute("SELECT email FROM products WHERE id = 1")


@pytest.mark.parametrize(
    "command",
    [
        b"SELECT 1",
        b"COMMIT; DROP TABLE orders",
        b'SAVEPOINT "a"; DROP TABLE orders',
        b"BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1",
        b"PREPARE TRANSACTION 'a' || 'b'",
        b"PREPARE TRANSACTION E'a\\'; DROP TABLE orders; --'",
        b'FETCH FORWARD ALL FROM "not_ours"',
        b"DEALLOCATE other",
    ],
)
def test_only_exact_shapes_pass(reading: Any, command: bytes) -> None:
    """What psycopg sends by itself is known to the letter; anything like it is refused."""
    with pytest.raises(governed_db.StatementDenied, match="GDB700"):
        reading.wait(reading._exec_command(command))

    assert status(reading) == IDLE
