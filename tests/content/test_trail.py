"""Promise: whatever form a value has, however it is written into a statement, the trail does not show it."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

import governed_db
from governed_db.mask.content.cells import spans
from governed_db.model.catalog import Dialect
from governed_db.runtime import release
from governed_db.sql.redact import redact, unquoted
from tests.content.samples import FRAMES, MAKERS

WAYS: Mapping[str, str] = {
    "string": "SELECT * FROM t WHERE a = '{}'",
    "pattern": "SELECT * FROM t WHERE a LIKE '%{}%'",
    "line comment": "SELECT 1 -- {}\n",
    "block comment": "SELECT /* {} */ 1",
    "hash comment": "SELECT 1 # {}\n",
    "bare": "SELECT {} FROM t",
    "behind equals": "SELECT * FROM t WHERE a = {}",
    "quoted name": 'SELECT a AS "{}" FROM t',
    "backticks": "SELECT a AS `{}` FROM t",
    "brackets": "SELECT a AS [{}] FROM t",
    "dollars": "SELECT $$ {} $$",
    "tagged dollars": "SELECT $tag$ {} $tag$",
    "escape string": "SELECT E'\\t{}'",
    "document": """INSERT INTO t VALUES ('{{"a": ["{}"]}}')""",
    "function": "SELECT set_config('app.v', '{}', false)",
    "unterminated": "SELECT '{}",
    "no statement": "{}",
    "after a statement": "SELECT 1; SELECT '{}'",
    "cast": "SELECT '{}'::text",
    "national": "SELECT N'{}'",
}


def values() -> list[tuple[str, str]]:
    """One text of each form, and a piece of it that would give it away."""
    draw = random.Random(23)
    made = [make(draw) for _, make in MAKERS.values()]
    framed = [(start, make(draw), end) for start, end, make in FRAMES.values()]
    return [
        *((value, telling(value)) for value in made),
        *((f"{start}{value}{end}", value) for start, value, end in framed),
    ]


def telling(value: str) -> str:
    """An address whole; of a key some characters near its end."""
    longest = max((line for line in value.splitlines() if not line.startswith("-----")), key=len)
    return longest if "@" in longest else longest[-12:-3]


@pytest.mark.parametrize("dialect", list(Dialect), ids=lambda dialect: dialect.value)
@pytest.mark.parametrize("way", WAYS)
def test_no_way_to_write_a_value_shows_it(way: str, dialect: Dialect) -> None:
    """Literals and comments go by their place, and what is left goes by its form."""
    shown = []
    for value, piece in values():
        text = redact(sql := WAYS[way].format(value), dialect, spans(unquoted(sql, dialect)))
        shown += [(value, text)] if piece in text else []

    assert shown == []


def test_the_files_of_the_trail_hold_none(tmp_path: Path) -> None:
    """Statements that ran, were refused, failed or could not be read, with and without parameters."""
    with contextlib.closing(sqlite3.connect(tmp_path / "shop.sqlite")) as raw:
        raw.execute("CREATE TABLE t (id integer PRIMARY KEY, a text)")
    made = values()
    with closing(
        governed_db.connect(f"sqlite:///{tmp_path}/shop.sqlite", state_dir=tmp_path / "state")
    ) as governed:
        for number, (value, _) in enumerate(made, start=1):
            for way in WAYS.values():
                with contextlib.suppress(sqlite3.Error, governed_db.Error):
                    governed.execute(way.format(value))
            governed.execute("INSERT INTO t VALUES (?, ?)", (number, value))
            governed.execute("SELECT * FROM t WHERE a = ?", (value,)).fetchall()
            governed.execute("SELECT * FROM t").fetchall()
    release(tmp_path / "state")
    written = b"".join(
        path.read_bytes() for path in sorted((tmp_path / "state").rglob("*")) if path.is_file()
    )

    assert len(written) > 10_000
    assert [value for value, piece in made if piece.encode() in written] == []
