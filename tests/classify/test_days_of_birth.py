"""Days of birth are known by how they lie, also where a column of moments holds them."""

from __future__ import annotations

import datetime as dt
import random
import time
from pathlib import Path

import pytest

import governed_db
from governed_db.runtime import release
from tests.cli.terminal import run
from tests.servers.fixtures import FreshDatabase

TYPES = {
    "postgres": ("timestamp", "timestamptz"),
    "mysql": ("datetime", "datetime(6)"),
    "sqlite": ("timestamp", "datetime"),
}


@pytest.mark.parametrize("dialect", TYPES)
def test_moments_at_midnight(dialect: str, fresh_database: FreshDatabase, tmp_path: Path) -> None:
    """Under dull names they are found; when orders were placed, and moments within days, are not."""
    chance = random.Random(7)
    first, placed = dt.date(1938, 1, 1), dt.date(2021, 1, 1)
    one, other = TYPES[dialect]
    with fresh_database(dialect) as url:
        owner = governed_db.connect(url, policy="observe", state_dir=f"{tmp_path}/owner")
        cursor = owner.cursor()
        cursor.execute(f"CREATE TABLE t1 (id integer PRIMARY KEY, c7 {one}, c8 {other}, c9 {one}, c10 {one})")
        for number in range(120):
            born = first + dt.timedelta(days=chance.randrange(365 * 66))
            day = placed + dt.timedelta(days=chance.randrange(1500))
            days = f"'{born} 00:00:00', '{born} 00:00:00', '{day} 00:00:00'"
            cursor.execute(f"INSERT INTO t1 VALUES ({number}, {days}, '{born} 11:{number % 60:02}:00')")
        owner.commit()
        owner.close()
        found = told(url, f"{tmp_path}/state")
    release(tmp_path / "owner")
    release(tmp_path / "state")

    assert found == {"c7": "pii.birth_date", "c8": "pii.birth_date"}


def told(url: str, state: str) -> dict[str, str]:
    """What columns are taken for, once the table has been looked at: a question may take a moment only."""
    deadline = time.monotonic() + 60
    while True:
        listed = run("classify", "--url", url, "--sample", "--state-dir", state, "--json").json
        if listed or time.monotonic() > deadline:
            return {one["column"]: one["class"] for one in listed}
