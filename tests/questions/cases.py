"""Text files of questions into cases.

A block is `[id] question`, then lines of SQL: `pg:`, `my:` and `lite:` for one dialect, without a mark for
all that have none of their own. `refused: CODE why`: the pack `standard` refuses it, with this code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import attrs

SCHEMAS = ("shop", "hospital", "hr", "bank", "saas")
FOLDER = Path(__file__).with_name("data")
_MARKS = {"pg": "postgres", "my": "mysql", "lite": "sqlite"}
_HEAD = re.compile(r"\[([a-z]+-\d+)\] (.+)")
_TYPES = {
    "postgres": {"json": "jsonb", "moment": "timestamp"},
    "mysql": {"json": "json", "moment": "datetime"},
    "sqlite": {"json": "json", "moment": "timestamp"},
}


@attrs.frozen
class Question:
    """A question with its answer in SQL by dialect; `refused`: the code, and why that is right."""

    id: str
    text: str
    sql: dict[str, str]
    refused: str = ""

    @property
    def code(self) -> str:
        """The code with which it is refused, empty for what runs."""
        return self.refused.partition(" ")[0]


def questions(schema: str) -> tuple[Question, ...]:
    """All questions about one schema."""
    return tuple(_read((FOLDER / f"{schema}.txt").read_text("utf-8")))


def tables(schema: str, dialect: str) -> list[str]:
    """The statements that make its tables."""
    text = (FOLDER / f"{schema}.sql").read_text("utf-8")
    for name, kind in _TYPES[dialect].items():
        text = text.replace(f"{{{name}}}", kind)
    return [one for one in text.split(";\n") if one.strip()]


def _read(text: str) -> Iterator[Question]:
    for block in re.split(r"^(?=\[)", text, flags=re.MULTILINE):
        if not block.strip():
            continue
        head, *lines = block.strip().splitlines()
        found = _HEAD.fullmatch(head)
        assert found is not None, head
        sql: dict[str, str] = {}
        refused, common = "", ""
        for line in lines:
            mark, _, rest = line.partition(": ")
            if mark in _MARKS:
                sql[_MARKS[mark]] = rest
            elif mark == "refused":
                refused = rest
            else:
                common = line
        for dialect in _MARKS.values() if common else ():
            sql.setdefault(dialect, common)
        yield Question(found[1], found[2], sql, refused)
