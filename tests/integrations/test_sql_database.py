"""Code that was written for langchain-community's SQLDatabase works over a governed engine."""

from __future__ import annotations

import ast
import inspect
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from governed_db import ConfigurationError, Principal
from governed_db.integrations.langchain import GovernedSQLDatabase
from governed_db.runtime import release
from tests import shop
from tests.sqlalchemy.conftest import SCHEMES, governed_url

with warnings.catch_warnings():  # it announces its own end
    warnings.simplefilter("ignore")
    from langchain_community.agent_toolkits.sql.base import create_sql_agent
    from langchain_community.tools import QuerySQLDatabaseTool
    from langchain_community.utilities import SQLDatabase

BOT = Principal("helpdesk-bot", kind="agent")
READ = "SELECT id, email FROM customers WHERE id <= 2 ORDER BY id"
GUESS = "SELECT id FROM customers WHERE email LIKE 'a%'"

Open = Callable[..., GovernedSQLDatabase]


@pytest.fixture(params=["postgres", "sqlite"])
def open_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Makes databases over a shop: `open_database(include_tables=["orders"])`."""
    url = governed_url(request.getfixturevalue(f"{request.param}_shop"), SCHEMES[request.param])
    engine = create_engine(url, connect_args={"governed_state_dir": tmp_path / "state"})
    yield lambda **options: GovernedSQLDatabase(engine, **({"principal": BOT} | options))
    engine.dispose()
    release(tmp_path / "state")


def test_it_has_every_public_name_of_the_class_that_it_stands_for() -> None:
    """With the same parameters, and more at the end; two clouds with drivers of their own are left out."""
    names = {name for name in dir(SQLDatabase) if not name.startswith("_")} - {
        "from_databricks",
        "from_cnosdb",
    }

    for name in sorted(names):
        theirs, ours = getattr(SQLDatabase, name), getattr(GovernedSQLDatabase, name)
        if callable(theirs):
            wanted = list(inspect.signature(theirs).parameters)
            assert list(inspect.signature(ours).parameters)[: len(wanted)] == wanted, name
    wanted = list(inspect.signature(SQLDatabase).parameters)
    assert list(inspect.signature(GovernedSQLDatabase).parameters)[: len(wanted)] == wanted


def test_rows_are_a_text_as_they_were(open_database: Open) -> None:
    """A list of tuples, or of dicts; nothing for a statement without rows; a long text is cut."""
    database = open_database()

    assert ast.literal_eval(database.run(READ)) == [(1, "***"), (2, "***")]
    assert ast.literal_eval(database.run(READ, "one", include_columns=True)) == [{"id": 1, "email": "***"}]
    assert database.run("SELECT id FROM orders WHERE id = :id", parameters={"id": -1}) == ""
    assert database.run("SELECT 'abc def ghi' AS x", fetch="cursor").fetchall() == [("abc def ghi",)]
    assert open_database(max_string_length=10).run("SELECT 'abc defghijk' AS x") == "[('abc...',)]"


def test_a_refusal_is_an_error_and_no_empty_result(open_database: Open) -> None:
    """`run` raises what SQLAlchemy raises; `run_no_throw` says why, and what is permitted instead."""
    database = open_database()

    with pytest.raises(DBAPIError):
        database.run(GUESS)
    told = database.run_no_throw(GUESS)

    assert told.startswith("Error: REFUSED: nothing was run. This is not an empty result.\nGDB201")
    assert told.splitlines()[-1] == "SELECT id FROM customers"
    assert database.run_no_throw("SELECT 1 / nothing").startswith("Error: ")


def test_table_info_shows_what_may_be_used(open_database: Open) -> None:
    """Hidden columns with what is permitted, and rows of which nothing protected can be read."""
    database = open_database()

    info = database.get_table_info(["customers"])

    assert "TABLE customers" in info
    assert "-- hidden (redact): ranges, LIKE and ORDER BY are refused; = with a whole value" in info
    assert "3 rows from customers table:" in info
    assert shop.leaked(info) == ()
    assert database.get_table_info_no_throw(["nothing"]).startswith("Error: table_names {'nothing'}")
    assert "TABLE orders" in database.table_info
    assert "customers" in database.get_context()["table_names"]


def test_tables_can_be_chosen(open_database: Open) -> None:
    """Some only, or all but some; names that there are not are told at once."""
    assert open_database(include_tables=["orders"]).get_usable_table_names() == ["orders"]
    assert "orders" not in open_database(ignore_tables=["orders"]).get_usable_table_names()
    assert "customer_emails" in open_database(view_support=True).get_usable_table_names()
    for wrong in ({"include_tables": ["nothing"]}, {"ignore_tables": ["nothing"]}):
        with pytest.raises(ValueError, match="nothing"):
            open_database(**wrong)


def test_tools_and_agents_of_the_community_take_it(open_database: Open) -> None:
    """A tool, and an agent that reads, is refused and reads again."""

    class Model(GenericFakeChatModel):
        def bind_tools(self, tools: Any, **kwargs: Any) -> Any:  # it has a script
            return self

    def call(query: str) -> AIMessage:
        made = {"name": "sql_db_query", "args": {"query": query}, "id": query[:40], "type": "tool_call"}
        return AIMessage("", tool_calls=[made])

    database: Any = open_database()
    told = QuerySQLDatabaseTool(db=database).invoke(GUESS)
    script = [call(GUESS), call("SELECT count(*) FROM customers"), AIMessage("thirty")]
    model = Model(messages=iter(script), disable_streaming=True)
    agent = create_sql_agent(model, db=database, agent_type="tool-calling")

    assert told.startswith("Error: REFUSED")
    assert agent.invoke({"input": "how many customers?"})["output"] == "thirty"


def test_a_url_is_governed_whatever_driver_it_names(sqlite_shop: str, tmp_path: Path) -> None:
    """`from_uri` takes what it took; an engine that is not governed is refused."""
    arguments = {"connect_args": {"governed_state_dir": tmp_path / "state"}}

    database = GovernedSQLDatabase.from_uri(sqlite_shop, arguments, principal=BOT)

    assert database.dialect == "sqlite"
    assert ast.literal_eval(database.run(READ)) == [(1, "***"), (2, "***")]
    with pytest.raises(ConfigurationError):
        GovernedSQLDatabase(create_engine(sqlite_shop))
    release(tmp_path / "state")
