"""MySQL's two-phase transactions work, and nobody ends those of others through a governed connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

import governed_db
from governed_db import Principal, acting_as
from tests.drivers.pymysql.conftest import Open, ran
from tests.servers.urls import Address

HELD = "UPDATE orders SET status = 'held' WHERE id = 1"


@pytest.fixture
def names(mysql_shop: str) -> Iterator[dict[str, str]]:
    """Names of transactions that no other test has; what is left of them is rolled back at last."""
    schema = Address.of(mysql_shop).database
    yield {"ours": f"{schema}-ours", "theirs": f"{schema}-theirs"}
    with closing(Address.of(mysql_shop).connect()) as connection:
        for _, size, _, name in ran(connection, "XA RECOVER"):
            if str(schema).encode() in name:
                ran(connection, "XA ROLLBACK %s", [name[:size]])


def _status(raw: Any) -> str:
    raw.rollback()
    return str(ran(raw, "SELECT status FROM orders WHERE id = 1")[0][0])


def test_both_phases(shop: Any, raw: Any, names: dict[str, str]) -> None:
    """Begun, prepared, listed and committed; bounds and masks hold in between."""
    ran(shop, "XA BEGIN %(id)s", {"id": names["ours"]})
    ran(shop, HELD)
    assert ran(shop, "SELECT email FROM customers WHERE id = 1") == (("***",),)
    with pytest.raises(governed_db.StatementDenied, match="GDB311"):
        ran(shop, "UPDATE products SET stock = 0 WHERE id > 5")
    ran(shop, "XA END %s", [names["ours"]])
    ran(shop, "XA PREPARE %s", [names["ours"]])
    listed = [name for _, _, _, name in ran(shop, "XA RECOVER")]
    before = _status(raw)
    ran(shop, f"XA COMMIT '{names['ours']}'")

    assert names["ours"].encode() in listed
    assert before != "held" == _status(raw)
    assert ran(raw, "SELECT sum(stock) FROM products") == ((780,),)


def test_one_phase_and_taking_back(shop: Any, raw: Any, names: dict[str, str]) -> None:
    """A transaction may be ended in one step, and rolled back before or after it is prepared."""
    one = names["ours"]
    for end in (f"XA ROLLBACK '{one}'", f"XA COMMIT '{one}' ONE PHASE"):
        ran(shop, f"XA START '{one}'")
        ran(shop, HELD)
        before = _status(raw)
        ran(shop, f"XA END '{one}'")
        ran(shop, end)
        assert before != "held"

    assert _status(raw) == "held"


@pytest.mark.parametrize("verb", ["COMMIT", "ROLLBACK"])
def test_those_of_others_are_left_alone(
    open_: Open, mysql_shop: str, names: dict[str, str], verb: str
) -> None:
    """What another session prepared is not ended here, in whatever way the text is given."""
    shop = open_(mysql_shop, autocommit=True)
    with closing(Address.of(mysql_shop).connect()) as other:
        for step in ("XA BEGIN %s", HELD, "XA END %s", "XA PREPARE %s"):
            ran(other, step, [names["theirs"]] if "%s" in step else None)

    cursor = shop.cursor()
    attempts = [
        lambda: ran(shop, f"XA {verb} '{names['theirs']}'"),
        lambda: ran(shop, f"xa  {verb.lower()}\n%s ;", [names["theirs"]]),
        lambda: ran(shop, f"/* a */ XA {verb} '{names['theirs']}'"),
        lambda: ran(shop, f"XA {verb} X'{names['theirs'].encode().hex()}'"),
        lambda: cursor.executemany(f"XA {verb} %s", [(names["theirs"],)]),
        lambda: shop.query(f"XA {verb} '{names['theirs']}'"),
    ]
    ran(shop, f"XA BEGIN '{names['ours']}'")
    ran(shop, f"XA END '{names['ours']}'")
    ran(shop, f"XA ROLLBACK '{names['ours']}'")  # a plan for this text must not do for another
    for attempt in attempts:
        with pytest.raises(governed_db.StatementDenied, match="GDB303"):
            attempt()

    assert names["theirs"].encode() in [name for _, _, _, name in ran(shop, "XA RECOVER")]


def test_agents_have_none(open_: Open, mysql_shop: str, names: dict[str, str]) -> None:
    """What they leave prepared would keep its locks after they are gone, whoever they act for."""
    shop = open_(mysql_shop)
    agent = Principal("agent", kind="agent")
    for who in (agent, Principal("alice", kind="human", actor=agent)):
        with acting_as(who), pytest.raises(governed_db.StatementDenied, match="GDB303"):
            ran(shop, f"XA BEGIN '{names['ours']}'")


def test_observing_lets_all_pass(open_: Open, mysql_shop: str, names: dict[str, str]) -> None:
    """Under `observe` a transaction is recovered by a session that did not begin it."""
    with closing(open_(mysql_shop, policy="observe")) as first:
        for step in ("XA BEGIN %s", HELD, "XA END %s", "XA PREPARE %s"):
            ran(first, step, [names["ours"]] if "%s" in step else None)

    ran(open_(mysql_shop, policy="observe", autocommit=True), f"XA ROLLBACK '{names['ours']}'")
