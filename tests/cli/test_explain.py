"""`governed-db explain` tells what would happen with a statement, and runs nothing."""

from __future__ import annotations

import pytest

from governed_db.cli.explain import parameters
from tests.cli.terminal import run
from tests.shop import leaked


def test_explain_tells_effect_masks_and_reasons(shop: str, state: object) -> None:
    """A read of a protected column is permitted and masked; the rule is named."""
    answer = run("explain", "SELECT id, email AS e FROM customers", "--url", shop, "--json")
    told = answer.json

    assert (answer.code, told["effect"], told["rule"]) == (0, "permit", "standard/reads")
    assert [(one["name"], one["mask"]) for one in told["outputs"]] == [("id", None), ("e", "redact")]
    assert told["relations"][0].endswith(".customers")


def test_explain_runs_nothing(shop: str, state: object) -> None:
    """A DELETE is explained and every row is still there."""
    answer = run("explain", "DELETE FROM order_items", "--url", shop)
    counted = run("explain", "-", "--url", shop, "--json", stdin="SELECT quantity FROM order_items")

    assert answer.code == 0
    assert "ask by standard/unbounded-write" in answer.out
    assert "GDB310" in answer.out
    assert counted.json["effect"] == "permit"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", None),
        ("SELECT email FROM customers WHERE id = %s AND city = %s", [None, None]),
        ("SELECT '%s', \"%s\" FROM customers WHERE id = %(id)s OR name = %(id)s", {"id": None}),
        ("SELECT 'it''s %s'", None),
    ],
)
def test_placeholders(sql: str, expected: object) -> None:
    """A statement may be pasted with its placeholders; those in quotes are none."""
    assert parameters(sql) == expected


@pytest.mark.parametrize("database", ["postgres", "mysql"])
def test_a_statement_with_placeholders(database: str, request: pytest.FixtureRequest, state: object) -> None:
    """With placeholders it is explained as it would run with parameters."""
    url = request.getfixturevalue(f"{database}_shop")
    told = run("explain", "SELECT email FROM customers WHERE id = %s", "--url", url, "--json").json

    assert (told["effect"], told["outputs"][0]["mask"]) == ("permit", "redact")


def test_explain_for_somebody_else(shop: str, state: object) -> None:
    """--policy, --principal, --kind and --group say under which policy and for whom."""
    words = ("--principal", "bot", "--kind", "agent", "--group", "ops", "--policy", "agent-strict")
    told = run("explain", "UPDATE orders SET total = 1 WHERE id = 1", "--url", shop, *words, "--json").json

    assert (told["effect"], told["rule"]) == ("ask", "agent-strict/changes")


def test_explain_shows_no_value(shop: str, state: object) -> None:
    """Neither form shows anything of what the database holds."""
    sql = "SELECT * FROM customers WHERE name LIKE 'C%'"
    shown = [run("explain", sql, "--url", shop).out, run("explain", sql, "--url", shop, "--json").out]

    assert leaked(shown) == ()
    assert "GDB201" in shown[0]
    assert "= help:" in shown[0]
