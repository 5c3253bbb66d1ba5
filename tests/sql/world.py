"""A dialect into a real database to analyse against: the shop, what it lacks, and tables for analytics."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs

from governed_db.model.catalog import Catalog, Dialect
from governed_db.model.statement import Facts
from governed_db.sql.facts import analyse
from governed_db.sql.parse import parse
from governed_db.sql.text import analysable
from tests.catalog import sessions
from tests.catalog.sessions import Session

FOLDER = Path(__file__).parent / "worlds"
DIALECTS = ("postgres", "mysql", "sqlite")
OPEN: dict[str, Callable[[str], Session]] = {
    "postgres": sessions.postgres,
    "mysql": sessions.mysql,
    "sqlite": sessions.sqlite,
}


@attrs.frozen(eq=False)
class World:
    """One database with everything in it, and its catalog as a session sees it."""

    dialect: Dialect
    session: Session
    catalog: Catalog

    @property
    def schema(self) -> str:
        """The schema that unqualified names are made in."""
        if self.dialect is Dialect.MYSQL:
            return self.catalog.database
        return "public" if self.dialect is Dialect.POSTGRES else "main"

    def facts(self, sql: str, style: str = "qmark") -> Facts:
        """What analysis proves about a statement, as a driver of this dialect would ask."""
        text = analysable(sql, self.dialect, style)
        return analyse(parse(text, self.dialect, self.catalog.modes), self.catalog)


def build(dialect: str, url: str) -> World:
    """Add to a database that holds the shop, and look at it."""
    session = OPEN[dialect](url)
    for name in (dialect, "tpch"):
        session.run(*(FOLDER / f"{name}.sql").read_text("utf-8").split(";\n"))
    return World(session.dialect, session, session.load())
