"""A database, or the statements that make one, into what a policy's tests are decided on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from governed_db.cli.inside import database_of, knowledge_of
from governed_db.cli.options import Entry
from governed_db.errors import ConfigurationError
from governed_db.model.statement import ColumnRef, Facts

if TYPE_CHECKING:
    from governed_db.core.plan import Knowledge
    from governed_db.model.policy import Policy


@attrs.frozen
class Subject:
    """`analyse` raises AnalysisError for what cannot be understood."""

    analyse: Callable[[str], Facts]
    classes: Mapping[ColumnRef, str]
    database: str


def of_url(policy: Policy, url: str, state_dir: str | None) -> Subject:
    """What the database contains now."""
    with Entry(url, state_dir=state_dir).opened(policy=policy, control_plane="") as connection:
        return _subject(knowledge_of(connection), database_of(connection))


def of_schema(policy: Policy, file: str) -> Subject:
    """What the statements of the file make, in an empty SQLite database."""
    from governed_db.context import knowledge
    from governed_db.rehearsal import tables_of

    try:
        catalog = tables_of(Path(file).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, sqlite3.Error) as error:
        raise ConfigurationError(
            f"the schema {file} cannot be used: {error}",
            code="GDB531",
            help="give a file of CREATE statements that SQLite takes, or a database with --url",
        ) from error
    return _subject(knowledge.knowledge_of(catalog, policy), "main")


def _subject(knowledge: Knowledge, database: str) -> Subject:
    from governed_db.rehearsal import reading

    return Subject(reading(knowledge.catalog), knowledge.classes, database)
