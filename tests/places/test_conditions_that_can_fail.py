"""Which conditions could fail on a hidden row, and so must be tested after the filter."""

from __future__ import annotations

import pytest

from governed_db.model.catalog import Dialect
from governed_db.sql.fences import can_fail
from governed_db.sql.parse import parse, parse_query

NEVER = [
    "SELECT a FROM t WHERE a = 1 AND (b <> 'x' OR c IS NULL) AND d BETWEEN 1 AND 2",
    "SELECT a / 0, CAST(b AS integer) FROM t WHERE a = 1 ORDER BY 1 / c",
    "SELECT a FROM t WHERE b LIKE 'x%' AND c IN (1, 2) AND d IN (SELECT e FROM u)",
    "SELECT a FROM t WHERE b = lower($1) AND c > now() - interval '1 day' AND d = '5'::integer",
    "SELECT a FROM t LEFT JOIN u ON t.a = u.a AND u.b > 3 WHERE EXISTS (SELECT 1 FROM v WHERE v.a = t.a)",
    "SELECT sum(a / b) FROM t GROUP BY c HAVING sum(a) > 2 * sum(b)",
    "SELECT * FROM (SELECT c AS k, sum(1 / a) AS s FROM t GROUP BY c) q WHERE k > 1",
    "UPDATE t SET a = 1 / b WHERE c = 1",
    "INSERT INTO x SELECT a / b FROM t WHERE c = 1",
]
CAN = [
    "SELECT a FROM t WHERE a / b = 1",
    "SELECT a FROM t WHERE b::integer = 1",
    "SELECT a FROM t WHERE b LIKE $1",
    "SELECT a FROM t WHERE b LIKE 'x\\'",
    "SELECT a FROM t WHERE b LIKE c",
    "SELECT a FROM t WHERE b ~ '('",
    "SELECT a FROM t WHERE a = (SELECT b FROM u)",
    "SELECT a FROM t WHERE EXISTS (SELECT 1 / u.b FROM u WHERE u.a = t.a)",
    "SELECT a FROM t JOIN u ON 1 / t.a = u.a",
    "SELECT a FROM t GROUP BY a HAVING 1 / a > 2",
    "SELECT a, sum(b) FROM t GROUP BY a HAVING 1 / a > 2 AND sum(b) > 3",
    "SELECT * FROM (SELECT a / b AS x FROM t) q WHERE x > 1",
    "SELECT * FROM (SELECT 1 / c AS k, count(*) FROM t GROUP BY c) q WHERE k > 1",
    "SELECT * FROM (SELECT sum(a / b) OVER () AS x FROM t) q WHERE x > 1",
    "WITH q AS (SELECT a / b AS x FROM t) SELECT x FROM q WHERE x > 1",
    "SELECT (SELECT count(*) FROM u WHERE 1 / u.a = 1) FROM t",
    "UPDATE t SET a = 1 WHERE 1 / b = 1",
    "DELETE FROM t USING u WHERE t.a = 1 / u.b",
    "SELECT a FROM t WHERE some_function(a) = 1",
]


def found(sql: str) -> bool:
    """What fences.py says of a PostgreSQL statement."""
    return can_fail(parse_query(parse(sql, Dialect.POSTGRES)).query())


@pytest.mark.parametrize("sql", NEVER)
def test_conditions_that_never_fail_cost_nothing(sql: str) -> None:
    """Comparisons, and whatever is computed after the conditions, need no fence."""
    assert not found(sql)


@pytest.mark.parametrize("sql", CAN)
def test_conditions_that_can_fail_are_fenced_off(sql: str) -> None:
    """Whatever can fail on a row, and may be computed before the filter, is."""
    assert found(sql)
