"""The trail of an agent's statements says which conversation, run, model and prompt they came of."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import tool
from sqlalchemy import Engine, create_engine

from governed_db import Principal
from governed_db.integrations.langchain import acting_in, governed_toolkit
from governed_db.integrations.langchain.recording import recorder
from governed_db.remote.reader import read
from governed_db.runtime import release
from tests.integrations.test_langchain import ASK, agent, call, query, run_of
from tests.sqlalchemy.conftest import SCHEMES, governed_url

ALICE = Principal("alice", kind="human", actor=Principal("helpdesk-bot", kind="agent"))
COUNT = "SELECT count(*) FROM orders"
PROMPT = f"sha256:{hashlib.sha256(b'human: how many customers are there?').hexdigest()}"


@pytest.fixture
def engine(sqlite_shop: str, tmp_path: Path) -> Iterator[Engine]:
    """A governed engine."""
    ours = {"governed_state_dir": tmp_path / "state"}
    made = create_engine(governed_url(sqlite_shop, SCHEMES["sqlite"]), connect_args=ours)
    yield made
    made.dispose()
    release(tmp_path / "state")


def events(folder: Path, name: str) -> list[Any]:
    """What the trail has of a tool's statements."""
    release(folder / "state")
    found = [one["fields"] for one in read(folder / "state" / "audit")]
    return [one for one in found if one.get("tool") == name]


@pytest.mark.parametrize("how", ["sync", "async"])
def test_the_trail_names_run_and_prompt(engine: Engine, tmp_path: Path, how: str) -> None:
    """Nothing has to be passed: the digest of what the model was asked, and the id of the agent's run."""
    graph = agent(governed_toolkit(engine, principal=ALICE), [query(COUNT)])

    asyncio.run(graph.ainvoke(ASK, run_of("alice"))) if how == "async" else graph.invoke(ASK, run_of("alice"))

    found = events(tmp_path, "sql_db_query")
    assert {(one["conversation"], one["prompt"]) for one in found} == {("ticket 1", PROMPT)}
    assert len({one["run"] for one in found}) == 1
    assert found[0]["run"]


def test_a_tool_of_your_own_acts_in_the_same_run(engine: Engine, tmp_path: Path) -> None:
    """With `acting_in(config, principal)`, which reads the configuration of its run."""

    @tool
    def orders(config: RunnableConfig) -> str:
        """How many orders there are."""
        with acting_in(config, ALICE, tool="orders"), engine.connect() as connection:
            return str(connection.exec_driver_sql(COUNT).scalar())

    made = [*governed_toolkit(engine, principal=ALICE), orders]
    agent(made, [query(COUNT), call("orders")]).invoke(ASK, run_of("alice"))

    ours, own = events(tmp_path, "sql_db_query"), events(tmp_path, "orders")
    assert {one["run"] for one in own} == {one["run"] for one in ours}
    assert all(one["prompt"].startswith("sha256:") for one in own)
    assert [one["id"] for one in own[0]["principals"]] == ["alice", "helpdesk-bot"]


def test_nothing_is_kept_of_runs_that_have_ended(engine: Engine) -> None:
    """Neither of those that went well nor of those that failed."""
    graph = agent(governed_toolkit(engine, principal=ALICE), [query(COUNT)])
    before = len(recorder()._roots), len(recorder()._asked)

    graph.invoke(ASK, run_of("alice"))
    with pytest.raises(RuntimeError):
        agent([], []).invoke({"messages": [("user", "x")] * 2}, {"recursion_limit": 1})

    assert (len(recorder()._roots), len(recorder()._asked)) == before
