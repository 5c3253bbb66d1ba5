"""Promise: a refusal is the driver's own exception, says what to do, changes nothing and breaks nothing."""

from __future__ import annotations

import pytest

import governed_db
from tests.contract.shop import Shop

REFUSED = {
    "DELETE FROM orders": "GDB310",
    "UPDATE orders SET status = 'new'": "GDB310",
    "DELETE FROM orders WHERE 1 = 1": "GDB310",
    "DROP TABLE orders": "GDB313",
    "SELECT id FROM customers WHERE ssn LIKE '9%'": "GDB201",
    "SELECT id FROM customers ORDER BY email": "GDB201",
    "SELECT 1; DELETE FROM orders": "GDB109",
    "SELECT id FROM custmers": "GDB110",
    "SELECT emial FROM customers": "GDB111",
    "SELECT FROM WHERE": "GDB106",
}


@pytest.mark.parametrize(("text", "code"), REFUSED.items(), ids=list(REFUSED))
def test_refusals_are_the_drivers_exceptions(reading: Shop, text: str, code: str) -> None:
    """What is refused is StatementDenied and the driver's Error at once, with a code and its reasons."""
    error = reading.refused(text)

    assert isinstance(error, governed_db.StatementDenied)
    assert (error.code, error.reasons[0].code) == (code, code)
    assert error.decision_id
    assert str(error).startswith(code)


@pytest.mark.parametrize("text", REFUSED, ids=list(REFUSED))
def test_a_refusal_leaves_the_transaction_state(shop: Shop, text: str) -> None:
    """Outside of a transaction none is begun; inside of one it stays usable, with all that was done."""
    shop.refused(text)
    before = shop.in_transaction

    shop.run("UPDATE orders SET status = 'mine' WHERE id = 7")
    shop.refused(text)
    inside = shop.in_transaction
    shop.connection.commit()

    assert (before, inside) == (False, True)
    assert shop.stored("SELECT status FROM orders WHERE id = 7") == [("mine",)]


def test_nothing_refused_was_done(shop: Shop) -> None:
    """The tables are as they were."""
    for text in REFUSED:
        shop.refused(text)

    assert shop.stored("SELECT count(*), count(DISTINCT status) FROM orders") == [(60, 5)]


def test_the_connection_goes_on_working(shop: Shop) -> None:
    """After a refusal the next statement runs, on the same cursor too."""
    cursor = shop.connection.cursor()
    with pytest.raises(shop.adapter.error):
        cursor.execute("DELETE FROM orders")

    cursor.execute("SELECT count(*) FROM orders")

    assert cursor.fetchone()[0] == 60


def test_parameters_and_literals_are_not_in_a_refusal(reading: Shop) -> None:
    """A message shows the statement with its literals replaced, and never a parameter."""
    error = reading.refused(
        "SELECT id FROM customers WHERE ssn > ? AND email LIKE 'fake-literal%'", "fake-value"
    )

    assert "fake" not in f"{error} {error!r} {getattr(error, 'reasons', ())}"


def test_unknown_names_come_with_the_nearest(reading: Shop) -> None:
    """A misspelt table is answered with the one that was probably meant."""
    assert "customers" in str(reading.refused("SELECT id FROM custmers"))


def test_what_needs_approval_carries_a_task(shop: Shop) -> None:
    """The same statement asked for again has the same task: there is one request."""
    first, second = shop.refused("DELETE FROM orders"), shop.refused("DELETE FROM orders")

    assert isinstance(first, governed_db.ApprovalRequired)
    assert isinstance(second, governed_db.ApprovalRequired)
    assert first.task["id"] == second.task["id"]
    assert first.task["statement"] == "DELETE FROM orders"
