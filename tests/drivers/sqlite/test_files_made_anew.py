"""A database file that is deleted and made anew is another database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import governed_db


def test_a_file_that_is_made_anew_is_read_anew(tmp_path: Path) -> None:
    """Both have the first version of their schema, by which SQLite tells changes."""
    file = tmp_path / "shop.db"
    for table in ("first", "second"):
        file.unlink(missing_ok=True)
        with closing(sqlite3.connect(file)) as raw:
            raw.execute(f"CREATE TABLE {table} (id integer PRIMARY KEY, sku text)")
        with closing(governed_db.connect(f"sqlite:///{file}", state_dir=tmp_path / "state")) as shop:
            assert shop.execute(f"SELECT id, sku FROM {table}").fetchall() == []
