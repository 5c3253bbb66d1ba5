"""The configuration of a LangChain run into who acts, in a tool that a program writes itself."""

from __future__ import annotations

from contextlib import AbstractContextManager

from langchain_core.runnables import RunnableConfig

from governed_db.context.identity import acting_as
from governed_db.integrations.langchain.recording import recorder
from governed_db.model.principal import Context, Principal


def acting_in(
    config: RunnableConfig, principal: Principal, *, tool: str | None = None
) -> AbstractContextManager[Context]:
    """Statements of the block are `principal`'s in the conversation, run, model and prompt of `config`."""
    asked = recorder().asked(config)
    thread = config.get("configurable", {}).get("thread_id")
    return acting_as(
        principal,
        conversation=None if thread is None else str(thread),
        tool=tool,
        model=asked.model,
        purpose="agent",
        run=asked.run,
        prompt=asked.prompt,
    )
