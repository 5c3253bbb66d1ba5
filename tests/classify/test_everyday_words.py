"""What developers call things is known in seven languages, and so are the innocent uses of the same words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from governed_db.classify.score import classify_columns
from governed_db.model.classification import CLEAR, Level
from governed_db.model.statement import ColumnRef

TYPES = {
    "": "varchar(120)", "l": "text", "i": "integer", "n": "numeric(12,2)", "d": "date", "b": "boolean",
    "j": "jsonb", "y": "bytea", "g": "geometry", "t": "timestamp",
}  # fmt: skip


def listed() -> Iterator[tuple[str, str, list[str], list[str]]]:
    """Class, table, columns beside and words of each entry; an entry goes on where a line is indented."""
    text = Path(__file__).with_name("everyday_words.txt").read_text("utf-8").replace("\n    ", " ")
    for line in text.splitlines():
        if not line.startswith("#"):
            classification, table, beside, words = line.split(" | ")
            yield classification, table, beside.split(), words.split()


def found(table: str, beside: list[str], word: str) -> str:
    """The class of one column, alone with those beside."""
    columns = [column.partition(":") for column in (*beside, word)]
    findings = classify_columns([("app", table, name, TYPES[kind]) for name, _, kind in columns])
    finding = findings[ColumnRef("app", table, columns[-1][0])]
    return CLEAR if finding.level is Level.NONE else finding.classification


@pytest.mark.parametrize(
    ("classification", "table", "beside", "words"),
    [pytest.param(*entry, id=f"{entry[0]}-{entry[1]}-{at}") for at, entry in enumerate(listed())],
)
def test_words_mean_what_they_mean_in_such_a_table(
    classification: str, table: str, beside: list[str], words: list[str]
) -> None:
    """Each word has its class; where that is none, the word is innocent there."""
    assert {word: found(table, beside, word) for word in words} == dict.fromkeys(words, classification)
