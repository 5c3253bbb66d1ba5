"""A run of the OpenAI Agents SDK is interrupted, kept as text, and goes on when a person has agreed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from agents import Agent, Runner, RunState, set_trace_provider
from agents.testing import ScriptedModel, assistant_message, function_call
from agents.tracing.provider import DefaultTraceProvider
from sqlalchemy import create_engine, make_url

from governed_db import Principal
from governed_db.integrations.openai_agents import governed_tools, settle
from governed_db.remote.approvals import ApprovalStore

set_trace_provider(DefaultTraceProvider())  # traces stay here
engine = create_engine(make_url(os.environ["POSTGRES_URL"]).set(drivername="postgresql+governed"))


def user_of(context: Any) -> Principal:
    """Whoever your application has signed in."""
    return Principal(context.context["user"], kind="human", actor=Principal("helpdesk-bot", kind="agent"))


def helpdesk(*script: Any) -> Agent[Any]:
    """The agent; its model reads from a script, yours asks a real one."""
    model = ScriptedModel([*script, [assistant_message("Done.")]])
    return Agent("helpdesk", model=model, tools=governed_tools(engine, principal=user_of))


async def ask() -> str:
    """The run as text, which can be kept anywhere."""
    wish = function_call("sql_db_query", {"query": "DELETE FROM order_items"}, call_id="call-1")
    result = await Runner.run(helpdesk([wish]), "Empty all orders.", context={"user": "alice"})
    (task,) = await settle(result.to_state(), engine, principal=user_of)
    print(task["state"], task["rows"])
    # In life, grace runs `governed-db approvals approve`.
    ApprovalStore(Path(os.environ["GOVERNED_DB_HOME"]) / "approvals.sqlite").approve(task["id"], "grace")
    return result.to_state().to_string()


async def go_on(kept: str) -> list[Any]:
    """What is new after it went on, in whatever process."""
    state = await RunState.from_string(helpdesk(), kept)
    assert await settle(state, engine, principal=user_of) == []
    return list((await Runner.run(helpdesk(), state)).new_items)


outputs = [one.output for one in asyncio.run(go_on(asyncio.run(ask()))) if hasattr(one, "output")]
print(outputs)
assert outputs[0].startswith("done: ")
engine.dispose()
