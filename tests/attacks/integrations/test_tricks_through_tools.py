"""What leaks on a raw driver does not leak through the tools of models, whatever the model writes.

By default every ninth trick of the corpus is tried, and by one framework on one database more; with
GOVERNED_DB_TEST_TRICKS=1 all of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from agents import set_trace_provider
from agents.tool_context import ToolContext
from agents.tracing.provider import DefaultTraceProvider
from mcp.client.client import Client
from pydantic_ai.models.test import TestModel
from pydantic_ai.tools import RunContext
from pydantic_ai.usage import RunUsage
from sqlalchemy import create_engine

from governed_db import Principal
from governed_db.integrations.mcp import Agency, OnePerson, governed_server
from governed_db.integrations.openai_agents import governed_tools
from governed_db.integrations.pydantic_ai import governed_toolset
from governed_db.model.principal import Context
from governed_db.runtime import release
from tests.attacks import traces
from tests.attacks.cases import Case, Proof, load
from tests.sqlalchemy.conftest import SCHEMES, governed_url

ALICE = Principal("alice", kind="human", actor=Principal("bot", kind="agent"))
STEP = int(os.environ.get("GOVERNED_DB_TEST_TRICKS", "9"))
Ask = Callable[[str], Any]

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """As the frameworks'."""
    return "asyncio"


def tricks(dialect: str) -> list[Case]:
    """What is written in one text."""
    cases = [one for one in load() if one.proof is Proof.LEAK and dialect in one.on]
    plain = [one for one in cases if len(one.statements) == 1 and one.statements[0].parameters is None]
    return plain[::STEP]


@asynccontextmanager
async def by_mcp(engine: Any) -> AsyncIterator[Ask]:
    """Both tools that run statements, and the one that explains."""
    server = governed_server(engine, OnePerson(lambda: Context(ALICE), Agency()), allows_changes=True)
    async with Client(server) as client:

        async def ask(sql: str) -> str:
            names = ("query", "explain", "request_change")
            return "".join([(await client.call_tool(one, {"sql": sql})).model_dump_json() for one in names])

        yield ask


@asynccontextmanager
async def by_openai_agents(engine: Any) -> AsyncIterator[Ask]:
    """As the SDK calls a tool: asks whether it needs approval, then invokes it."""
    set_trace_provider(DefaultTraceProvider())  # traces stay here
    query, _, _, check = governed_tools(engine, principal=ALICE)

    async def ask(sql: str) -> str:
        arguments = json.dumps({"query": sql})
        context = ToolContext(None, tool_name=query.name, tool_call_id=sql, tool_arguments=arguments)
        said = [await check.on_invoke_tool(context, arguments)]
        if not await query.needs_approval(context, {"query": sql}, sql):  # type: ignore[operator]  # a function
            said.append(await query.on_invoke_tool(context, arguments))
        return "".join(said)

    yield ask


@asynccontextmanager
async def by_pydantic_ai(engine: Any) -> AsyncIterator[Ask]:
    """As the framework calls a tool."""
    toolset = governed_toolset(engine, principal=ALICE)
    context: Any = RunContext(deps=None, model=TestModel(), usage=RunUsage(), tool_call_id="call")
    tools = await toolset.get_tools(context)

    async def ask(sql: str) -> str:
        said = []
        for name in ("sql_db_query", "sql_db_query_checker"):
            try:
                said.append(await toolset.call_tool(name, {"query": sql}, context, tools[name]))
            except Exception as error:  # noqa: BLE001  # what is deferred
                said.append(f"{error!r} {getattr(error, 'metadata', None)}")
        return "".join(said)

    yield ask


@pytest.mark.parametrize(
    ("dialect", "way"),
    [("postgres", by_mcp), ("sqlite", by_mcp), ("sqlite", by_openai_agents), ("sqlite", by_pydantic_ai)],
    ids=["postgres-mcp", "sqlite-mcp", "sqlite-openai-agents", "sqlite-pydantic-ai"],
)
async def test_no_trick_brings_out_a_value(
    dialect: str, way: Any, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """No protected value in any text or structure, and no traceback."""
    shop = request.getfixturevalue(f"{dialect}_shop")
    ours = {"governed_state_dir": tmp_path / "state"}
    engine = create_engine(governed_url(shop, SCHEMES[dialect]), connect_args=ours)
    told: dict[str, str] = {}
    async with way(engine) as ask:
        for case in tricks(dialect):
            sql = case.statements[0].written(dialect, tmp_path)
            came_out = set(traces.found(said := await ask(sql))) - set(traces.found(sql))
            told[case.id] = f"{came_out} {said}" if came_out or "Traceback" in said else ""
    engine.dispose()
    release(tmp_path / "state")

    assert len(told) > 10
    assert {name: what for name, what in told.items() if what} == {}
