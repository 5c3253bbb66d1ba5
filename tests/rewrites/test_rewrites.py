"""A refusal offers the nearest statement that is permitted, made of the caller's own text."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import governed_db
from governed_db import StatementDenied
from governed_db.runtime import release

KEYED = "rows are named by their key: write it in place of NULL, which selects nothing"
OFFERED = {
    # what is ordered, compared, listed or assigned is left out, or said otherwise
    "SELECT id FROM customers ORDER BY email": "SELECT id FROM customers ORDER BY id",
    "SELECT id FROM customers c ORDER BY city, c.email": "SELECT id FROM customers c ORDER BY city",
    "SELECT city FROM customers GROUP BY city ORDER BY max(ssn)": "SELECT city FROM customers GROUP BY city",
    "SELECT id FROM customers WHERE email LIKE 'a@b.c'": "SELECT id FROM customers WHERE email = 'a@b.c'",
    "SELECT id FROM customers WHERE email LIKE ?": "SELECT id FROM customers WHERE email = ?",
    "SELECT id FROM customers WHERE ssn > '5'": "SELECT id FROM customers",
    "SELECT id FROM customers WHERE city = 'Graz' AND (email LIKE 'a%' OR phone LIKE '3%')": (
        "SELECT id FROM customers WHERE city = 'Graz'"
    ),
    "SELECT id FROM customers WHERE birth_date BETWEEN '1990-01-01' AND '2000-01-01' AND city = 'Graz'": (
        "SELECT id FROM customers WHERE city = 'Graz'"
    ),
    "SELECT id, rank() OVER (PARTITION BY city ORDER BY birth_date) FROM customers": (
        "SELECT id, rank() OVER (PARTITION BY city) FROM customers"
    ),
    "SELECT c.id FROM customers c JOIN orders o ON o.customer_id = c.id AND c.email > 'x'": (
        "SELECT c.id FROM customers c JOIN orders o ON o.customer_id = c.id"
    ),
    "SELECT city, readfile('x') FROM customers": "SELECT city FROM customers",
    "UPDATE customers SET city = email, status = 'x' WHERE id = 1": (
        "UPDATE customers SET status = 'x' WHERE id = 1"
    ),
    # names that are misspelt
    "SELECT idd FROM customers": "SELECT id FROM customers",
    "SELECT id FROM custmers": "SELECT id FROM customers",
    # whole statements
    "SELECT id FROM customers; DROP TABLE customers": "SELECT id FROM customers",
    "CREATE TABLE x AS SELECT id FROM customers": "SELECT id FROM customers",
    "DELETE FROM order_items": "DELETE FROM order_items WHERE order_id = NULL AND product_id = NULL",
    "UPDATE orders SET status = 'x' WHERE 1 = 1": "UPDATE orders SET status = 'x' WHERE id = NULL",
    "DELETE FROM customers WHERE email LIKE 'a%'": "DELETE FROM customers WHERE id = NULL",
    # nothing is near
    "DROP TABLE customers": None,
    "SELECT email FROM customers WHERE email LIKE": None,
    "INSERT INTO orders (id, status) SELECT 9, email FROM customers": None,
}

IN_OTHER_DIALECTS = {
    "postgres": {
        "EXPLAIN ANALYZE DELETE FROM order_items WHERE order_id = 1": (
            "EXPLAIN DELETE FROM order_items WHERE order_id = 1"
        ),
        "SELECT id, city INTO loot FROM customers": "SELECT id, city FROM customers",
        "COPY orders TO '/tmp/loot'": "SELECT * FROM orders",
        "COPY (SELECT id FROM customers) TO '/tmp/loot'": "SELECT id FROM customers",
        "SELECT id, pg_sleep(9) FROM customers": "SELECT id FROM customers",
        "SELECT DISTINCT ON (email) id FROM customers ORDER BY email": None,
        "DELETE FROM orders RETURNING id": "DELETE FROM orders WHERE id = NULL RETURNING id",
    },
    "mysql": {
        "SELECT id FROM customers LIMIT 5 INTO OUTFILE '/tmp/loot'": "SELECT id FROM customers LIMIT 5",
        "SELECT id INTO @a FROM customers LIMIT 1": "SELECT id FROM customers LIMIT 1",
        "SELECT id, @x := email FROM customers": "SELECT id FROM customers",
        "SELECT id FROM customers WHERE email REGEXP '^a' AND city = 'Graz'": (
            "SELECT id FROM customers WHERE city = 'Graz'"
        ),
    },
}


@pytest.fixture
def connection(sqlite_shop: str, tmp_path: Path) -> Iterator[Any]:
    """A governed connection to a shop."""
    made = governed_db.connect(sqlite_shop, state_dir=tmp_path / "state")
    yield made
    made.close()
    release(tmp_path / "state")


def refusal(connection: Any, text: str) -> StatementDenied:
    """What is raised for a statement."""
    with pytest.raises(StatementDenied) as caught:
        connection.execute(text, (1,) * text.count("?")).fetchall()
    return caught.value


@pytest.mark.parametrize("text", OFFERED)
def test_the_nearest_permitted_statement_is_offered(connection: Any, text: str) -> None:
    """And it runs."""
    found = refusal(connection, text).rewrite

    assert (found.text if found is not None else None) == OFFERED[text]
    if found is not None:
        connection.execute(found.text, (1,) * found.text.count("?")).fetchall()


@pytest.mark.parametrize("dialect", IN_OTHER_DIALECTS)
def test_other_dialects(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """What is written another way there; each runs."""
    url = request.getfixturevalue(f"{dialect}_shop")
    cases = IN_OTHER_DIALECTS[dialect]
    with governed_db.connect(url, state_dir=tmp_path / "state") as made, made.cursor() as cursor:
        found = {text: governed_db.explain(made, text).rewrite for text in cases}
        for one in filter(None, found.values()):
            cursor.execute(one.text)
        made.rollback()
    release(tmp_path / "state")

    assert {text: one.text if one is not None else None for text, one in found.items()} == cases


def test_a_template_changes_nothing_as_it_is(connection: Any) -> None:
    """It says that a key has to be written."""
    found = refusal(connection, "DELETE FROM order_items").rewrite

    assert found is not None
    assert found.is_template
    assert found.says == KEYED
    assert connection.execute(found.text).rowcount == 0


def test_explain_offers_the_same(connection: Any) -> None:
    """Without running anything; what is permitted needs no rewrite."""
    text = "SELECT id FROM customers WHERE ssn > '5'"

    assert governed_db.explain(connection, text).rewrite == refusal(connection, text).rewrite
    assert governed_db.explain(connection, "SELECT id FROM customers").rewrite is None


def test_literals_of_the_caller_stay_out_of_messages(connection: Any) -> None:
    """They are in the rewrite, which belongs to the caller, and nowhere else."""
    error = refusal(connection, "SELECT id FROM customers WHERE city = 'Secretville' AND ssn > '5'")

    assert error.rewrite is not None
    assert "Secretville" in error.rewrite.text
    assert "Secretville" not in f"{error}{error.rewrite.says}{error.args}{error.reasons}"


def test_a_refusal_pickles_with_its_rewrite(connection: Any) -> None:
    """Workers hand exceptions to each other."""
    error = refusal(connection, "SELECT idd FROM customers")

    assert pickle.loads(pickle.dumps(error)).rewrite == error.rewrite  # our own bytes


def test_more_rows_than_permitted_are_offered_with_a_limit(sqlite_shop: str, tmp_path: Path) -> None:
    """Where policy bounds what may be returned."""
    policy = {
        "version": 1,
        "extends": "standard",
        "rules": [{"id": "few", "effect": "permit", "actions": ["select"], "limits": {"rows": 5}}],
    }
    connection = governed_db.connect(sqlite_shop, policy=policy, state_dir=tmp_path / "state")
    try:
        for text in ("SELECT id FROM orders ORDER BY id", "SELECT id FROM orders ORDER BY id LIMIT 50"):
            found = refusal(connection, text).rewrite
            assert found is not None
            assert found.text == "SELECT id FROM orders ORDER BY id LIMIT 5"
            assert len(connection.execute(found.text).fetchall()) == 5
    finally:
        connection.close()
        release(tmp_path / "state")
