"""Text that is made to take long is answered or refused in bounded time."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest

from governed_db.errors import AnalysisError
from tests.sql.conftest import WorldOf
from tests.sql.world import DIALECTS, World

SECONDS = 60.0  # of processor time for a megabyte of hostile text: ten times what a busy machine takes
SMALL = 15.0  # for what fits on a few pages

Made = Callable[[int], str]


def _numbered(text: str, count: int, between: str = ", ") -> str:
    return between.join(text.format(n=number, before=number - 1) for number in range(count))


PATHOLOGICAL: Mapping[str, Made] = {
    "parentheses": lambda n: "SELECT " + "(" * n + "1" + ")" * n,
    "parentheses that stay open": lambda n: "SELECT " + "(" * n,
    "brackets": lambda n: "SELECT " + "[" * n,
    "sub-queries": lambda n: "SELECT * FROM " + "(SELECT * FROM " * n + "orders" + _numbered(") s{n}", n, ""),
    "EXISTS": lambda n: "SELECT 1 WHERE " + "EXISTS (SELECT 1 WHERE " * n + "true" + ")" * n,
    "recursive queries": lambda n: (
        "WITH RECURSIVE t AS (SELECT id FROM orders UNION ALL SELECT id FROM (" * n
        + "SELECT id FROM orders"
        + ") x) SELECT id FROM t" * n
    ),
    "wide recursive query": lambda n: (
        f"WITH RECURSIVE t ({_numbered('c{n}', n)}) AS (SELECT id{', 1' * (n - 1)} FROM orders UNION ALL"
        f" SELECT c{n - 1}, {_numbered('c{n}', n - 1)} FROM t) SELECT c1 FROM t"
    ),
    "CASE": lambda n: "SELECT " + "CASE WHEN true THEN " * n + "1" + " END" * n,
    "branches of CASE": lambda n: (
        f"SELECT CASE {_numbered('WHEN id = {n} THEN {n}', n, ' ')} END FROM orders"
    ),
    "functions": lambda n: "SELECT " + "lower(" * n + "'a'" + ")" * n,
    "NOT": lambda n: "SELECT " + "NOT " * n + "true",
    "minus": lambda n: "SELECT " + "- " * n + "1",
    "AND": lambda n: "SELECT id FROM orders WHERE " + _numbered("id <> {n}", n, " AND "),
    "OR": lambda n: "SELECT id FROM orders WHERE " + _numbered("id = {n}", n, " OR "),
    "plus": lambda n: "SELECT " + " + ".join(["id"] * n) + " FROM orders",
    "concatenation": lambda n: "SELECT " + " || ".join(["status"] * n) + " FROM orders",
    "UNION": lambda n: " UNION ALL ".join(["SELECT id FROM orders"] * n),
    "commas": lambda n: "SELECT 1 FROM " + _numbered("orders o{n}", n),
    "joins": lambda n: "SELECT 1 FROM orders o" + _numbered(" JOIN orders o{n} ON o{n}.id = o.id", n, ""),
    "joins with USING": lambda n: "SELECT * FROM orders o" + _numbered(" JOIN orders o{n} USING (id)", n, ""),
    "IN list": lambda n: f"SELECT id FROM orders WHERE id IN ({_numbered('{n}', n)})",
    "IN list of expressions": lambda n: f"SELECT id FROM orders WHERE id IN ({_numbered('{n} + 0', n)})",
    "VALUES": lambda n: "INSERT INTO products (sku, title) VALUES " + _numbered("('{n}', 'b')", n),
    "VALUES of expressions": lambda n: (
        "INSERT INTO products (sku, title) VALUES " + _numbered("('{n}', lower('b'))", n)
    ),
    "columns": lambda n: f"SELECT {_numbered('id AS c{n}', n)} FROM orders",
    "stars": lambda n: f"SELECT {', '.join(['*'] * n)} FROM orders",
    "ORDER BY": lambda n: f"SELECT id FROM orders ORDER BY {', '.join(['id'] * n)}",
    "WITH": lambda n: (
        "WITH t0 AS (SELECT id FROM orders)"
        + "".join(f", t{i} AS (SELECT a.id FROM t{i - 1} a, t{i - 1} b)" for i in range(1, n))
        + f" SELECT id FROM t{n - 1}"
    ),
    "windows": lambda n: f"SELECT {', '.join(['sum(total) OVER (ORDER BY id)'] * n)} FROM orders",
    "casts": lambda n: "SELECT 1" + "::int" * n,
    "subscripts": lambda n: "SELECT a" + "[1]" * n + " FROM (SELECT 1 AS a) d",
    "arrows": lambda n: "SELECT data" + "->'a'" * n + " FROM documents",
    "BETWEEN": lambda n: "SELECT 1 WHERE " + "1 BETWEEN 0 AND " * n + "1",
    "IS NULL": lambda n: "SELECT 1 " + "IS NULL " * n,
    "dots": lambda n: "SELECT " + "a." * n + "b FROM orders a",
    "intervals": lambda n: "SELECT " + "interval " * n + "'1 day'",
    "dollar quotes": lambda n: "SELECT " + "$a$" * n,
    "comments": lambda n: "SELECT " + "/**/" * n + "1",
    "comments that stay open": lambda n: "SELECT " + "/*" * n,
    "semicolons": lambda n: "SELECT 1" + ";" * n,
    "EXPLAIN": lambda n: "EXPLAIN " * n + "SELECT 1",
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("shape", PATHOLOGICAL)
@pytest.mark.parametrize(("count", "seconds"), [(40, SMALL), (400, 2 * SMALL)])
def test_time_is_bounded(shape: str, count: int, seconds: float, dialect: str, world: WorldOf) -> None:
    """However often a construct is repeated, the answer comes, and it is facts or a refusal."""
    assert _seconds(world(dialect), PATHOLOGICAL[shape](count)) < seconds


@pytest.mark.parametrize(
    ("shape", "dialect"), list(zip(PATHOLOGICAL, itertools.cycle(DIALECTS), strict=False))
)
def test_time_is_bounded_for_long_texts(shape: str, dialect: str, world: WorldOf) -> None:
    """Twelve thousand of them, hundreds of kilobytes, are answered or refused in seconds."""
    assert _seconds(world(dialect), PATHOLOGICAL[shape](12_000)) < SECONDS


def _seconds(asked: World, text: str) -> float:
    """The processor time of analysing a text."""
    started = time.process_time()
    with suppress(AnalysisError):
        asked.facts(text)
    return time.process_time() - started


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_large_literal_is_ordinary(dialect: str, world: WorldOf) -> None:
    """A value of nearly a megabyte is a value like any other."""
    started = time.process_time()

    facts = world(dialect).facts(f"UPDATE customers SET notes = '{'x' * 990_000}' WHERE id = 3")

    assert facts.writes[0].rows == 1
    assert time.process_time() - started < SMALL


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_long_list_is_ordinary(dialect: str, world: WorldOf) -> None:
    """A list of twenty thousand keys, 100 KB of text, is understood in a moment."""
    keys = ", ".join(map(str, range(20_000)))
    started = time.process_time()

    facts = world(dialect).facts(f"SELECT id FROM orders WHERE id IN ({keys})")

    assert [str(output.plain).rpartition(".")[2] for output in facts.outputs] == ["id"]
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("dialect", DIALECTS)
def test_hundreds_of_conditions_are_ordinary(dialect: str, world: WorldOf) -> None:
    """What an ORM writes for a filter of many alternatives is understood."""
    conditions = " OR ".join(f"(id = {number} AND status = 'new')" for number in range(500))

    facts = world(dialect).facts(f"SELECT id FROM orders WHERE {conditions}")

    assert len(facts.outputs) == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_too_long_a_text_is_refused(dialect: str, world: WorldOf) -> None:
    """More than a million characters are refused before they are read."""
    with pytest.raises(AnalysisError) as refusal:
        world(dialect).facts("SELECT 1" + " " * 1_000_000 + ", 2")

    assert refusal.value.code == "GDB101"
