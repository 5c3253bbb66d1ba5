"""The files of ordinary/ into statements, each for the dialects that its file is named for.

A file is `topic.dialect.sql`; `all` is every dialect, `standard` PostgreSQL and MariaDB. Statements end
with a semicolon at the end of a line. All of them are valid, and none of them may be refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs
import pytest

FOLDER = Path(__file__).parent / "ordinary"
DIALECTS: Mapping[str, Sequence[str]] = {
    "all": ("postgres", "mysql", "sqlite"),
    "standard": ("postgres", "mysql"),
    "postgres": ("postgres",),
    "mysql": ("mysql",),
    "sqlite": ("sqlite",),
}


_QUERIES = frozenset("SELECT WITH VALUES TABLE INSERT UPDATE DELETE MERGE REPLACE".split())


@attrs.frozen
class Ordinary:
    """One statement of one dialect; `place` is where it stands, for people."""

    dialect: str
    sql: str
    place: str

    @property
    def is_query(self) -> bool:
        """Whether servers can describe it: it reads or changes rows, and nothing else."""
        first = self.sql.lstrip("( \n").split(None, 1)[0].upper()
        return first in (
            "SELECT",
            "WITH",
            "VALUES",
            "TABLE",
            "INSERT",
            "UPDATE",
            "DELETE",
            "MERGE",
            "REPLACE",
        )


def ordinary(*dialects: str) -> Sequence[Ordinary]:
    """All statements of the dialects, or of all."""
    wanted = dialects or DIALECTS["all"]
    return [found for found in _all() if found.dialect in wanted]


def parameters(statements: Sequence[Ordinary]) -> list[object]:
    """The statements as parameters of a test, named by where they stand."""
    return [pytest.param(one, id=f"{one.dialect}-{one.place}") for one in statements]


def _all() -> Iterator[Ordinary]:
    for path in sorted(FOLDER.glob("*.sql")):
        topic, family, _ = path.name.split(".")
        pieces = [piece.strip() for piece in path.read_text("utf-8").split(";\n")]
        for dialect in DIALECTS[family]:
            for number, sql in enumerate(filter(None, pieces), 1):
                yield Ordinary(dialect, sql, f"{topic}-{number}")
