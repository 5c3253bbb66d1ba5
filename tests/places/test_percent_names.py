"""Tables and columns with percent signs in their names are masked and filtered like any other."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import governed_db
from tests.places.worlds import governed, raw
from tests.servers.fixtures import FreshDatabase

POLICY: dict[str, Any] = {
    "version": 1,
    "rules": [
        {
            "id": "reads",
            "effect": "permit",
            "actions": ["select"],
            "mask": {"pii.*": {"with": "redact", "where": "in_database"}},
            "rows": {"a%b": "id < 3", "a% b": "id < 2"},
        }
    ],
}
SETUP = (
    "CREATE TABLE {q}a%b{q} (id int, {q}e%{q} int, {q}email{q} varchar(40))",
    "INSERT INTO {q}a%b{q} VALUES (1, 10, 'one@a.example'), (2, 20, 'two@a.example'), (3, 30, 'c@a.example')",
    "CREATE TABLE {q}a% b{q} (id int, {q}e%{q} int)",
    "INSERT INTO {q}a% b{q} VALUES (1, 1), (2, 2)",
)
ASKED = (
    ("SELECT id, {q}e%%{q} FROM {q}a%%b{q} WHERE id > %s ORDER BY id", (0,), [(1, 10), (2, 20)]),
    ("SELECT {q}a%%b{q}.{q}e%%{q} FROM {q}a%%b{q} WHERE id > %s ORDER BY id", (1,), [(20,)]),
    ("SELECT email FROM {q}a%%b{q} WHERE id = %s", (1,), [("***",)]),
    ("SELECT t.email AS {q}m%%{q} FROM {q}a%%b{q} t WHERE id = %s", (2,), [("***",)]),
    ("SELECT id FROM {q}a%% b{q} WHERE id > %s", (0,), [(1,)]),
    ("SELECT count(*) FROM {q}a%%b{q} WHERE {q}e%%{q} %% 3 > 0 AND id > %s", (0,), [(2,)]),
)


@pytest.mark.parametrize("dialect", ["postgres", "mysql"])
def test_masks_and_filters_hold(dialect: str, fresh_database: FreshDatabase, tmp_path: Path) -> None:
    """With and without parameters, and what is sent is the caller's text with whole names in it."""
    mark = '"' if dialect == "postgres" else "`"
    with fresh_database(dialect) as url:
        with closing(raw(dialect, url)) as connection:
            for text in SETUP:
                connection.cursor().execute(text.format(q=mark))
            connection.commit()
        with closing(governed(url, POLICY, tmp_path)) as connection:
            for text, parameters, rows in ASKED:
                cursor = connection.cursor()
                cursor.execute(text.format(q=mark), parameters)
                assert [tuple(row) for row in cursor.fetchall()] == rows
                plain = text.format(q=mark).replace("%%", "%").replace("%s", str(parameters[0]))
                cursor.execute(plain)
                assert [tuple(row) for row in cursor.fetchall()] == rows
            with pytest.raises(governed_db.Error):
                connection.cursor().execute(f"SELECT 1 FROM {mark}a%%\0b{mark} WHERE id = %s", (1,))
