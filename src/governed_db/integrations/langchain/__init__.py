"""LangChain over a governed engine: the four SQL tools, and the class that older code expects."""

from __future__ import annotations

from governed_db.integrations.langchain.acting import acting_in
from governed_db.integrations.langchain.sql_database import GovernedSQLDatabase
from governed_db.integrations.langchain.toolkit import governed_toolkit

__all__ = ["GovernedSQLDatabase", "acting_in", "governed_toolkit"]
