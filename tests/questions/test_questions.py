"""Ordinary analytics through an agent's query tool: the answers that a raw driver gives, but for masks.

More than two hundred questions over five schemas, with the SQL that analysts answer them with. What is
refused is written in the data beside why that is right; anything else that is refused is a defect of ours.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url

from governed_db import Principal
from governed_db.integrations.database import Answer, Caller, Desk
from governed_db.runtime import release
from tests.attacks.worlds import open_raw
from tests.questions.cases import FOLDER, SCHEMAS, Question, questions, tables
from tests.questions.fill import rows
from tests.servers.fixtures import FreshDatabase
from tests.sqlalchemy.conftest import SCHEMES, governed_url

ANALYST = Principal("ann", kind="human", actor=Principal("analytics-bot", kind="agent"))
DIALECTS = ("postgres", "mysql", "sqlite")
RAW = {"postgres": "postgresql+psycopg", "mysql": "mysql+pymysql", "sqlite": "sqlite"}
# Texts of a name that nothing is known of, beside names of persons, are hidden from agents until somebody
# has looked at them. This is what there is to look at in five schemas.
REVIEWED = {"version": 1, "extends": "standard", "classifications": {"doctors.specialty": "none"}}

Open = Callable[[str, str], tuple[Engine, Engine]]


@pytest.fixture
def engines(fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[Open]:
    """A schema with its rows, as an engine without governing and a governed one."""
    with ExitStack() as stack:
        stack.callback(release, tmp_path / "state")

        def make(schema: str, dialect: str) -> tuple[Engine, Engine]:
            url = stack.enter_context(fresh_database(dialect))
            _fill(url, schema, dialect)
            raw = create_engine(make_url(url).set(drivername=RAW[dialect]))
            ours = {"governed_state_dir": tmp_path / "state", "governed_policy": REVIEWED}
            governed = create_engine(governed_url(url, SCHEMES[dialect]), connect_args=ours)
            stack.callback(raw.dispose)
            stack.callback(governed.dispose)
            return raw, governed

        yield make


def _fill(url: str, schema: str, dialect: str) -> None:
    connection = open_raw(url)
    cursor = connection.cursor()
    for statement in tables(schema, dialect):
        cursor.execute(statement)
    mark = "?" if dialect == "sqlite" else "%s"
    for table, content in rows(schema).items():
        values = ", ".join([mark] * len(content[0]))
        stored = [tuple(str(v) if _is_time(v, dialect) else v for v in row) for row in content]
        cursor.executemany(f"INSERT INTO {table} VALUES ({values})", stored)
    connection.commit()
    connection.close()


def _is_time(value: Any, dialect: str) -> bool:
    return dialect == "sqlite" and hasattr(value, "isoformat")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("schema", SCHEMAS)
def test_questions_are_answered_as_without_governing(schema: str, dialect: str, engines: Open) -> None:
    """Each runs unchanged and gives the same cells, or is refused with the code that the data expects."""
    raw, governed = engines(schema, dialect)
    wrong: list[str] = []
    asked = [one for one in questions(schema) if dialect in one.sql]

    with raw.connect() as before, governed.connect() as after:
        desk = Desk(after, Caller(ANALYST, schema, "sql_db_query"))
        for question in asked:
            answer = desk.query(question.sql[dialect], 10_000)
            problem = _problem(question, answer, before, dialect)
            if problem:
                wrong.append(f"{question.id} {problem}\n    {question.sql[dialect]}")

    assert wrong == [], "\n".join(wrong)
    assert len(asked) >= 36


@pytest.mark.parametrize("dialect", DIALECTS)
def test_forms_that_analysts_use_are_understood(dialect: str, engines: Open) -> None:
    """A hundred and thirty functions, frames, joins and shapes of JSON, none refused, none hidden."""
    raw, governed = engines("shop", dialect)
    statements = (FOLDER / f"forms.{dialect}.sql").read_text("utf-8").splitlines()
    wrong: list[str] = []

    with raw.connect() as before, governed.connect() as after:
        desk = Desk(after, Caller(ANALYST, "forms", "sql_db_query"))
        for number, text in enumerate(statements, 1):
            answer = desk.query(text, 10_000)
            question = Question(f"line {number}", text, {dialect: text})
            problem = _problem(question, answer, before, dialect)
            hidden = answer.content.get("hidden")
            if problem or hidden:
                wrong.append(f"{number} {problem} {hidden}: {text}")

    assert wrong == [], "\n".join(wrong)
    assert len(statements) >= 29


def _problem(question: Question, answer: Answer, raw: Any, dialect: str) -> str:
    """What is wrong with an answer, empty if nothing is."""
    status = answer.content["status"]
    code = answer.content["reasons"][0]["code"] if status == "refused" else ""
    if status == "failed" or code != question.code:
        return f"{status}: {answer.text}"
    if code:
        return "" if answer.text.startswith("REFUSED") else "a refusal that does not say so"
    result = raw.execution_options(no_parameters=True).exec_driver_sql(question.sql[dialect])
    columns, expected = list(result.keys()), [list(row) for row in result.fetchall()]
    raw.rollback()
    content = answer.content
    shown = [n for n, name in enumerate(columns) if name not in content["hidden"]]
    if content["columns"] != columns or not expected:
        return f"columns {content['columns']}, {len(expected)} rows"
    return "" if _cells(content["rows"], shown) == _cells(expected, shown) else "other cells"


def _cells(found: list[list[Any]], shown: list[int]) -> list[str]:
    """Rows without their hidden cells, in an order of their own: not every statement has one."""
    return sorted(json.dumps([row[n] for n in shown], default=str) for row in found)


def test_there_are_more_than_two_hundred_questions() -> None:
    """Each has its own id, and most are answered in all three dialects."""
    found = [one for schema in SCHEMAS for one in questions(schema)]

    assert len({one.id for one in found}) == len(found) > 200
    assert sum(len(one.sql) for one in found) > 600
    assert sum(bool(one.refused) for one in found) <= 18
