"""Agents of the OpenAI Agents SDK, with a model that reads from a script, over governed engines."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from agents import Agent, RunConfig, Runner, RunState, set_trace_provider
from agents.testing import ScriptedModel, assistant_message, function_call
from agents.tracing.provider import DefaultTraceProvider
from sqlalchemy.ext.asyncio import create_async_engine

from governed_db import Principal
from governed_db.integrations.openai_agents import governed_tools, settle
from governed_db.remote.approvals import ApprovalStore
from governed_db.remote.reader import read
from governed_db.runtime import release
from tests.integrations.test_langchain import BOT, COUNT, GUESS, READ, WIPE, open_engine, url

__all__ = ["open_engine", "url"]  # fixtures


def who(context: Any) -> Principal:
    """The human of a run, with the agent that acts for them."""
    return Principal(context.context["user"], kind="human", actor=BOT)


def query(text: str, number: int = 0) -> Any:
    """What a model says to run a statement."""
    return [function_call("sql_db_query", {"query": text}, call_id=f"call-{number}")]


def agent(tools: Any, *script: Any) -> Agent[Any]:
    """One with a script."""
    return Agent(
        "helpdesk",
        model=ScriptedModel([*script, [assistant_message("done")]]),
        tools=tools,
        instructions="Be kind.",
    )


def told(result: Any) -> list[str]:
    """What the tools told the model."""
    return [item.output for item in result.new_items if item.type == "tool_call_output_item"]


def config(user: str, ticket: str = "ticket 1") -> dict[str, Any]:
    """Somebody's run."""
    return {"context": {"user": user}, "run_config": RunConfig(group_id=ticket, tracing_disabled=False)}


def trail(folder: Path) -> list[Any]:
    """What the trail tells of the query tool."""
    release(folder / "state")
    found = [one["fields"] for one in read(folder / "state" / "audit")]
    return [one for one in found if one.get("tool") == "sql_db_query"]


@pytest.fixture(autouse=True, scope="module")
def _traces_stay_here() -> None:
    """A provider without an exporter."""
    set_trace_provider(DefaultTraceProvider())


def test_it_reads_is_refused_and_does_better(open_engine: Any, tmp_path: Path) -> None:
    """Masked values, a refusal that is no empty result, then an answer; the trail says who and what for."""
    script = [
        [function_call("sql_db_list_tables", {}, call_id="a")],
        [function_call("sql_db_schema", {"table_names": "customers"}, call_id="b")],
        [function_call("sql_db_query_checker", {"query": GUESS}, call_id="c")],
        *(query(text, number) for number, text in enumerate((READ, GUESS, COUNT))),
    ]
    tools = governed_tools(open_engine(), principal=who)

    result = asyncio.run(Runner.run(agent(tools, *script), "How many?", **config("alice")))
    tables, schema, checked, masked, refusal, answer = told(result)

    assert "customers" in tables.split(", ")
    assert "hidden (redact)" in schema
    assert checked.startswith("REFUSED: it would not be run")
    assert json.loads(masked.splitlines()[1])["rows"] == [[1, "***"]]
    assert refusal.startswith("REFUSED: nothing was run. This is not an empty result.\nGDB201")
    assert json.loads(answer.splitlines()[1])["rows"] == [[30]]
    (found,) = {
        (tuple(p["id"] for p in one["principals"]), one["conversation"], one["run"][:6], one["prompt"][:7])
        for one in trail(tmp_path)
    }
    assert found == (("alice", "helpdesk-bot"), "ticket 1", "trace_", "sha256:")


@pytest.mark.parametrize(("url", "verdict"), [("postgres", "approve"), ("sqlite", "deny")], indirect=["url"])
def test_an_interrupted_run_goes_on_after_a_restart(open_engine: Any, tmp_path: Path, verdict: str) -> None:
    """Interrupted; nothing runs while nobody has decided, whatever the framework is told; then once."""
    store = ApprovalStore(tmp_path / "state" / "approvals.sqlite")

    async def begin() -> tuple[str, list[Any]]:
        engine = open_engine()
        result = await Runner.run(
            agent(governed_tools(engine, principal=who), query(WIPE)), "Wipe", **config("alice")
        )
        state = result.to_state()
        return state.to_string(), await settle(state, engine, principal=who)

    async def go_on(kept: str) -> tuple[list[Any], list[str]]:
        engine = open_engine()
        again = agent(governed_tools(engine, principal=who))
        state = await RunState.from_string(again, kept)
        waiting = await settle(state, engine, principal=who)
        if waiting:
            return waiting, []
        result = await Runner.run(again, state, run_config=config("alice")["run_config"])
        return waiting, told(result)

    kept, first = asyncio.run(begin())
    release(tmp_path / "state")
    early, _ = asyncio.run(go_on(kept))
    getattr(store, verdict)(first[0]["id"], "grace")
    late, answers = asyncio.run(go_on(kept))

    assert [one["id"] for one in early] == [one["id"] for one in first]
    assert (late, len(store.list())) == ([], 1)
    assert (
        answers[0].startswith("done: ") if verdict == "approve" else "GDB433 grace has denied" in answers[0]
    )


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_what_the_framework_approves_runs_nothing(open_engine: Any, tmp_path: Path) -> None:
    """Its approval is no person's of ours: the model is told that it waits."""

    async def run() -> list[str]:
        again = agent(governed_tools(open_engine(), principal=who), query(WIPE))
        state = (await Runner.run(again, "Wipe", **config("alice"))).to_state()
        for item in state.get_interruptions():
            state.approve(item)
        return told(await Runner.run(again, state))

    assert asyncio.run(run())[0].startswith("WAITS: nothing was run.")


