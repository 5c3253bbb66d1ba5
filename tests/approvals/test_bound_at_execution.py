"""Promise: what runs is exactly what was approved; what has changed since keeps it from running, by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import pytest

from governed_db import ApprovalRequired, Principal, StatementDenied
from governed_db.remote.approvals import ApprovalStore
from tests.approvals.bound import ALICE, approve, attempt, connected, policy
from tests.servers.fixtures import FreshDatabase
from tests.servers.urls import Address

UPDATE = "UPDATE orders SET status = {} WHERE id < {}"


@attrs.frozen
class Shop:
    """A shop on one database, with a state folder of its own."""

    url: str
    state: Path

    def sql(self, text: str = UPDATE) -> str:
        """The statement with this driver's placeholders."""
        mark = "?" if self.url.startswith("sqlite") else "%s"
        return text.format(mark, mark)

    def opened(self, said: dict[str, Any], principal: Principal = ALICE) -> Any:
        """A governed connection to it."""
        return connected(self.url, said, principal, state_dir=self.state)

    def raw(self, *statements: str) -> list[Any]:
        """Run statements past all governance; rows of the last one."""
        with closing(self._raw()) as connection:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            found = list(cursor.fetchall()) if cursor.description else []
            connection.commit()
            return found

    def sent(self) -> int:
        """How many orders have the status that the approved statement gives them."""
        return int(self.raw("SELECT count(*) FROM orders WHERE status = 'approved'")[0][0])

    def _raw(self) -> Any:
        if self.url.startswith("sqlite"):
            import sqlite3

            return sqlite3.connect(self.url.removeprefix("sqlite:///"))
        return Address.of(self.url).connect()


@pytest.fixture(params=["sqlite", "postgres", "mysql"])
def shop(request: pytest.FixtureRequest, fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[Shop]:
    """The shop on each database."""
    with fresh_database(request.param, shop=True) as url:
        yield Shop(url, tmp_path / "state")


@pytest.fixture
def light(sqlite_shop: str, tmp_path: Path) -> Shop:
    """The shop on SQLite, where databases make no difference."""
    return Shop(sqlite_shop, tmp_path / "state")


def test_only_what_was_approved_runs(shop: Shop) -> None:
    """Another value, principal or policy does not match and says which; then the approved one runs once."""
    carol = Principal("carol", kind="human")
    with shop.opened(policy()) as connection:
        asked = attempt(connection, shop.sql(), ("approved", 6))
        approve(shop.state, asked)
        other_value = attempt(connection, shop.sql(), ("approved", 7))
        other_text = attempt(connection, "UPDATE orders SET status = 'approved' WHERE id < 6")
    with shop.opened(policy(), carol) as connection:
        other_person = attempt(connection, shop.sql(), ("approved", 6))
    with shop.opened(policy(help="ask in the channel")) as connection:
        other_policy = attempt(connection, shop.sql(), ("approved", 6))

    said = [
        str(one).partition("another ")[2].splitlines()[0] for one in (other_value, other_person, other_policy)
    ]
    assert said == ["parameters", "principal", "policy revision"]
    assert isinstance(other_text, ApprovalRequired)
    assert shop.sent() == 0
    with shop.opened(policy()) as connection:
        assert attempt(connection, shop.sql(), ("approved", 6)) == 5
        assert isinstance(attempt(connection, shop.sql(), ("approved", 6)), ApprovalRequired)
    assert shop.sent() == 5


def test_another_definition_does_not_match(shop: Shop) -> None:
    """A column that was added meanwhile makes it another table, also where the old one is still known."""
    with shop.opened(policy()) as connection:
        asked = attempt(connection, shop.sql(), ("approved", 6))
        approve(shop.state, asked)
        shop.raw("ALTER TABLE orders ADD COLUMN carrier varchar(20) DEFAULT 'post'")
        again = attempt(connection, shop.sql(), ("approved", 6))

        assert "another table definitions" in str(again)
        assert again.task["id"] != asked.task["id"]
        approve(shop.state, again)
        assert attempt(connection, shop.sql(), ("approved", 6)) == 5


def test_other_tables_do_not_matter(light: Shop) -> None:
    """A migration of something else leaves an approval as it is."""
    with light.opened(policy()) as connection:
        approve(light.state, attempt(connection, light.sql(), ("approved", 6)))
        light.raw("CREATE TABLE elsewhere (id integer)", "ALTER TABLE products ADD COLUMN weight integer")

        assert attempt(connection, light.sql(), ("approved", 6)) == 5


def test_changed_data_is_caught(shop: Shop) -> None:
    """When it would now change more rows than were approved it is rolled back; the approval stays unused."""
    bounded = {
        "version": 1,
        "name": "bounded",
        "extends": "standard",
        "rules": [
            {"id": "few", "effect": "permit", "actions": ["update"], "limits": {"rows_changed": 2}},
        ],
    }
    statement = "UPDATE orders SET status = 'approved' WHERE customer_id = 1"
    rows = shop.raw("SELECT count(*) FROM orders WHERE customer_id = 1")[0][0]
    with shop.opened(bounded) as connection:
        shop.raw("UPDATE orders SET customer_id = 1 WHERE id <= 8")
        asked = attempt(connection, statement)
        approve(shop.state, asked)
        shop.raw("UPDATE orders SET customer_id = 1 WHERE id <= 20")
        with pytest.raises(StatementDenied, match="GDB312"):
            attempt(connection, statement)
        connection.rollback()
        assert (asked.task["rows"] >= 8, shop.sent()) == (True, 0)

        shop.raw("UPDATE orders SET customer_id = 2 WHERE id > 6 AND customer_id = 1")
        assert 6 <= attempt(connection, statement) <= asked.task["rows"]
    assert rows < asked.task["rows"]


def test_the_grant_is_in_use_while_it_runs(light: Shop) -> None:
    """Whoever asks while a run has reserved the approval hears so, and gets nothing."""
    with light.opened(policy()) as connection:
        asked = attempt(connection, light.sql(), ("approved", 6))
        store = ApprovalStore(light.state / "approvals.sqlite")
        approve(light.state, asked)
        assert store.reserve(store.get(asked.task["id"]).subject) is not None

        again = attempt(connection, light.sql(), ("approved", 6))

    assert "is in use, or was when its process ended" in str(again)
    assert light.sent() == 0


def test_a_rule_agrees_by_itself(shop: Shop) -> None:
    """Up to its rows at once; beyond it is undone and asked for with what was measured."""
    with shop.opened(policy(auto={"rows_changed": 5})) as connection:
        assert attempt(connection, shop.sql(), ("approved", 6)) == 5
        more = attempt(connection, shop.sql(), ("elsewhere", 9))

    assert more.task["rows"] == 8
    assert shop.sent() == 5
