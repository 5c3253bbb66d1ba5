"""What masking rows costs: 100,000 rows of ten columns through the generated row function.

    python -m benchmarks.mask_rows [--rows 100000]

Prints one JSON object of ratios. `copying` compares with a generated function that masks nothing;
`psycopg` compares whole fetches from a private PostgreSQL (or GOVERNED_DB_TEST_POSTGRES_URL) with and
without the function as psycopg's row maker, `sqlite3` the same in memory.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import psycopg

from governed_db.mask.rows import RowMask, compile_mask
from governed_db.mask.tokens import derive_keys
from governed_db.model.decision import Mask
from tests.servers import launch
from tests.servers.locate import POSTGRES_URL

KEY = bytes(32)
CASES: Mapping[str, Mapping[int, Mask]] = {
    "two redact": {1: Mask("redact"), 2: Mask("redact")},
    "two partial": {1: Mask("partial"), 2: Mask("partial")},
    "two redact, two partial": {1: Mask("redact"), 2: Mask("redact"), 3: Mask("partial"), 4: Mask("partial")},
    "one email": {2: Mask("email")},
    "one token": {2: Mask("token")},
}
COLUMNS = """n, 'Customer ' || n, 'customer' || n || '@example.com', '+43 660 ' || (1000000 + n),
    'AT61 1904 3002 ' || (1000000 + n), n * 2, n * 3, 'Vienna', n % 2, 'a note on this customer'"""
POSTGRES = f"SELECT {COLUMNS} FROM generate_series(1, {{count}}) AS s(n)"
SQLITE = (
    f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ?) SELECT {COLUMNS} FROM s"
)


def interleaved(runs: Mapping[str, Callable[[], object]], times: int = 9) -> dict[str, float]:
    """Seconds of each, the least of several, taking turns so that a slow moment hits all alike."""
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(times):
        for name, run in runs.items():
            gc.collect()
            start = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def ratios(seconds: Mapping[str, float], base: str) -> dict[str, float]:
    return {name: round(value / seconds[base], 3) for name, value in seconds.items() if name != base}


def row_masks() -> dict[str, RowMask]:
    return {name: compile_mask(masks, 10, keys=derive_keys(KEY)) for name, masks in CASES.items()}


def copying(rows: list[tuple[Any, ...]]) -> dict[str, float]:
    masks = {"nothing": compile_mask({}, 10, keys=None), **row_masks()}
    runs = {name: lambda mask=mask: [mask(row) for row in rows] for name, mask in masks.items()}
    seconds = interleaved(runs)
    return ratios(seconds, "nothing") | {"nothing, ns a row": round(seconds["nothing"] / len(rows) * 1e9)}


def fetching(fetch: Callable[[RowMask | None], object]) -> dict[str, float]:
    runs = {"raw": lambda: fetch(None)}
    runs |= {name: lambda mask=mask: fetch(mask) for name, mask in row_masks().items()}
    return ratios(interleaved(runs), "raw")


@contextmanager
def postgres_url() -> Iterator[str]:
    if POSTGRES_URL in os.environ:
        yield os.environ[POSTGRES_URL]
        return
    server = launch.postgres(os.getpid())
    try:
        yield server.url
    finally:
        server.stop()


def of_psycopg(url: str, count: int) -> dict[str, float]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            f"CREATE TEMP TABLE bench (a, b, c, d, e, f, g, h, i, j) AS {POSTGRES.format(count=count)}"
        )

        def fetch(mask: RowMask | None) -> object:
            cursor = connection.cursor(row_factory=lambda _: mask) if mask else connection.cursor()
            return cursor.execute("SELECT * FROM bench").fetchall()

        return fetching(fetch)


def of_sqlite3(count: int) -> dict[str, float]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE bench AS {SQLITE}", (count,))

        def fetch(mask: RowMask | None) -> object:
            cursor = connection.cursor()
            cursor.row_factory = (lambda _, row: mask(row)) if mask else None
            return cursor.execute("SELECT * FROM bench").fetchall()

        return fetching(fetch)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    count = parser.parse_args().rows
    with closing(sqlite3.connect(":memory:")) as connection:
        rows = connection.execute(SQLITE, (count,)).fetchall()
    with postgres_url() as url:
        found = {"copying": copying(rows), "sqlite3": of_sqlite3(count), "psycopg": of_psycopg(url, count)}
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