def test_ten_agents_for_ten_people_share_one_engine(open_engine: Any, tmp_path: Path) -> None:
    """What each does is done in the name of its own human, in its own conversation."""
    tools = governed_tools(open_engine(), principal=who)

    async def both() -> list[Any]:
        runs = (
            Runner.run(
                agent(tools, query(f"SELECT {n}, count(*) FROM customers")),
                "?",
                **config(f"person-{n}", f"{n}"),
            )
            for n in range(10)
        )
        return await asyncio.gather(*runs)

    answers = [told(one)[0] for one in asyncio.run(both())]

    assert all(f"[[{number}, 30]]" in answer for number, answer in enumerate(answers))
    found = {(one["principals"][0]["id"], one["conversation"]) for one in trail(tmp_path)}
    assert found == {(f"person-{number}", str(number)) for number in range(10)}


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_calls_of_two_people_are_two_whatever_they_are_named(open_engine: Any, tmp_path: Path) -> None:
    """Models name calls as they like: what alice waits for, and got agreed, is of no use to mallory."""
    store = ApprovalStore(tmp_path / "state" / "approvals.sqlite")

    async def ask(user: str) -> tuple[Any, list[Any]]:
        engine = open_engine()
        mine = agent(governed_tools(engine, principal=who), query(WIPE))
        state = (await Runner.run(mine, "Wipe", **config(user))).to_state()
        return state, await settle(state, engine, principal=who)

    async def ask_again() -> list[str]:
        again = agent(governed_tools(open_engine(), principal=who), query(WIPE, 1), query(WIPE, 2))
        result = await Runner.run(again, "Wipe", **config("alice"))
        assert len(result.interruptions) == 1  # of the second
        return told(result)

    _, (alices,) = asyncio.run(ask("alice"))
    store.approve(alices["id"], "grace")
    _, (mallorys,) = asyncio.run(ask("mallory"))
    (done,) = asyncio.run(ask_again())

    assert mallorys["id"] != alices["id"]
    assert mallorys["principals"][0] == "mallory"
    assert mallorys["state"] == "pending"
    assert done.startswith("done: ")


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_what_a_model_writes_beside_the_query_counts_for_nothing(open_engine: Any, tmp_path: Path) -> None:
    """Neither a principal nor a conversation; too much, or nothing, is told in a line."""
    forged = {"query": COUNT, "principal": "root", "conversation": "another", "user": "root"}
    script = [
        [function_call("sql_db_query", forged, call_id="a")],
        [function_call("sql_db_query", {"query": "SELECT 1 -- " + "x" * 60_000}, call_id="b")],
        [function_call("sql_db_query", {"sql": COUNT}, call_id="c")],
    ]
    tools = governed_tools(open_engine(), principal=who)
    counted, *wrong = told(asyncio.run(Runner.run(agent(tools, *script), "?", **config("alice"))))

    assert "[[30]]" in counted
    assert all(one.startswith("REFUSED: nothing was run.") and len(one) < 200 for one in wrong)
    (found,) = {(one["principals"][0]["id"], one["conversation"]) for one in trail(tmp_path)}
    assert found == ("alice", "ticket 1")


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_on_an_async_engine(open_engine: Any) -> None:
    """The same on the loop: rows, a refusal, and a run that is interrupted."""

    async def run() -> tuple[list[str], list[Any]]:
        engine = open_engine(create_async_engine)
        script = [query(READ, 1), query(GUESS, 2), query(WIPE, 3)]
        result = await Runner.run(
            agent(governed_tools(engine, principal=who), *script), "?", **config("alice")
        )
        waiting = await settle(result.to_state(), engine, principal=who)
        await engine.dispose()
        return told(result), waiting

    (masked, refusal), waiting = asyncio.run(run())

    assert '[[1, "***"]]' in masked
    assert refusal.startswith("REFUSED")
    assert [one["state"] for one in waiting] == ["pending"]
