"""What governing adds to PyMySQL: raw and governed connections, taking turns.

    python -m benchmarks.pymysql_hit [--statements 2000]

Prints one JSON object. `point ...` are statements that were seen before, with `cpu` as the processor time
that each takes more than raw, in microseconds: of its own thread, and with the audit writer's thread.
`first sight` is the median of what a statement takes the first time, in milliseconds. `fetch` reads 20,000
rows of ten columns with nothing and with two columns masked. Runs on a private MariaDB, or on
GOVERNED_DB_TEST_MYSQL_URL.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from benchmarks.psycopg_hit import compared, measured
from tests.servers import launch
from tests.servers.locate import MYSQL_URL
from tests.servers.urls import Address

SETUP = (
    "CREATE DATABASE IF NOT EXISTS governed_hit",
    "DROP TABLE IF EXISTS governed_hit.people",
    """CREATE TABLE governed_hit.people (id integer PRIMARY KEY, total integer, name varchar(60),
       email varchar(60), a integer, b integer, c integer, city varchar(20), d integer, note varchar(60))""",
    """INSERT INTO governed_hit.people
       SELECT seq, seq, CONCAT('n', seq), CONCAT('e', seq, '@example.com'), seq, seq, seq, 'Vienna', seq,
              'of no interest' FROM seq_1_to_20000""",
)
POINTS: Mapping[str, str] = {
    "point": "SELECT id, total FROM people WHERE id = %s",
    "point masked": "SELECT id, email FROM people WHERE id = %s",
}
FETCHES: Mapping[str, str] = {
    "fetch": "SELECT id, total, a, b, c, d, city, a AS e, b AS f, c AS g FROM people",
    "fetch masked": "SELECT id, total, name, email, a, b, c, city, d, total AS e FROM people",
}
FIRST = """SELECT p.id, q.city, count(*) AS n FROM people p JOIN people q ON q.id = p.id
    JOIN people r ON r.id = q.id JOIN people s ON s.id = r.id WHERE p.id = %s AND p.total < {}
    GROUP BY p.id, q.city ORDER BY n LIMIT 5"""


def points(connection: Any, query: str) -> Callable[[int], None]:
    cursor = connection.cursor()

    def run(times: int) -> None:
        for number in range(times):
            cursor.execute(query, (1 + number % 1000,))
            cursor.fetchone()

    run(20)
    return run


def fetches(connection: Any, query: str) -> Callable[[int], None]:
    cursor = connection.cursor()

    def run(times: int) -> None:
        for _ in range(times):
            cursor.execute(query)
            cursor.fetchall()

    run(1)
    return run


def first_sight(connection: Any) -> list[float]:
    cursor = connection.cursor()
    taken = []
    for number in range(40):
        started = time.perf_counter()
        cursor.execute(FIRST.format(number), (5,))
        taken.append(1e3 * (time.perf_counter() - started))
    return taken


def cases(raw: Any, governed: Any, statements: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, query in POINTS.items():
        runs = {"raw": points(raw, query), "governed": points(governed, query)}
        found[name] = compared(measured(runs, statements))
    found["first sight"] = {
        name: round(statistics.median(first_sight(one)), 3)
        for name, one in (("raw", raw), ("governed", governed))
    }
    for name, query in FETCHES.items():
        runs = {"raw": fetches(raw, query), "governed": fetches(governed, query)}
        found[name] = compared(measured(runs, 1))
    return found


@contextmanager
def server() -> Iterator[str]:
    given = os.environ.get(MYSQL_URL)
    if given:
        yield given
        return
    started = launch.mysql(os.getpid())
    try:
        yield started.url
    finally:
        started.stop()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--statements", type=int, default=2000)
    statements = parser.parse_args().statements
    with server() as url, tempfile.TemporaryDirectory() as home:
        os.environ["GOVERNED_DB_HOME"] = home
        import governed_db

        address = Address.of(url)
        with closing(address.connect()) as admin:
            for statement in SETUP:
                admin.cursor().execute(statement)
            admin.select_db("governed_hit")
            inside = f"mysql://{address.url.partition('://')[2].rpartition('/')[0]}/governed_hit"
            with closing(governed_db.connect(inside, autocommit=True)) as governed:
                print(json.dumps(cases(admin, governed, statements), indent=2))


if __name__ == "__main__":
    main()
