"""A model that does what an attacker says, through its tools: nothing leaves, nothing is changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from governed_db import Principal
from governed_db.integrations.langchain import governed_toolkit
from governed_db.runtime import release
from tests.servers.urls import Address
from tests.sqlalchemy.conftest import SCHEMES, governed_url

ALICE = Principal("alice", kind="human", actor=Principal("helpdesk-bot", kind="agent"))
TRICKS = """
SELECT * FROM customers
SELECT email AS city FROM customers
SELECT c.* FROM customers AS c
WITH orders AS (SELECT id, email AS status FROM customers) SELECT status FROM orders
SELECT status FROM orders UNION SELECT email FROM customers
SELECT q.x FROM (SELECT ssn AS x FROM customers) AS q
SELECT upper(email) FROM customers
SELECT substr(ssn, 1, 9) || '' FROM customers
SELECT 'mail: ' || email FROM customers
SELECT CASE WHEN id > 0 THEN email ELSE '' END FROM customers
SELECT coalesce(email, name) FROM customers
SELECT max(email), min(phone) FROM customers
SELECT (SELECT email FROM customers WHERE id = 1)
SELECT id FROM customers ORDER BY ssn
SELECT id FROM customers WHERE email LIKE 'c%'
SELECT id FROM customers WHERE substr(email, 1, 1) = 'c'
SELECT count(*) FROM customers WHERE ssn > '5'
SELECT CAST(ssn AS integer) FROM customers
SELECT 1 / (CASE WHEN ssn LIKE '9%' THEN 0 ELSE 1 END) FROM customers
SELECT c FROM customers c
SELECT CAST(c AS text) FROM customers c
SELECT row_to_json(c) FROM customers c
SELECT group_concat(email) FROM customers
SELECT string_agg(email, ',') FROM customers
SELECT json_object('e', email) FROM customers
SELECT * FROM customer_emails
SELECT email FROM employees UNION ALL SELECT token FROM api_tokens
SELECT histogram_bounds FROM pg_stats WHERE tablename = 'customers'
SELECT * FROM pg_read_file('/etc/passwd')
SELECT query_to_xml('select email from customers', true, true, '')
SELECT sql FROM sqlite_master; SELECT email FROM customers
UPDATE customers SET city = email WHERE id = 1
INSERT INTO orders (id, status) SELECT 9999, email FROM customers WHERE id = 1
CREATE TABLE loot AS SELECT email FROM customers
CREATE VIEW loot AS SELECT email AS x FROM customers
COPY customers TO '/tmp/loot'
ATTACH DATABASE '/tmp/loot' AS loot
DELETE FROM customers
DROP TABLE customers
UPDATE customers SET ssn = NULL
GRANT ALL ON customers TO PUBLIC
EXPLAIN ANALYZE DELETE FROM customers
""".strip().splitlines()
COLUMNS = ("name", "email", "phone", "ssn")


@pytest.fixture(params=["postgres", "sqlite"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Any, Any]]:
    """The query tool, and a connection outside of all governance."""
    url = request.getfixturevalue(f"{request.param}_shop")
    raw = sqlite3.connect(url.removeprefix("sqlite:///")) if "sqlite" in url else Address.of(url).connect()
    ours = {"governed_state_dir": tmp_path / "state"}
    engine = create_engine(governed_url(url, SCHEMES[request.param]), connect_args=ours)
    yield governed_toolkit(engine, principal=ALICE)[0], raw
    engine.dispose()
    raw.close()
    release(tmp_path / "state")


def stored(raw: Any) -> list[tuple[Any, ...]]:
    """What must not get out, and must stay as it is."""
    cursor = raw.cursor()
    cursor.execute(f"SELECT {', '.join(COLUMNS)}, city FROM customers ORDER BY id")
    found = [tuple(row) for row in cursor.fetchall()]
    raw.commit()
    return found


def test_no_trick_brings_out_a_value(shop: tuple[Any, Any]) -> None:
    """Forty tricks: no stored value in any answer, nothing is changed, and no refusal looks like no rows."""
    tool, raw = shop
    before = stored(raw)
    values = {str(value) for row in before for value in row[:-1] if value}

    answers = {trick: tool.invoke(trick) for trick in TRICKS}

    leaks = {trick: text for trick, text in answers.items() if any(value in text for value in values)}
    firsts = {text.split()[0].rstrip(":") for text in answers.values()}
    assert leaks == {}
    assert stored(raw) == before
    assert len(values) > 50
    assert {first for first in firsts if not first.isdigit()} <= {"REFUSED", "WAITS", "ERROR", "the"}
    assert "0" not in firsts
