"""Promise: what a preview says of a change of structure is what the server does: its locks, and rewrites."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from governed_db.errors import ApprovalRequired
from governed_db.model.preview import Preview, from_json
from governed_db.remote.approvals import ApprovalStore
from governed_db.runtime import release
from tests.contract.adapter import Adapter
from tests.contract.adapter_psycopg import PSYCOPG
from tests.contract.adapter_pymysql import PYMYSQL
from tests.servers.fixtures import FreshDatabase

POSTGRES = (
    "ALTER TABLE t ADD COLUMN b integer",
    "ALTER TABLE t ADD COLUMN b integer NOT NULL DEFAULT 7",
    "ALTER TABLE t ADD COLUMN b double precision DEFAULT random()",
    "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0)",
    "ALTER TABLE t ADD CONSTRAINT other FOREIGN KEY (a) REFERENCES u (id)",
    "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
    "ALTER TABLE t ALTER COLUMN a SET STATISTICS 50",
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT 5, DROP COLUMN c",
    "ALTER TABLE t SET (fillfactor = 70)",
    "ALTER TABLE t RENAME COLUMN a TO b",
    "CREATE INDEX by_a ON t (a)",
    "TRUNCATE t",
)
MARIADB = (
    "ALTER TABLE t ADD COLUMN b integer",
    "ALTER TABLE t DROP COLUMN c",
    "ALTER TABLE t ADD INDEX by_a (a)",
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT 5",
    "ALTER TABLE t ADD COLUMN b integer, ADD INDEX by_a (a)",
    "ALTER TABLE t ENGINE = InnoDB",
    "ALTER TABLE t MODIFY c integer",
    "ALTER TABLE t DROP PRIMARY KEY",
)


class Asking:
    """A governed connection and a raw one, and what is said of a statement that needs approval."""

    def __init__(self, governed: Any, raw: Any, folder: Path) -> None:
        self.raw = raw
        self._governed = governed
        self._store = ApprovalStore(folder / "approvals.sqlite")

    def preview(self, sql: str) -> Preview:
        """What the store has for approvers."""
        with pytest.raises(ApprovalRequired) as refused:
            self._governed.cursor().execute(sql)
        self._governed.rollback()
        stored = self._store.preview(refused.value.task["id"])
        return from_json(stored or {}).parts[0]


@pytest.fixture
def asking(request: pytest.FixtureRequest, fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[Asking]:
    """Two tables on one database, under the pack `standard`."""
    adapter: Adapter = request.param
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(adapter.dialect))
        raw = stack.enter_context(closing(adapter.raw(url)))
        cursor = raw.cursor()
        cursor.execute("CREATE TABLE u (id integer PRIMARY KEY)")
        cursor.execute("CREATE TABLE t (id integer PRIMARY KEY, a integer, c varchar(20))")
        raw.commit()
        stack.callback(release, tmp_path)
        governed = adapter.connect(url, principal="alice", state_dir=tmp_path)
        yield Asking(stack.enter_context(closing(governed)), raw, tmp_path)


@pytest.mark.parametrize("asking", [PSYCOPG], indirect=True, ids=["postgres"])
def test_postgres(asking: Asking) -> None:
    """The lock on the table is the one named, and it is stored anew just where that is said."""
    for sql in POSTGRES:
        said = asking.preview(sql)
        asking.raw.execute("BEGIN")
        node = asking.raw.execute("SELECT pg_relation_filenode('t')").fetchone()
        asking.raw.execute(sql)
        locks = asking.raw.execute(
            "SELECT mode FROM pg_locks WHERE relation = 't'::regclass AND pid = pg_backend_pid()"
        ).fetchall()
        is_rewritten = node != asking.raw.execute("SELECT pg_relation_filenode('t')").fetchone()
        asking.raw.execute("ROLLBACK")

        mode = f"{said.locks[0].mode.title().replace(' ', '')}Lock"
        assert (mode,) in locks, (sql, said.locks, locks)
        stronger = {"AccessExclusiveLock"} - {mode}
        assert not stronger & {lock for (lock,) in locks}, (sql, said.locks, locks)
        if not sql.startswith("TRUNCATE"):  # it throws the rows away
            assert any(part.rewrites for part in said.structure) == is_rewritten, (sql, said.structure)


@pytest.mark.parametrize("asking", [PYMYSQL], indirect=True, ids=["mariadb"])
def test_mariadb(asking: Asking) -> None:
    """The server takes the algorithm that is named, and that it commits by itself is said."""
    order = ["INSTANT", "NOCOPY", "INPLACE", "COPY"]
    for sql in MARIADB:
        said = asking.preview(sql)
        assert any("commit" in caveat for caveat in said.caveats)
        slowest = max((part.algorithm for part in said.structure), key=order.index)
        cursor = asking.raw.cursor()
        cursor.execute("DROP TABLE t")
        cursor.execute("CREATE TABLE t (id integer PRIMARY KEY, a integer, c varchar(20))")
        cursor.execute(f"{sql}, ALGORITHM={slowest}")  # refused where the server cannot
        cursor.execute("DROP TABLE t")
        cursor.execute("CREATE TABLE t (id integer PRIMARY KEY, a integer, c varchar(20))")
