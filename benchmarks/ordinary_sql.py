"""Somebody else's queries into how many give the same with us as without us, and why the others do not.

Usage: python benchmarks/ordinary_sql.py URL QUERIES.sql ... [--schema SCHEMA.sql] [--kind agent] [--show 3]
URL is of an empty throwaway database: postgresql://, mysql:// or sqlite:///path. A statement ends with a
semicolon at the end of a line. Each runs on the raw driver, then under the pack `standard`; nothing of it
stays.
"""

from __future__ import annotations

import argparse
import collections
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import governed_db

Row = tuple[Any, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("queries", type=Path, nargs="+")
    parser.add_argument("--schema", type=Path)
    parser.add_argument("--kind", default="human", choices=["human", "agent", "service"])
    parser.add_argument("--show", type=int, default=0, help="statements to show for each reason")
    asked = parser.parse_args()

    raw = connect(asked.url)
    for statement in statements(asked.schema) if asked.schema else ():
        run(raw, statement, is_kept=True)
    texts = [text for path in asked.queries for text in statements(path)]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as state:
        principal = governed_db.Principal("analyst", kind=asked.kind)
        governed = governed_db.connect(asked.url, principal=principal, state_dir=state)
        found = [(outcome(raw, governed, text), text) for text in texts]
        governed.close()
    report(found, asked.show)


def outcome(raw: Any, governed: Any, text: str) -> str:
    """What became of one statement, in words that can be counted."""
    before = run(raw, text)
    if isinstance(before, Exception):
        return "fails without us"
    masked = hidden(governed, text)
    after = run(governed, text)
    if isinstance(after, Exception):
        code, _, said = str(after).splitlines()[0].partition(" ")
        return f"refused: {code} {said.partition(':')[0]}"
    if comparable(before, masked) != comparable(after, masked):
        return "differs"
    return "same, with masked cells" if masked else "same"


def run(connection: Any, text: str, *, is_kept: bool = False) -> list[Row] | Exception:
    """The rows; the exception where there is one. Nothing stays, unless it is kept."""
    try:
        cursor = connection.cursor()
        cursor.execute(text)
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []
    except Exception as error:  # noqa: BLE001 - each driver has its own
        return error
    finally:
        connection.commit() if is_kept else connection.rollback()


def hidden(connection: Any, text: str) -> frozenset[int]:
    """The positions of masked outputs."""
    try:
        outputs = governed_db.explain(connection, text).outputs
    except governed_db.Error:
        return frozenset()
    return frozenset(index for index, output in enumerate(outputs) if output.mask is not None)


def comparable(rows: list[Row] | Exception, masked: frozenset[int]) -> list[str]:
    """Rows in any order, without masked cells."""
    found = rows if isinstance(rows, list) else []
    return sorted(repr([cell for index, cell in enumerate(row) if index not in masked]) for row in found)


def report(found: list[tuple[str, str]], show: int) -> None:
    by_outcome: dict[str, list[str]] = collections.defaultdict(list)
    for what, text in found:
        by_outcome[what].append(text)
    for what, texts in sorted(by_outcome.items(), key=lambda item: -len(item[1])):
        print(f"{len(texts):5}  {what}")
        for text in texts[:show]:
            print("         ", " ".join(text.split())[:150])


def statements(path: Path) -> Iterator[str]:
    """The statements of a file."""
    for text in re.split(r";[ \t]*(?:\n|$)", path.read_text("utf-8")):
        if re.sub(r"--[^\n]*", "", text).strip():
            yield text.strip()


def connect(url: str) -> Any:
    """The driver's own connection."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return sqlite3.connect(url.removeprefix("sqlite:///"))
    if parts.scheme.startswith("postgres"):
        import psycopg

        return psycopg.connect(url)
    import pymysql

    return pymysql.connect(
        host=parts.hostname or "localhost",
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=parts.path.lstrip("/"),
        charset="utf8mb4",
    )


if __name__ == "__main__":
    main()
