"""Promise: what a preview says is what happens when the change is approved, and making it changes nothing."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import attrs
import pytest

from governed_db.errors import ApprovalRequired
from governed_db.model.preview import How, Preview, Sample, from_json
from governed_db.remote.approvals import ApprovalStore
from governed_db.runtime import release
from tests.contract.adapter import Adapter
from tests.contract.adapter_psycopg import PSYCOPG
from tests.contract.adapter_pymysql import PYMYSQL
from tests.contract.adapter_sqlite3 import SQLITE
from tests.previews.family import TABLES, Snapshot, create, snapshot, write
from tests.servers.fixtures import FreshDatabase

POLICY = {
    "version": 1,
    "rules": [
        {"id": "reads", "effect": "permit", "actions": ["select"], "mask": {"*": "redact"}},
        {"id": "keys", "effect": "permit", "actions": ["session"]},
        {"id": "asked", "effect": "approve", "actions": ["insert", "update", "delete"]},
    ],
}
# GOVERNED_DB_TEST_PREVIEWS=100 is the long form: so many changes on each database.
CHANGES = int(os.environ.get("GOVERNED_DB_TEST_PREVIEWS", "4"))


@attrs.frozen
class Family:
    """A governed connection to it, a raw one, and the store in which requests are."""

    adapter: Adapter
    governed: Any
    raw: Any
    store: ApprovalStore

    def asked(self, sql: str) -> tuple[str, Preview]:
        with pytest.raises(ApprovalRequired) as refused:
            self.governed.cursor().execute(sql)
        name = refused.value.task["id"]
        stored = self.store.preview(name)
        assert stored is not None
        (part,) = from_json(stored).parts
        return name, part


@pytest.fixture(params=[SQLITE, PYMYSQL, PSYCOPG], ids=lambda adapter: adapter.name)
def family(request: pytest.FixtureRequest, fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[Family]:
    """The family on each database, where every change is asked for."""
    adapter: Adapter = request.param
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(adapter.dialect))
        raw = stack.enter_context(closing(adapter.raw(url)))
        create(raw, adapter.dialect)
        stack.callback(release, tmp_path)
        options = {"policy": POLICY, "principal": "alice", "state_dir": tmp_path}
        governed = stack.enter_context(closing(adapter.connect(url, **options)))
        if adapter.dialect == "sqlite":
            governed.execute("PRAGMA foreign_keys = ON")
        yield Family(adapter, governed, raw, ApprovalStore(tmp_path / "approvals.sqlite"))


def test_over_generated_changes(family: Family) -> None:
    """Measured rows, rows shown before and after, and tables reached are those of the real run."""
    draw = random.Random(19)
    for number in range(CHANGES):
        sql = write(draw, number)
        before = snapshot(family.raw)
        name, preview = family.asked(sql)
        family.governed.rollback()
        assert snapshot(family.raw) == before, sql

        family.store.approve(name, "bob")
        cursor = family.governed.cursor()
        cursor.execute(sql)
        counted = cursor.rowcount
        family.governed.commit()
        after = snapshot(family.raw)

        assert preview.how is How.MEASURED, (sql, preview)
        assert preview.complete
        changed = {table: _changed(before[table], after[table]) for table in TABLES}
        _agrees_on_rows(sql, preview, changed, counted)
        _agrees_on_tables(sql, preview, changed)
        for sample in preview.samples:
            _agrees_on_sample(sql, sample, before, after, changed)
        if not any(changed.values()):
            continue
        assert preview.samples or "SET id" in sql, sql
        _restore(family, before, after)


Changed = Mapping[Any, tuple[Any, Any]]


def _changed(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> Changed:
    keys = before.keys() | after.keys()
    return {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}


def _agrees_on_rows(sql: str, preview: Preview, changed: Mapping[str, Changed], counted: int) -> None:
    """Counted are the statement's own rows, or with them those that are taken along, or by triggers."""
    is_moved = "SET id" in sql and bool(changed["owners"])  # a row with a new id looks like two
    rows = sum(len(found) for table, found in changed.items() if table != "journal") - is_moved
    fired = sum(old is None for old, _ in changed["pets"].values())
    fired += sum(old is not None and new is not None for old, new in changed["visits"].values())
    assert counted >= 0
    assert preview.rows in (counted, rows, rows + fired), (sql, preview.rows, counted, rows, fired)


def _agrees_on_tables(sql: str, preview: Preview, changed: Mapping[str, Changed]) -> None:
    said = {one.relation.rpartition(".")[2] for one in preview.reached}
    really = {table for table, found in changed.items() if found}
    assert really <= said, (sql, really, said)
    for one in preview.reached:
        found = changed[one.relation.rpartition(".")[2]].values()
        is_moved = "SET id" in sql and one.relation.endswith("owners")
        if one.deleted is not None and not is_moved:
            assert one.deleted == sum(new is None for _, new in found), (sql, one)
        if one.inserted is not None and not is_moved:
            assert one.inserted == sum(old is None for old, _ in found), (sql, one)
        if one.updated is not None and not is_moved and not one.relation.endswith("journal"):
            assert one.updated == sum(old is not None and new is not None for old, new in found), (sql, one)


def _agrees_on_sample(
    sql: str, sample: Sample, before: Snapshot, after: Snapshot, changed: Mapping[str, Changed]
) -> None:
    table = sample.relation.rpartition(".")[2]
    assert sample.columns == TABLES[table]
    assert len(sample.rows) == min(20, len(changed[table])), (sql, sample)
    for row in sample.rows:
        key = int((row.before or row.after or ("0",))[0] or 0)
        for shown, held in ((row.before, before[table].get(key)), (row.after, after[table].get(key))):
            assert (shown is None) == (held is None), (sql, row, held)
            if shown is None or held is None:
                continue
            for name, text, real in zip(sample.columns, shown, held, strict=True):
                assert text == ("***" if name in sample.masked and real is not None else real), (sql, name)


def _restore(family: Family, before: Snapshot, after: Snapshot) -> None:
    """As it was, but for what triggers write on the way."""
    cursor = family.raw.cursor()
    mark = family.adapter.mark
    for table in reversed(TABLES):
        cursor.execute(f"DELETE FROM {table}")
    for table, columns in TABLES.items():
        marks = ", ".join([mark] * len(columns))
        rows = [row for row in before[table].values() if table != "journal" or row[0] == "1"]
        cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    family.raw.commit()
