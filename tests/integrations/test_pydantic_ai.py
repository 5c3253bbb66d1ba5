"""Agents of pydantic-ai, with a model that reads from a script, over governed engines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai import Agent, DeferredToolRequests, ModelMessagesTypeAdapter
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import FunctionModel

from governed_db import Principal
from governed_db.integrations.pydantic_ai import governed_toolset, settle
from governed_db.remote.approvals import ApprovalStore
from governed_db.runtime import release
from tests.integrations.test_langchain import BOT, COUNT, GUESS, READ, WIPE, open_engine, url
from tests.integrations.test_openai_agents import trail

__all__ = ["open_engine", "url"]  # fixtures


def who(context: Any) -> Principal:
    """The human of a run, with the agent that acts for them."""
    return Principal(context.deps, kind="human", actor=BOT)


def query(text: str) -> ToolCallPart:
    """What a model says to run a statement."""
    return ToolCallPart("sql_db_query", {"query": text})


def agent(database: Any, script: Sequence[ToolCallPart]) -> Agent[str, Any]:
    """One with a script."""
    left = iter(script)

    def say(*_: Any) -> ModelResponse:
        return ModelResponse([next(left, TextPart("done"))])

    model = FunctionModel(say, model_name="scripted-1")
    tools = governed_toolset(database, principal=who)
    return Agent(model, deps_type=str, toolsets=[tools], output_type=[str, DeferredToolRequests])


def told(result: Any) -> list[str]:
    """What the tools told the model."""
    parts = [part for message in result.all_messages() for part in message.parts]
    return [str(part.content) for part in parts if isinstance(part, ToolReturnPart)]


def test_it_reads_is_refused_and_does_better(open_engine: Any, tmp_path: Path) -> None:
    """Masked values, a refusal that is no empty result, then an answer; the trail says who and what for."""
    script = [
        ToolCallPart("sql_db_list_tables", {}),
        ToolCallPart("sql_db_schema", {"table_names": "customers"}),
        ToolCallPart("sql_db_query_checker", {"query": GUESS}),
        *(query(text) for text in (READ, GUESS, COUNT)),
    ]
    asked = agent(open_engine(), script).run("How many?", deps="alice", conversation_id="ticket 1")
    result = asyncio.run(asked)
    tables, schema, checked, masked, refusal, answer = told(result)

    assert "customers" in tables.split(", ")
    assert "hidden (redact)" in schema
    assert checked.startswith("REFUSED: it would not be run")
    assert json.loads(masked.splitlines()[1])["rows"] == [[1, "***"]]
    assert refusal.startswith("REFUSED: nothing was run. This is not an empty result.\nGDB201")
    assert json.loads(answer.splitlines()[1])["rows"] == [[30]]
    (found,) = {
        (one["principals"][0]["id"], one["conversation"], one["run"], one["prompt"][:7], one["model"])
        for one in trail(tmp_path)
    }
    assert found == ("alice", "ticket 1", result.run_id, "sha256:", "scripted-1")


@pytest.mark.parametrize(("url", "verdict"), [("postgres", "approve"), ("sqlite", "deny")], indirect=["url"])
def test_a_deferred_run_goes_on_after_a_restart(open_engine: Any, tmp_path: Path, verdict: str) -> None:
    """Deferred; nothing runs while nobody has decided, whatever the results say; then once."""
    store = ApprovalStore(tmp_path / "state" / "approvals.sqlite")
    first = asyncio.run(agent(open_engine(), [query(WIPE)]).run("Wipe", deps="alice"))
    kept, requests = first.all_messages_json(), first.output
    release(tmp_path / "state")

    def go_on(results: Any) -> Any:
        history = ModelMessagesTypeAdapter.validate_json(kept)
        more = agent(open_engine(), []).run(
            message_history=history, deferred_tool_results=results, deps="alice"
        )
        return asyncio.run(more)

    results, waiting = asyncio.run(settle(requests, open_engine()))
    early = go_on(requests.build_results(approve_all=True))
    getattr(store, verdict)(waiting[0]["id"], "grace")
    results, late = asyncio.run(settle(requests, open_engine()))
    answers = told(go_on(results))

    assert isinstance(early.output, DeferredToolRequests)
    assert (late, len(store.list())) == ([], 1)
    assert ("done: " if verdict == "approve" else "GDB433 grace has denied") in answers[-1]


def test_ten_agents_for_ten_people_share_one_engine(open_engine: Any, tmp_path: Path) -> None:
    """What each does is done in the name of its own human, in its own conversation."""
    engine = open_engine()

    async def all_of_them() -> list[Any]:
        agents = [agent(engine, [query(f"SELECT {n}, count(*) FROM customers")]) for n in range(10)]
        runs = [one.run("?", deps=f"person-{n}", conversation_id=f"{n}") for n, one in enumerate(agents)]
        return await asyncio.gather(*runs)

    answers = [told(one)[0] for one in asyncio.run(all_of_them())]

    assert all(f"[[{number}, 30]]" in answer for number, answer in enumerate(answers))
    found = {(one["principals"][0]["id"], one["conversation"]) for one in trail(tmp_path)}
    assert found == {(f"person-{number}", str(number)) for number in range(10)}
