"""What was paid is known to be somebody's, and can be summed, sorted and copied all the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import governed_db
from governed_db.runtime import release
from tests.cli.terminal import run

QUERIES = (
    "SELECT customer_id, sum(amount) FROM payment GROUP BY customer_id HAVING sum(amount) > 5 ORDER BY 2",
    "SELECT amount FROM payment WHERE amount BETWEEN 4 AND 6 ORDER BY amount DESC",
    "SELECT max(amount) - min(amount), avg(amount) FROM payment",
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with a table of payments."""
    with closing(sqlite3.connect(tmp_path / "paid.sqlite")) as raw:
        raw.execute(
            "CREATE TABLE payment (payment_id integer PRIMARY KEY, customer_id int, amount numeric(5,2))"
        )
        raw.execute("CREATE TABLE ledger (id integer PRIMARY KEY, booked numeric)")
        raw.executemany("INSERT INTO payment VALUES (?, ?, ?)", [(n, n % 3, n) for n in range(1, 10)])
        raw.commit()
    return f"sqlite:///{tmp_path}/paid.sqlite"


@pytest.mark.parametrize("pack", ["standard", "agent-strict"])
def test_amounts_are_classified_and_shown(url: str, pack: str, tmp_path: Path) -> None:
    """Every row is the raw driver's; who thinks otherwise writes one line of policy."""
    listed = run("classify", "--url", url, "--json", "--state-dir", str(tmp_path / "told")).json
    with (
        closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as raw,
        closing(governed_db.connect(url, policy=pack, state_dir=tmp_path / "state")) as connection,
    ):
        raw_rows = [raw.execute(query).fetchall() for query in QUERIES]
        governed = [connection.cursor().execute(query).fetchall() for query in QUERIES]
        if pack == "standard":
            connection.cursor().execute("INSERT INTO ledger (booked) SELECT amount FROM payment")
    release(tmp_path / "state")
    release(tmp_path / "told")

    assert [(one["column"], one["class"]) for one in listed] == [("amount", "financial.payment")]
    assert governed == raw_rows
