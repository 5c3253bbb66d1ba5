"""Under `read-only` and `agent-strict` a query has no effect that others notice; `standard` permits some."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import governed_db
from governed_db import StatementDenied
from governed_db.runtime import release

LOCKS = (
    "SELECT id FROM orders WHERE id = 1 FOR UPDATE",
    "SELECT * FROM (SELECT id FROM orders FOR UPDATE) AS x",
    "WITH x AS (SELECT id FROM orders FOR UPDATE) SELECT * FROM x",
    "EXPLAIN SELECT id FROM orders FOR UPDATE",
)
EFFECTS = {
    "postgres": (
        *LOCKS,
        "SELECT id FROM orders FOR SHARE",
        "TABLE orders FOR UPDATE",
        "SELECT nextval('orders_id_seq')",
        "SELECT pg_catalog.nextval('orders_id_seq')",
        "SELECT count(nextval('orders_id_seq')) FROM generate_series(1, 5)",
        "EXPLAIN ANALYZE SELECT nextval('orders_id_seq')",
    ),
    "mysql": (*LOCKS, "SELECT id FROM orders LOCK IN SHARE MODE"),
    "sqlite": ("PRAGMA journal_mode = wal", "PRAGMA main.journal_mode = delete", "PRAGMA journal_mode(wal)"),
}
READS = ("SELECT id, total FROM orders WHERE id = 1", "SELECT count(*) FROM customers")


@pytest.fixture(params=EFFECTS)
def shop(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A dialect and its shop."""
    return request.param, request.getfixturevalue(f"{request.param}_shop")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A folder that is closed afterwards."""
    yield tmp_path / "state"
    release(tmp_path / "state")


def run(url: str, pack: str, state: Path, sql: str) -> Any:
    """Rows of one statement on a connection of its own."""
    with closing(governed_db.connect(url, policy=pack, state_dir=state)) as connection:
        cursor = connection.cursor()
        cursor.execute(sql)
        return cursor.fetchall()


@pytest.mark.parametrize("pack", ["read-only", "agent-strict"])
def test_queries_with_an_effect_are_refused(shop: tuple[str, str], pack: str, state: Path) -> None:
    """Numbers of sequences, locks of rows, and the journal of a file are effects; reading is none."""
    dialect, url = shop
    for sql in EFFECTS[dialect]:
        with pytest.raises(StatementDenied) as refused:
            run(url, pack, state, sql)
        assert "GDB3" in str(refused.value), sql
    for sql in READS:
        assert run(url, pack, state, sql)


def test_standard_lets_programs_lock_and_number(shop: tuple[str, str], state: Path) -> None:
    """Applications do so all day."""
    dialect, url = shop
    for sql in EFFECTS[dialect]:
        assert run(url, "standard", state, sql) is not None


def test_statistics_are_written_by_their_owner(mysql_shop: str, state: Path) -> None:
    """ANALYZE TABLE is no ANALYZE of a statement."""
    assert run(mysql_shop, "standard", state, "ANALYZE SELECT id FROM orders")
    for sql in ("ANALYZE TABLE orders", "ANALYZE LOCAL TABLE orders"):
        with pytest.raises(StatementDenied, match="GDB309"):
            run(mysql_shop, "standard", state, sql)
