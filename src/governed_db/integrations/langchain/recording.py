"""What LangChain tells of a run into which model was asked what, for the statements that come of it.

A prompt is kept as its digest only, and as long as its run lasts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from functools import cache
from typing import Any, Final
from uuid import UUID

import attrs
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tracers.context import register_configure_hook

from governed_db.integrations.office import digest_of

_MOST: Final = 10_000  # runs that are known at a time: one that never ends must not be kept forever


@attrs.frozen
class Asked:
    """The run that a tool is called in, and what its model was asked last."""

    run: str | None = None
    model: str | None = None
    prompt: str | None = None


class Recorder(BaseCallbackHandler):
    """Follows runs from their root; async ones too, since nothing here waits."""

    run_inline = True

    def __init__(self) -> None:
        self._roots: dict[UUID, UUID] = {}
        self._asked: dict[UUID, Asked] = {}

    def asked(self, config: RunnableConfig) -> Asked:
        """What is known of the run that a tool's configuration belongs to."""
        own = getattr(config.get("callbacks"), "parent_run_id", None)
        root = self._roots.get(own, own) if own is not None else None
        model = config.get("metadata", {}).get("ls_model_name")
        found = self._asked.get(root, Asked(model=model)) if root is not None else Asked(model=model)
        return attrs.evolve(found, run=str(root) if root is not None else None)

    # -- what LangChain calls ---------------------------------------------------------------------------

    def on_chain_start(self, serialized: Any, inputs: Any, **about: Any) -> None:  # noqa: ARG002  # theirs
        self._began(**about)

    def on_tool_start(self, serialized: Any, input_str: str, **about: Any) -> None:  # noqa: ARG002  # theirs
        self._began(**about)

    def on_chat_model_start(
        self,
        serialized: Any,
        messages: list[list[BaseMessage]],
        **about: Any,
    ) -> None:
        texts = [f"{one.type}: {one.content}" for batch in messages for one in batch]
        self._heard(serialized, texts, **about)

    def on_llm_start(self, serialized: Any, prompts: list[str], **about: Any) -> None:
        self._heard(serialized, prompts, **about)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **about: Any) -> None:  # noqa: ARG002  # theirs
        self._ended(run_id)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **about: Any) -> None:  # noqa: ARG002
        self._ended(run_id)

    def on_tool_end(self, output: Any, *, run_id: UUID, **about: Any) -> None:  # noqa: ARG002  # theirs
        self._ended(run_id)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **about: Any) -> None:  # noqa: ARG002
        self._ended(run_id)

    # -- runs -------------------------------------------------------------------------------------------

    def _began(self, *, run_id: UUID, parent_run_id: UUID | None = None, **about: Any) -> None:  # noqa: ARG002
        while len(self._roots) >= _MOST:
            self._ended(next(iter(self._roots)))
        self._roots[run_id] = self._roots.get(parent_run_id, parent_run_id) if parent_run_id else run_id

    def _heard(
        self, serialized: Any, texts: Sequence[str], *, parent_run_id: UUID | None = None,
        metadata: Mapping[str, Any] | None = None, **about: Any,  # noqa: ARG002  # theirs
    ) -> None:  # fmt: skip
        if parent_run_id is None:
            return  # no tool is called in it
        root = self._roots.get(parent_run_id, parent_run_id)
        known = (metadata or {}).get("ls_model_name") or (serialized or {}).get("name")
        self._asked[root] = Asked(str(root), known, digest_of("\n".join(texts)))

    def _ended(self, run: UUID) -> None:
        self._roots.pop(run, None)
        self._asked.pop(run, None)


@cache
def recorder() -> Recorder:
    """The one of this process, which LangChain tells of every run from the first call on."""
    made = Recorder()
    register_configure_hook(ContextVar("governed_db_recorder", default=made), inheritable=True)
    return made
