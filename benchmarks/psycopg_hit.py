"""What governing adds to a statement that was seen before: raw and governed psycopg, taking turns.

    python -m benchmarks.psycopg_hit [--statements 4000]

Prints one JSON object. `ratio` is wall time over TCP, `cpu` the processor time of this process that each
statement takes more than raw, in microseconds: of its own thread, and with the audit writer's thread.
Runs on a private PostgreSQL, or on GOVERNED_DB_TEST_POSTGRES_URL.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import psycopg

from tests.servers import launch
from tests.servers.locate import POSTGRES_URL

SETUP = (
    "DROP TABLE IF EXISTS governed_hit",
    "CREATE TABLE governed_hit (id integer PRIMARY KEY, name text, email text, total integer)",
    """INSERT INTO governed_hit
       SELECT n, 'n' || n, 'e' || n || '@example.com', n FROM generate_series(1, 1000) AS s(n)""",
)
CASES: Mapping[str, str] = {
    "point": "SELECT id, total FROM governed_hit WHERE id = %s",
    "point masked": "SELECT id, email FROM governed_hit WHERE id = %s",
}
ROUNDS = 12


def measured(runs: Mapping[str, Callable[[int], None]], statements: int) -> dict[str, dict[str, float]]:
    """Microseconds of a statement, over rounds in which all take turns.

    Medians of wall time, and the least processor time: what other programs do to the caches only adds.
    """
    taken: dict[str, list[tuple[float, float, float]]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            gc.collect()
            gc.disable()
            wall, own, process = time.perf_counter(), time.thread_time(), time.process_time()
            run(statements)
            spent = time.perf_counter() - wall, time.thread_time() - own, time.process_time() - process
            gc.enable()
            taken[name].append(tuple(1e6 * one / statements for one in spent))  # type: ignore[arg-type]
    kinds = (("wall", statistics.median), ("thread", min), ("process", min))
    return {
        name: {kind: best([one[at] for one in rounds]) for at, (kind, best) in enumerate(kinds)}
        for name, rounds in taken.items()
    }


def compared(seconds: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    raw, governed = seconds["raw"], seconds["governed"]
    return {
        "raw_us": round(raw["wall"], 1),
        "governed_us": round(governed["wall"], 1),
        "ratio": round(governed["wall"] / raw["wall"], 3),
        "cpu_thread_us": round(governed["thread"] - raw["thread"], 2),
        "cpu_process_us": round(governed["process"] - raw["process"], 2),
    }


def looped(connection: Any, query: str) -> Callable[[int], None]:
    cursor = connection.cursor()

    def run(times: int) -> None:
        for number in range(times):
            cursor.execute(query, (number % 1000,)).fetchone()

    run(20)
    return run


async def alooped(connection: Any, query: str, times: int) -> None:
    cursor = connection.cursor()
    for number in range(times):
        await cursor.execute(query, (number % 1000,))
        await cursor.fetchone()


def sync_cases(url: str, statements: int) -> dict[str, Any]:
    from governed_db import psycopg as governed_psycopg

    found = {}
    with (
        closing(psycopg.connect(url, autocommit=True)) as raw,
        closing(governed_psycopg.connect(url, autocommit=True)) as governed,
    ):
        for name, query in CASES.items():
            runs = {"raw": looped(raw, query), "governed": looped(governed, query)}
            found[name] = compared(measured(runs, statements))
    return found


def async_case(url: str, statements: int) -> dict[str, Any]:
    from governed_db import psycopg as governed_psycopg

    query = CASES["point"]
    with asyncio.Runner() as runner:
        connections = {
            "raw": runner.run(psycopg.AsyncConnection.connect(url, autocommit=True)),
            "governed": runner.run(governed_psycopg.AsyncConnection.connect(url, autocommit=True)),
        }
        runs: dict[str, Callable[[int], None]] = {
            name: lambda times, one=one: runner.run(alooped(one, query, times))  # type: ignore[misc]
            for name, one in connections.items()
        }
        for run in runs.values():
            run(20)
        found = compared(measured(runs, statements))
        for one in connections.values():
            runner.run(one.close())
    return {"point async": found}


@contextmanager
def server() -> Iterator[str]:
    given = os.environ.get(POSTGRES_URL)
    if given:
        yield given
        return
    started = launch.postgres(os.getpid())
    try:
        yield started.url
    finally:
        started.stop()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--statements", type=int, default=4000)
    statements = parser.parse_args().statements
    with server() as url, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        os.environ["GOVERNED_DB_HOME"] = home
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            for statement in SETUP:
                connection.execute(statement)
        print(json.dumps(sync_cases(url, statements) | async_case(url, statements), indent=2))


if __name__ == "__main__":
    main()
