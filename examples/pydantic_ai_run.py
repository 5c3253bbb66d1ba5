"""A run of pydantic-ai is deferred, and goes on when a person has agreed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from pydantic_ai import Agent, DeferredToolRequests, RunContext
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import FunctionModel
from sqlalchemy import create_engine, make_url

from governed_db import Principal
from governed_db.integrations.pydantic_ai import governed_toolset, settle
from governed_db.remote.approvals import ApprovalStore

engine = create_engine(make_url(os.environ["POSTGRES_URL"]).set(drivername="postgresql+governed"))
script = iter([ToolCallPart("sql_db_query", {"query": "DELETE FROM order_items"}), TextPart("Done.")])


def user_of(context: RunContext[str]) -> Principal:
    """Whoever your application has signed in."""
    return Principal(context.deps, kind="human", actor=Principal("helpdesk-bot", kind="agent"))


def say(*_: Any) -> ModelResponse:
    """What the model says; yours is a real one."""
    return ModelResponse([next(script)])


agent = Agent(
    FunctionModel(say, model_name="scripted"),
    deps_type=str,
    toolsets=[governed_toolset(engine, principal=user_of)],
    output_type=[str, DeferredToolRequests],
)


async def main() -> str:
    """The answer, after a wait."""
    first = await agent.run("Empty all orders.", deps="alice")
    assert isinstance(first.output, DeferredToolRequests)
    _, (task,) = await settle(first.output, engine)
    print(task["state"], task["rows"])
    # In life, grace runs `governed-db approvals approve`.
    ApprovalStore(Path(os.environ["GOVERNED_DB_HOME"]) / "approvals.sqlite").approve(task["id"], "grace")
    results, _ = await settle(first.output, engine)
    history = first.all_messages()
    last = await agent.run(message_history=history, deferred_tool_results=results, deps="alice")
    return str(last.all_messages()[-2].parts[0].content)


answer = asyncio.run(main())
print(answer)
assert answer.startswith("done: ")
engine.dispose()
