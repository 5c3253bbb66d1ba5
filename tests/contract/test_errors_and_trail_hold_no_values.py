"""Promise: no error, nothing that hangs on one, and no file of ours shows a protected value."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest

from governed_db.config import load_settings
from governed_db.runtime import open_runtime
from tests.contract.shop import BOUNDED, Shop
from tests.shop import leaked

# Statements that make the server quote a value of a row in its message, by dialect.
QUOTING = {
    "sqlite": [
        "UPDATE customers SET email = (SELECT email FROM customers c WHERE c.id = 5) WHERE id = 4",
        "INSERT INTO customers SELECT * FROM customers WHERE id = 3",
    ],
    "mysql": [
        "UPDATE customers SET email = (SELECT * FROM (SELECT email FROM customers LIMIT 1) e) WHERE id = 4",
        "INSERT INTO api_tokens SELECT id, customer_id, token, label FROM api_tokens WHERE id = 3",
    ],
    "postgres": [
        "UPDATE customers SET name = NULL WHERE id = 4",
        "INSERT INTO api_tokens SELECT 900, customer_id, token, label FROM api_tokens WHERE id = 3",
    ],
}


def everything(error: BaseException | None) -> list[Any]:
    """What an exception shows, and all that hangs on it."""
    seen: list[Any] = []
    while error is not None:
        seen += [error, error.args, vars(error), "".join(traceback.format_exception(error))]
        seen += [str(getattr(error, "diag", "")), getattr(error, "__notes__", ())]
        error = error.__cause__ or error.__context__
    return seen


@pytest.mark.parametrize("number", [0, 1])
def test_errors_of_the_server_are_told_without_values(open_shop: Callable[..., Shop], number: int) -> None:
    """The class says what happened; the value that it happened to is not shown."""
    shop = open_shop(policy=BOUNDED)

    error = shop.refused(QUOTING[shop.adapter.dialect][number])

    assert leaked(everything(error)) == ()


def test_constraint_violations_keep_their_class(open_shop: Callable[..., Shop]) -> None:
    """Programs that catch the driver's IntegrityError go on catching it, and no original hangs on it."""
    shop = open_shop(policy=BOUNDED)
    text = "INSERT INTO employees (name, email, department, salary) VALUES (?, ?, ?, ?)"

    error = shop.refused(text, "Fake Name", "cnrystaff0003@canary.example", "Sales", 1)

    assert isinstance(error, shop.adapter.integrity_error)
    assert (error.__cause__, error.__context__) == (None, None)
    assert leaked(everything(error)) == ()


def test_the_audit_trail_holds_no_values(open_shop: Callable[..., Shop]) -> None:
    """Neither rows, nor parameters, nor literals are in any file of the state folder."""
    shop = open_shop(policy=BOUNDED)
    shop.rows("SELECT * FROM customers WHERE email = ?", "cnry0003@canary.example")
    shop.rows("SELECT id FROM customers WHERE email = 'cnry0004@canary.example'")
    shop.refused("SELECT id FROM customers WHERE ssn LIKE '973-41-0005'")
    shop.refused(QUOTING[shop.adapter.dialect][0])
    shop.refused("UPDATE customers SET notes = ? WHERE status <> ?", "CNRY-notes-0007", "closed")
    open_runtime(load_settings(state_dir=shop.state_dir)).spool.flush()

    files = [path for path in shop.state_dir.rglob("*") if path.is_file()]
    written = b"".join(path.read_bytes() for path in files)

    assert b"SELECT * FROM customers" in written
    assert leaked(written) == ()
