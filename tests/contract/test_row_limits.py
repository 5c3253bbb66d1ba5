"""Promise: more rows than policy permits are an error, never a silent cut."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from tests.contract.conftest import OpenShop
from tests.contract.test_masks_on_every_way_of_fetching import FETCHES, Fetch, ways

LIMITED = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {
            "id": "few-rows",
            "effect": "permit",
            "actions": ["select"],
            "mask": {"*": "redact"},
            "limits": {"rows": 10},
        }
    ],
}


@pytest.mark.parametrize("fetch", FETCHES.values(), ids=FETCHES.keys())
@pytest.mark.parametrize("table", ["customers", "orders"])
@pytest.mark.parametrize(("adapter", "kind"), list(ways()))
def test_too_many_rows_are_refused(open_reading: OpenShop, kind: str, table: str, fetch: Fetch) -> None:
    """The rows are not cut off: whoever reads on is told, masked result or not."""
    shop = open_reading(policy=LIMITED)

    def read() -> Any:
        with closing(shop.adapter.cursors[kind](shop.connection)) as cursor:
            cursor.execute(f"SELECT id, status FROM {table}")
            return fetch(cursor)

    with pytest.raises(shop.adapter.error, match="GDB320"):
        read()


@pytest.mark.parametrize("fetch", FETCHES.values(), ids=FETCHES.keys())
def test_exactly_as_many_rows_are_fine(open_reading: OpenShop, fetch: Fetch) -> None:
    """The limit itself is permitted, and the connection works after a refusal."""
    shop = open_reading(policy=LIMITED)
    with pytest.raises(shop.adapter.error, match="GDB320"):
        shop.rows("SELECT id FROM orders")
    cursor = shop.run("SELECT id FROM orders WHERE id <= 10")

    assert len(fetch(cursor)) == 10
