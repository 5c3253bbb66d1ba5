"""LlamaIndex's SQLDatabase over a governed engine: answers are masked, refusals come back as text."""

from __future__ import annotations

import os
from typing import Any

from llama_index.core import MockEmbedding, SQLDatabase
from llama_index.core.indices.struct_store.sql_retriever import NLSQLRetriever
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
from sqlalchemy import create_engine, make_url

from governed_db import Principal, acting_as

ALICE = Principal("alice", kind="human", actor=Principal("helpdesk-bot", kind="agent"))


class Scripted(CustomLLM):
    """A model that writes these statements; yours asks a real one."""

    script: list[str]

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="scripted")

    def complete(self, *_: Any, **__: Any) -> CompletionResponse:
        return CompletionResponse(text=self.script.pop(0))

    def stream_complete(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError


engine = create_engine(make_url(os.environ["POSTGRES_URL"]).set(drivername="postgresql+governed"))
model = Scripted(
    script=[
        "SELECT id, email FROM customers WHERE id = 1",
        "SELECT id FROM customers WHERE email LIKE 'a%'",
    ]
)
retriever = NLSQLRetriever(
    SQLDatabase(engine, include_tables=["customers"]),
    tables=["customers"],
    llm=model,
    embed_model=MockEmbedding(embed_dim=8),
    handle_sql_errors=True,
)
with acting_as(ALICE, conversation="ticket 4711", tool="retriever", model="scripted"):
    rows = retriever.retrieve("Who is the first customer?")[0].text
    refusal = retriever.retrieve("Whose address begins with a?")[0].text

print(rows)
print(refusal.splitlines()[0])
assert rows == "[(1, '***')]"
assert "GDB201" in refusal
engine.dispose()
