"""What looking into texts costs: 100,000 rows of ten columns, four of them free text of sentences.

    python -m benchmarks.content_scan [--rows 100000]

Prints one JSON object. `ratios` compares whole fetches from PostgreSQL (private, or
GOVERNED_DB_TEST_POSTGRES_URL) through psycopg with and without a scan, by engine: "re" needs nothing
installed. `ns a cell` is what a scan takes of rows that are in memory already.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from contextlib import closing
from typing import Any

import psycopg

from benchmarks.mask_rows import interleaved, postgres_url, ratios
from governed_db.mask.content import fast, prefilter
from governed_db.mask.content.rows import ContentScan
from governed_db.model.classification import SCANNED

WORDS = """
    the parcel order customer arrived late and was left with a neighbour who did not know about it please
    check whether our driver rang twice before he went on because nobody here heard anything all morning
    """.split()
TEXTS = (3, 4, 5, 6)


def rows(count: int) -> list[tuple[Any, ...]]:
    """Every thousandth text holds an address."""
    draw = random.Random(5)

    def text() -> str:
        words = " ".join(draw.choices(WORDS, k=draw.randint(6, 16)))
        return words if draw.random() > 0.001 else f"{words} somebody{draw.randrange(99)}@example.com"

    return [(n, n * 2, n / 3, text(), text(), text(), text(), "Vienna", n % 2, "open") for n in range(count)]


def scans() -> dict[str, ContentScan]:
    made = {}
    for name, engine in (("hyperscan", fast.families_in()), ("re", prefilter.families)):
        scan = ContentScan({index: frozenset(SCANNED) for index in TEXTS}, dict)
        scan._families = engine
        made[name] = scan
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    count = parser.parse_args().rows
    made = rows(count)
    cells = {}
    for name, scan in scans().items():
        started = time.perf_counter()
        scan.rows(made)
        cells[name] = round((time.perf_counter() - started) / count / len(TEXTS) * 1e9)
    with postgres_url() as url, closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute(
            "CREATE TEMP TABLE bench (a int, b int, c float8, d text, e text, f text, g text,"
            " h text, i int, j text)"
        )
        with connection.cursor().copy("COPY bench FROM STDIN") as copy:
            for row in made:
                copy.write_row(row)

        def fetch(scan: ContentScan | None) -> object:
            found = connection.execute("SELECT * FROM bench").fetchall()
            return found if scan is None else scan.rows(found)

        runs = {"raw": lambda: fetch(None)}
        runs |= {name: lambda scan=scan: fetch(scan) for name, scan in scans().items()}
        found = ratios(interleaved(runs, times=5), "raw")
    print(json.dumps({"ns a cell": cells, "ratios": found}, indent=2))


if __name__ == "__main__":
    main()
