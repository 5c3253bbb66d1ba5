"""Queries that nobody wrote: the same from both places, and as if hidden rows were not there."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import governed_db
from tests.places.conftest import DatabaseOf
from tests.places.test_row_filters_hold import POLICY, hide
from tests.places.worlds import Asked, ask, governed, in_order, raw
from tests.sql import generated

COUNT = 150


def shown(place: str) -> dict[str, Any]:
    """Everything may be ordered, compared and computed with; results are masked."""
    rule = {
        "id": "reads",
        "effect": "permit",
        "actions": ["select"],
        "reveal": ["pii.*", "financial.*", "secret.*", "unreviewed"],
        "mask": {"*": {"where": place}},
        "limits": {"conversation": "unlimited"},
    }
    return {"version": 1, "extends": "standard", "rules": [rule]}


def test_both_places_of_a_mask(database_of: DatabaseOf, tmp_path: Path) -> None:
    """Whatever reads a masked column: names of the list, sub-queries, windows, sets, WITH."""
    url, different, ways = database_of("sqlite"), [], Counter[str]()

    with (
        closing(governed(url, shown("in_driver"), tmp_path)) as by_driver,
        closing(governed(url, shown("in_database"), tmp_path)) as by_database,
    ):
        for sql in generated.queries(seed=21, count=COUNT, is_plain=True):
            found = governed_db.explain(by_database, sql)
            if not any(output.mask for output in found.outputs):
                continue
            one, other = ask(by_driver, Asked(sql)), ask(by_database, Asked(sql))
            ways["as it is" if found.text == sql else "changed"] += 1
            if (in_order(one.rows), one.names, one.error) != (in_order(other.rows), other.names, other.error):
                different.append((sql, found.text, one, other))

    assert different == []
    assert ways["changed"] > COUNT // 4


def test_row_filters(database_of: DatabaseOf, tmp_path: Path) -> None:
    """However deep a filtered table or a view over it stands."""
    url, different, counted = database_of("sqlite"), [], Counter[str]()
    hide("sqlite", database_of("sqlite-random"))

    with (
        closing(governed(url, POLICY, tmp_path)) as filtered,
        closing(raw("sqlite", database_of("sqlite-random"))) as bare,
    ):
        for sql in generated.queries(seed=22, count=COUNT, is_plain=True):
            found = governed_db.explain(filtered, sql)
            counted[found.effect] += 1
            if found.effect != "permit" or "LIMIT" in sql:  # which rows come first is free
                continue
            one, other = ask(filtered, Asked(sql)), ask(bare, Asked(sql))
            if (in_order(one.rows), one.error) != (in_order(other.rows), other.error):
                different.append((sql, found.text, one, other))

    assert different == []
    assert counted["permit"] > COUNT * 0.9
