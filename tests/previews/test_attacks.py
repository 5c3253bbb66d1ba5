"""Promise: a preview shows nothing protected, changes nothing, and leaves everything as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import attrs
import pytest

from governed_db.errors import ApprovalRequired
from governed_db.model.preview import How, Preview, from_json
from governed_db.remote.approvals import ApprovalStore
from governed_db.runtime import release
from tests.contract.adapter import Adapter
from tests.contract.adapter_psycopg import PSYCOPG, PSYCOPG_ASYNC
from tests.contract.adapter_pymysql import PYMYSQL
from tests.contract.adapter_sqlite3 import SQLITE
from tests.servers.fixtures import FreshDatabase
from tests.shop import leaked

POLICY = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {
            "id": "asked",
            "effect": "approve",
            "actions": ["update", "delete", "insert"],
            "limits": {"conversation": {"probes": 3, "within": "1h"}},
        }
    ],
}


@attrs.frozen
class Attack:
    """A connection of somebody who may see nothing protected, and what is stored of their requests."""

    adapter: Adapter
    connection: Any
    raw: Any
    folder: Path

    def preview(self, sql: str, *parameters: Any) -> Preview:
        """What the store has of a change that was asked for."""
        with pytest.raises(ApprovalRequired) as refused:
            self.connection.cursor().execute(self.adapter.sql(sql), *([parameters] if parameters else []))
        assert not leaked(refused.value)
        assert not leaked(refused.value.task)
        stored = ApprovalStore(self.folder / "approvals.sqlite").preview(refused.value.task["id"])
        assert stored is not None
        assert not leaked(stored)
        return from_json(stored).parts[0]

    def state(self) -> tuple[Any, ...]:
        """Of the transaction, and what is stored, as others see it."""
        cursor = self.raw.cursor()
        cursor.execute("SELECT count(*), sum(stock) FROM products")
        found = cursor.fetchall()
        self.raw.rollback()
        return self.adapter.in_transaction(self.connection), [tuple(row) for row in found]


@pytest.fixture(params=[SQLITE, PYMYSQL, PSYCOPG, PSYCOPG_ASYNC], ids=lambda adapter: adapter.name)
def attack(request: pytest.FixtureRequest, fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[Attack]:
    """The shop on each driver, where every change is asked for."""
    adapter: Adapter = request.param
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(adapter.dialect, shop=True))
        raw = stack.enter_context(closing(adapter.raw(url)))
        stack.callback(release, tmp_path)
        connection = adapter.connect(url, policy=POLICY, principal="mallory", state_dir=tmp_path)
        stack.callback(adapter.close, connection)
        yield Attack(adapter, connection, raw, tmp_path)


def test_nothing_leaks_or_stays(attack: Attack) -> None:
    """Over every table: no protected value in the store, the task or the message, and no trace afterwards."""
    tables = ("customers", "orders", "employees", "payroll", "api_tokens", "products")
    for sql in (
        *(f"DELETE FROM {table}" for table in tables),
        "UPDATE customers SET status = 'closed', city = 'Graz'",
        "UPDATE customers SET notes = 'call 973-41-0001' WHERE id <= 9",
        "UPDATE employees SET department = 'cnry0001@canary.example'",
        "INSERT INTO products (sku, title, price, stock) SELECT sku || 'x', title, price, 1 FROM products"
        if attack.adapter.dialect != "mysql"
        else "INSERT INTO products (sku, title, price, stock) SELECT concat(sku, 'x'), title, price, 1"
        " FROM products",
        "UPDATE products SET sku = 'SKU-001'",
    ):
        before = attack.state()
        preview = attack.preview(sql)
        assert attack.state() == before, sql
        for sample in preview.samples:
            for row in sample.rows:
                assert len(sample.rows) <= 20
                assert not leaked((row.before, row.after)), sql
    _a_change_that_does_nothing(attack)


def test_transactions_go_on_as_they_were(attack: Attack) -> None:
    """Asking inside of a transaction leaves it open with what it had, and ended with what it lost before."""
    cursor = attack.connection.cursor()
    cursor.execute("SELECT id FROM products WHERE id = 1")
    cursor.fetchall()
    preview = attack.preview("UPDATE products SET stock = 0 WHERE stock > 20")
    # Reading has opened one, but for SQLite; PyMySQL hears of it with the preview only.
    assert attack.adapter.in_transaction(attack.connection) == (attack.adapter.dialect != "sqlite")
    attack.connection.rollback()

    attack.adapter.set_autocommit(attack.connection, True)
    again = attack.preview("UPDATE products SET stock = 0 WHERE stock > 20")
    assert not attack.adapter.in_transaction(attack.connection)
    assert again.how is How.MEASURED
    assert (preview.rows, again.rows) == (10, 10)
    _others_do_not_wait(attack)


def test_guesses_are_counted(attack: Attack) -> None:
    """Whether a guess is right is told as often as the statement itself would tell it."""
    guesses = [f"973-41-{number:04d}" for number in range(1, 7)]

    said = [attack.preview("UPDATE customers SET status = 'x' WHERE ssn = ?", guess) for guess in guesses]

    assert [one.rows for one in said[:3]] == [1, 1, 1]
    assert {one.rows for one in said[3:]} == {None}
    assert {one.how for one in said[3:]} == {How.UNKNOWN}
    assert all(not one.samples for one in said[3:])


def _a_change_that_does_nothing(attack: Attack) -> None:
    """Of a masked column it is not told whether the written value was there already."""
    right = attack.preview("UPDATE customers SET ssn = '973-41-0001' WHERE id = 1")
    wrong = attack.preview("UPDATE customers SET ssn = '973-41-0002' WHERE id = 1")

    assert right.samples == wrong.samples
    assert right.samples[0].rows[0].changed


def _others_do_not_wait(attack: Attack) -> None:
    """A row that somebody else holds ends the preview, not the asker's patience."""
    holder = attack.raw.cursor()
    if attack.adapter.dialect != "sqlite":
        holder.execute("START TRANSACTION")
        holder.execute("UPDATE products SET stock = stock + 1 WHERE id = 1")
        preview = attack.preview("UPDATE products SET stock = 0 WHERE id >= 1")
        attack.raw.rollback()
        holder.execute("ROLLBACK")
        assert preview.how is not How.MEASURED
    assert attack.preview("UPDATE products SET stock = 0 WHERE id >= 1").how is How.MEASURED
