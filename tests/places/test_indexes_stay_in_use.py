"""Spliced text uses the indexes that the caller's own text uses."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

import governed_db
from tests.places.big import QUERIES, fill, indexes, policy
from tests.places.worlds import governed, raw
from tests.servers.fixtures import FreshDatabase

ROWS = 100_000


@pytest.mark.parametrize("dialect", ["postgres", "sqlite"])
def test_indexes(dialect: str, fresh_database: FreshDatabase, tmp_path: Path) -> None:
    """On a hundred thousand rows no index is lost, and no table is read from end to end instead."""
    lost, changed = [], 0

    with fresh_database(dialect) as url, closing(raw(dialect, url)) as bare:
        fill(bare, dialect, ROWS)
        for said in policy().values():
            with closing(governed(url, said, tmp_path)) as connection:
                texts = {sql: governed_db.explain(connection, sql).text for sql in QUERIES.values()}
            changed += sum(text != sql for sql, text in texts.items())
            for sql, text in texts.items():
                before, after = set(indexes(bare, dialect, sql)), set(indexes(bare, dialect, text))
                if not before <= after or "all of people" in after - before:
                    lost.append((sql, text, before, after))

    assert lost == []
    assert changed >= 2 * len(QUERIES) - 2
