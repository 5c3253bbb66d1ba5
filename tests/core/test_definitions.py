"""Promise: an approval is bound to the definitions of all that its statement can touch, and to no others."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from governed_db.core.asking import definitions
from governed_db.model.catalog import (
    Catalog,
    Column,
    Dialect,
    ForeignKey,
    RelationInfo,
    Routine,
    Trigger,
)
from governed_db.sql.facts import analyse
from governed_db.sql.parse import parse
from governed_db.testing import catalog_of

TABLES = {"orders": ("id", "status"), "items": ("id", "order_id"), "logs": ("id", "line")}
ITEMS_FOLLOW = ForeignKey(("order_id",), "main", "orders", ("id",), cascades=True)


def changed(catalog: Catalog, name: str, **more: object) -> Catalog:
    """The catalog with another definition of one table."""
    relations = dict(catalog.relations)
    relations["main", name] = attrs.evolve(relations["main", name], **more)
    return attrs.evolve(catalog, relations=relations)


def shop() -> Catalog:
    """Three tables; items go with their orders."""
    return changed(catalog_of(Dialect.SQLITE, TABLES), "items", foreign_keys=(ITEMS_FOLLOW,))


def bound(catalog: Catalog, sql: str = "DELETE FROM orders WHERE status = 'x'") -> bytes:
    """What an approval of the statement is bound to."""
    return definitions(analyse(parse(sql, Dialect.SQLITE, catalog.modes), catalog), catalog)


def wider(info: RelationInfo) -> tuple[Column, ...]:
    """The columns of a table and one more."""
    return (*info.columns, Column("extra", "text"))


TOUCHING: dict[str, Callable[[Catalog], Catalog]] = {
    "a column": lambda c: changed(c, "orders", columns=wider(c.relations["main", "orders"])),
    "a check": lambda c: changed(c, "orders", checks=("status <> ''",)),
    "a trigger": lambda c: changed(c, "orders", triggers=(Trigger("t", frozenset({"DELETE"}), "x"),)),
    "a table that goes with it": lambda c: changed(c, "items", columns=wider(c.relations["main", "items"])),
    "another that goes with it": lambda c: changed(c, "logs", foreign_keys=(ITEMS_FOLLOW,)),
}


@pytest.mark.parametrize("what", TOUCHING)
def test_a_change_of_what_is_touched_is_noticed(what: str) -> None:
    """Columns, checks, triggers and cascades."""
    assert bound(TOUCHING[what](shop())) != bound(shop())


def test_other_tables_may_change() -> None:
    """A migration elsewhere leaves the approval as it is, so does the order in which things are listed."""
    catalog = shop()
    elsewhere = changed(catalog, "logs", columns=wider(catalog.relations["main", "logs"]))
    keys = (frozenset({"id"}), frozenset({"status", "id"}))

    assert bound(elsewhere) == bound(catalog)
    assert bound(changed(catalog, "orders", unique_keys=keys)) == bound(
        changed(catalog, "orders", unique_keys=keys[::-1])
    )


def test_a_trigger_may_do_anything() -> None:
    """Where one fires, every table and routine of its schema counts."""
    catalog = changed(shop(), "orders", triggers=(Trigger("t", frozenset({"DELETE"}), "x"),))
    elsewhere = changed(catalog, "logs", columns=wider(catalog.relations["main", "logs"]))
    routines = {("main", "note"): (Routine("main", "note", "sql", "volatile", "DELETE FROM logs"),)}

    assert bound(elsewhere) != bound(catalog)
    assert bound(attrs.evolve(catalog, routines=routines)) != bound(catalog)


def test_a_table_that_appears_is_a_change() -> None:
    """DDL about a table that was not there is not approved for one that is there now."""
    create = "CREATE TABLE IF NOT EXISTS gone (id integer)"
    catalog = shop()
    there = attrs.evolve(
        catalog,
        relations={**catalog.relations, ("main", "gone"): catalog.relations["main", "logs"]},
    )

    assert bound(there, create) != bound(catalog, create)
