"""A dialect into a large table with indexes, and the queries whose plans are looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

SCHEMA = (
    """CREATE TABLE people (
        id integer PRIMARY KEY, email varchar(80) NOT NULL, name varchar(80) NOT NULL, born date,
        region integer NOT NULL, joined_on date NOT NULL, visits integer NOT NULL)""",
    "CREATE TABLE visits (id integer PRIMARY KEY, person_id integer NOT NULL, page varchar(40) NOT NULL)",
)
INDEXES = (
    "CREATE UNIQUE INDEX people_email ON people (email)",
    "CREATE INDEX people_joined ON people (joined_on)",
    "CREATE INDEX people_region ON people (region)",
    "CREATE INDEX visits_person ON visits (person_id)",
)
# The n-th person: an expression of each dialect over n.
_VALUES: Mapping[str, str] = {
    "postgres": """n, 'person' || n || '@example.org', 'Person ' || n, DATE '1950-01-02' + n % 18000,
        n % 1000, DATE '2015-01-01' + n % 3650, n % 7""",
    "sqlite": """n, 'person' || n || '@example.org', 'Person ' || n,
        date('1950-01-02', (n % 18000) || ' days'), n % 1000,
        date('2015-01-01', (n % 3650) || ' days'), n % 7""",
}
_NUMBERS: Mapping[str, str] = {
    "postgres": "generate_series(1, {rows}) AS s(n)",
    "sqlite": """(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {rows})
        SELECT n FROM s)""",
}
QUERIES: Mapping[str, str] = {
    "by key": "SELECT id, email, name FROM people WHERE id = 4711",
    "by masked column": "SELECT id, email, name FROM people WHERE email = 'person4711@example.org'",
    "star by masked column": "SELECT * FROM people WHERE email = 'person4711@example.org'",
    "by other column": "SELECT id, email FROM people WHERE joined_on = '2016-05-05'",
    "range": "SELECT id, email FROM people WHERE joined_on BETWEEN '2016-05-05' AND '2016-05-08'",
    "order and limit": "SELECT id, email FROM people ORDER BY joined_on, id LIMIT 20",
    "join": """SELECT p.email, v.page FROM people p JOIN visits v ON v.person_id = p.id
        WHERE p.joined_on = '2016-05-05'""",
    "distinct": "SELECT DISTINCT email FROM people WHERE joined_on = '2016-05-05'",
    "sub-query": "SELECT q.email FROM (SELECT id, email FROM people WHERE id < 1000) AS q WHERE q.id = 47",
    "with": "WITH q AS (SELECT id, email FROM people) SELECT email FROM q WHERE id = 47",
    "count": "SELECT count(*) FROM people WHERE joined_on = '2016-05-05'",
}


def policy() -> dict[str, dict[str, Any]]:
    """Policies by name: masks in either place, and a filter that a thousandth of the rows passes."""
    rule = {"id": "reads", "effect": "permit", "actions": ["select"], "limits": {"conversation": "unlimited"}}
    base = {"version": 1, "extends": "standard", "classifications": {"people.email": "pii.email"}}
    masks = {place: {**rule, "mask": {"*": {"where": place}}} for place in ("in_driver", "in_database")}
    said = {**masks, "filtered": {**rule, "rows": {"people": "region <> 3"}}}
    return {name: {**base, "rules": [one]} for name, one in said.items()}


def fill(connection: Any, dialect: str, rows: int) -> None:
    """Make the tables with so many rows."""
    cursor = connection.cursor()
    for statement in SCHEMA:
        cursor.execute(statement)
    numbers = _NUMBERS[dialect].format(rows=rows)
    cursor.execute(f"INSERT INTO people SELECT {_VALUES[dialect]} FROM {numbers}")
    cursor.execute(f"INSERT INTO visits SELECT n, n, '/page/' || n % 50 FROM {numbers}")
    for statement in INDEXES:
        cursor.execute(statement)
    cursor.execute("ANALYZE")
    connection.commit()


def indexes(connection: Any, dialect: str, sql: str) -> list[str]:
    """The indexes of a plan, and the tables that are read from end to end."""
    cursor = connection.cursor()
    cursor.execute(f"EXPLAIN QUERY PLAN {sql}" if dialect == "sqlite" else f"EXPLAIN {sql}")
    plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
    connection.rollback()
    used = re.findall(r"(?:INDEX|using|on) ((?:people|visits)_\w+)|(INTEGER PRIMARY KEY)", plan)
    scans = re.findall(r"Seq Scan on (\w+)|SCAN (?:TABLE )?(\w+)\b(?! USING)", plan)
    found = {"".join(one) for one in used} | {f"all of {''.join(one)}" for one in scans if one}
    return sorted(found)
