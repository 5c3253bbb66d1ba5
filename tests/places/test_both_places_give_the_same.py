"""A mask in the database and a mask in the driver give the same result, whatever the statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import governed_db
from governed_db.config import parse_url
from tests.places.conftest import DatabaseOf
from tests.places.worlds import Answer, Asked, ask, governed, in_order, own, statements

DIALECTS = ("postgres", "mysql", "sqlite")
MASKS: dict[str, dict[str, Any]] = {
    "redact": {},
    "typed": {
        "pii.email": "email",
        "pii.name": "partial(3)",
        "pii.birth_date": "year",
        "financial.*": "bucket(1000)",
        "secret.*": '"null"',
    },
    "null": {"pii.*": "null", "financial.*": "null"},
}


def policy(place: str, masks: dict[str, Any]) -> dict[str, Any]:
    """The pack `standard` with these masks, made in one place."""
    said = {name: None if mask == "null" else mask.strip('"') for name, mask in masks.items()}
    rule = {"id": "reads", "effect": "permit", "actions": ["select"]}
    writes = {"id": "writes", "effect": "permit", "actions": ["insert", "update", "delete", "merge"]}
    limits = {"rows_changed": 1000, "conversation": "unlimited"}
    rules = [{**rule, "mask": {**said, "*": {"where": place}}}, {**writes, "limits": limits}]
    return {"version": 1, "extends": "standard", "rules": rules}


def asked_of(dialect: str, masks: str) -> Sequence[Asked]:
    """Everything for the masks of the pack; for the others what was written for this test."""
    return statements(dialect, "queries.sql") if masks == "redact" else own("queries.sql")


def written(connection: Any, asked: Asked) -> str:
    """The text that is sent."""
    return governed_db.explain(connection, asked.sql, asked.parameters).text


def same(one: Answer, other: Answer) -> bool:
    """Rows in their order where there is ORDER BY; servers are free otherwise."""
    return (one.names, one.changed, one.error) == (other.names, other.changed, other.error) and in_order(
        one.rows
    ) == in_order(other.rows)


@pytest.mark.parametrize("masks", MASKS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_both_places(dialect: str, masks: str, database_of: DatabaseOf, tmp_path: Path) -> None:
    """Cells, names and errors are equal over all ordinary statements, and most masks are in the database."""
    url = database_of(dialect)
    by_driver = governed(url, policy("in_driver", MASKS[masks]), tmp_path)
    by_database = governed(url, policy("in_database", MASKS[masks]), tmp_path)
    different, places = [], Counter[str]()

    with closing(by_driver), closing(by_database):
        for asked in asked_of(dialect, masks):
            explained = governed_db.explain(by_database, asked.sql, asked.parameters)
            if "INSERT" in asked.sql.upper() or not any(output.mask for output in explained.outputs):
                continue  # keys that are counted go on; see below
            one, other = ask(by_driver, asked), ask(by_database, asked)
            if not same(one, other):
                different.append((asked.sql, one, other))
            elif one.rows and any(cell is not None for cell in one.rows[0]):
                places["changed" if explained.text != asked.sql else "as written"] += 1

    assert different == []
    assert places["changed"] >= (25 if masks == "redact" else 10)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_rows_that_are_returned_by_changes(dialect: str, database_of: DatabaseOf, tmp_path: Path) -> None:
    """RETURNING is masked where it stands, and the change is the same."""
    values = "(5001, 'New Person', 'new@example.org', '2025-01-01 00:00:00')"
    insert = f"INSERT INTO customers (id, name, email, created_at) VALUES {values} RETURNING *"
    answers, texts = [], []

    for place in ("in_driver", "in_database"):
        with closing(governed(database_of(dialect), policy(place, {}), tmp_path)) as connection:
            answers.append(ask(connection, Asked(insert)))
            texts.append(written(connection, Asked(insert)))

    assert answers[0] == answers[1]
    assert answers[1].rows[0][1:3] == ("***", "***")
    assert texts[0] == insert
    assert "CASE" in texts[1]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_changed_text_is_not_changed_again(dialect: str, database_of: DatabaseOf, tmp_path: Path) -> None:
    """Masking what is masked already gives the same rows: sending the changed text changes nothing."""
    different = []

    with closing(governed(database_of(dialect), policy("in_database", {}), tmp_path)) as connection:
        for asked in own("queries.sql"):
            if not asked.sql.upper().startswith("SELECT") or "email" not in asked.sql:
                continue
            text = written(connection, asked)
            if text == asked.sql:
                continue
            once, twice = ask(connection, asked), ask(connection, Asked(text))
            if once.error == "" and not twice.error.startswith("GDB") and not _covers(once, twice):
                different.append((asked.sql, once, twice))

    assert different == []


def _covers(once: Answer, twice: Answer) -> bool:
    """The same, or hidden further: what is computed from a masked column is masked whole."""
    pairs = zip(once.rows, twice.rows, strict=True)
    return once.names == twice.names and all(
        a == b or b in (None, "***", "****") for x, y in pairs for a, b in zip(x, y, strict=True)
    )


def test_strict_agents_get_masks_from_the_database(tmp_path: Path, sqlite_shop: str) -> None:
    """Under the pack `agent-strict` the text that is sent has masks in it, and says so."""
    with closing(governed(sqlite_shop, "agent-strict", tmp_path)) as connection:
        found = governed_db.explain(connection, "SELECT id, email FROM customers WHERE id = 1")
        answer = ask(connection, Asked("SELECT id, email FROM customers WHERE id = 1"))

    assert found.text.startswith("SELECT id, CASE typeof(email)")
    assert [(output.mask, output.place) for output in found.outputs] == [
        (None, None),
        ("redact", "in_database"),
    ]
    assert answer == Answer(((1, "***"),), ("id", "email"))


def test_raw_rows_never_leave(sqlite_shop: str, tmp_path: Path) -> None:
    """What the driver below is handed is masked already."""
    import sqlite3

    with closing(governed(sqlite_shop, policy("in_database", {}), tmp_path)) as connection:
        text = written(connection, Asked("SELECT name, email, ssn, notes FROM customers"))
    with closing(sqlite3.connect(**parse_url(sqlite_shop).arguments)) as connection:
        rows = connection.execute(text).fetchall()

    assert set(rows) == {("***", "***", "***", "***")}
