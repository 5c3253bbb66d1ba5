"""PostgreSQL's own parser, where pglast is installed, into whether ours read fewer columns than it does.

Sets of names would not do: a column that is lost in one place is often named in another. So the columns of
each name are counted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from sqlglot import exp

from governed_db.errors import AnalysisError
from governed_db.sql.text import without_marks


def check(text: str, root: exp.Expr) -> None:
    """Raise GDB121 when PostgreSQL's parser finds more columns than `root`, GDB106 when it cannot read it."""
    read = _reader()
    if read is None:
        return
    try:
        statement = json.loads(read(without_marks(text)))
    except RecursionError:
        raise AnalysisError("GDB107", "the statement is nested too deeply") from None
    except ValueError:
        raise AnalysisError("GDB106", "PostgreSQL's own parser does not take this statement") from None
    # By place: what stands after SET (a, b) = (...) is in its tree once for each column.
    wanted = Counter(name.lower() for _, name in set(_columns(statement)))
    found = Counter(column.name.lower() for column in root.find_all(exp.Column))
    if wanted - found:
        raise AnalysisError(
            "GDB121",
            "PostgreSQL's own parser reads columns in this statement that analysis does not",
            help="write this part in another way",
        )


@cache
def _reader() -> Callable[[str], str] | None:
    try:
        from pglast.parser import ParseError, parse_sql_json
    except ImportError:
        return None

    def read(text: str) -> str:
        try:
            return parse_sql_json(text)
        except ParseError:
            pass
        raise ValueError  # outside of the handler: the parser's error quotes the statement

    return read


def _columns(node: Any) -> Iterator[tuple[int, str]]:
    """Where every column reference stands, and its last part; stars have no name."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            reference = node.get("ColumnRef")
            if reference is not None and "String" in reference["fields"][-1]:
                yield reference.get("location", 0), reference["fields"][-1]["String"].get("sval", "")
            waiting += node.values()
