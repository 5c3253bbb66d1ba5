"""LangChain's four SQL tools over a governed engine."""

from __future__ import annotations

from governed_db.integrations.langchain.toolkit import governed_toolkit

__all__ = ["governed_toolkit"]
