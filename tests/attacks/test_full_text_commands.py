"""A row for the column of its own name is a command to a SQLite full-text table: it may empty the index."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import governed_db

COMMAND = "INSERT INTO found (found) VALUES ('delete-all')"
ASKED = "SELECT count(*) FROM found WHERE found MATCH 'kettle'"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An index of 300 titles."""
    path = tmp_path / "titles.sqlite"
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(
            "CREATE TABLE titles (id integer PRIMARY KEY, title text);"
            "CREATE VIRTUAL TABLE found USING fts5(title, content='titles', content_rowid='id');"
        )
        raw.executemany("INSERT INTO titles (title) VALUES (?)", [("kettle",)] * 300)
        raw.execute("INSERT INTO found (found) VALUES ('rebuild')")
        raw.commit()
    return path


def test_an_index_is_not_emptied_by_one_row(file: Path, tmp_path: Path) -> None:
    """The raw driver forgets 300 rows; governed it is refused."""
    with closing(governed_db.connect(f"sqlite:///{file}", state_dir=tmp_path / "state")) as connection:
        with pytest.raises(governed_db.StatementDenied, match="GDB309"):
            connection.execute(COMMAND)
        assert connection.execute(ASKED).fetchone() == (300,)
    with closing(sqlite3.connect(file)) as raw:
        raw.execute(COMMAND)
        assert raw.execute(ASKED).fetchone() == (0,)


def test_rows_are_written_as_before(file: Path, tmp_path: Path) -> None:
    """What goes into the other columns is no command."""
    with closing(governed_db.connect(f"sqlite:///{file}", state_dir=tmp_path / "state")) as connection:
        connection.execute("INSERT INTO found (title) VALUES ('kettle')")
        assert connection.execute(ASKED).fetchone() == (301,)
