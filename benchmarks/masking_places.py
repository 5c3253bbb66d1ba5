"""What splicing costs the database: the caller's text, the same with masks in it, and with a row filter.

    python -m benchmarks.masking_places [--rows 1000000] [--dialect postgres sqlite]

Prints one JSON object for each dialect: for each query the time of the raw driver in milliseconds, the ratio
of the text that is sent to it when masks are made in the database and when a row filter holds, and of reading
through a governed connection. `index`: the indexes that raw and spliced text use.
Runs on a private PostgreSQL, or on GOVERNED_DB_TEST_POSTGRES_URL.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import governed_db
from tests.places.big import QUERIES, fill, indexes, policy
from tests.places.worlds import raw
from tests.servers import launch
from tests.servers.databases import fresh_postgres
from tests.servers.locate import POSTGRES_URL

ROUNDS = 25


def spent(runs: Mapping[str, tuple[Any, str]]) -> dict[str, float]:
    """Milliseconds of each statement with all its rows: medians over rounds in which all take turns."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, (connection, sql) in runs.items():
            started = time.perf_counter()
            with closing(connection.cursor()) as cursor:
                cursor.execute(sql)
                cursor.fetchall()
            taken[name].append(1000 * (time.perf_counter() - started))
    for connection, _ in runs.values():
        connection.rollback()
    return {name: statistics.median(times) for name, times in taken.items()}


def measured(dialect: str, url: str, rows: int, folder: str) -> Mapping[str, object]:
    """All queries on one database."""
    with ExitStack() as stack:
        bare = stack.enter_context(closing(raw(dialect, url)))
        fill(bare, dialect, rows)
        opened = {
            name: stack.enter_context(
                closing(governed_db.connect(url, principal="bench", policy=said, state_dir=Path(folder)))
            )
            for name, said in policy().items()
        }
        return {name: _compared(bare, dialect, opened, sql) for name, sql in QUERIES.items()}


def _compared(bare: Any, dialect: str, opened: Mapping[str, Any], sql: str) -> Mapping[str, object]:
    texts = {name: governed_db.explain(connection, sql).text for name, connection in opened.items()}
    spliced = {f"{name}_text": (bare, text) for name, text in texts.items() if text != sql}
    through = {f"{name}_governed": (one, sql) for name, one in opened.items()}
    times = spent({"raw": (bare, sql), **spliced, **through})
    return {
        "raw_ms": round(times["raw"], 3),
        **{name: round(time / times["raw"], 2) for name, time in times.items() if name != "raw"},
        "index": {name: indexes(bare, dialect, text) for name, text in {"raw": sql, **texts}.items()},
    }


@contextmanager
def database(dialect: str) -> Iterator[str]:
    """The URL of an empty database."""
    with ExitStack() as stack:
        if dialect == "sqlite":
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            yield f"sqlite:///{folder}/big.db"
            return
        url = os.environ.get(POSTGRES_URL)
        if url is None:
            server = launch.postgres(os.getpid())
            stack.callback(server.stop)
            url = server.url
        yield stack.enter_context(fresh_postgres(url))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dialect", nargs="*", default=["postgres", "sqlite"])
    asked = parser.parse_args()
    for dialect in asked.dialect:
        with database(dialect) as url, tempfile.TemporaryDirectory() as folder:
            print(
                json.dumps(
                    {"dialect": dialect, "rows": asked.rows, **measured(dialect, url, asked.rows, folder)}
                )
            )


if __name__ == "__main__":
    main()
