"""What a planner says of a statement into numbers, indexes and tables; rounded, because its statistics show
values: how many rows it expects for one is what a histogram knows of it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from governed_db.model.catalog import Dialect

PREFIX: Final[Mapping[Dialect, str]] = {
    Dialect.POSTGRES: "EXPLAIN (FORMAT JSON, COSTS TRUE) ",
    Dialect.MYSQL: "EXPLAIN FORMAT=JSON ",
    Dialect.SQLITE: "EXPLAIN QUERY PLAN ",
}
_INDEX: Final = re.compile(r"USING (?:AUTOMATIC )?(?:COVERING )?INDEX (\S+)")


@attrs.frozen
class Words:
    rows: int | None = None
    cost: float | None = None
    indexes: tuple[str, ...] = ()
    scanned: tuple[str, ...] = ()


def read(answer: Sequence[Sequence[Any]], dialect: Dialect) -> Words:
    """Raises ValueError, KeyError or TypeError for what is no such answer."""
    if dialect is Dialect.SQLITE:
        return _sqlite([str(row[3]) for row in answer])
    said = json.loads("".join(str(row[0]) for row in answer))
    if dialect is Dialect.POSTGRES:
        return _postgres(said[0]["Plan"])
    return _mysql(said)


def _postgres(plan: Mapping[str, Any]) -> Words:
    nodes = list(_nodes(plan, "Plan"))
    below = [node for node in nodes if node.get("Node Type") != "ModifyTable"]
    rows = below[0].get("Plan Rows") if below else None
    return Words(
        rows=_rounded(rows),
        cost=_rounded(plan.get("Total Cost")),
        indexes=_unique(node.get("Index Name") for node in nodes),
        scanned=_unique(node.get("Relation Name") for node in nodes if node.get("Node Type") == "Seq Scan"),
    )


def _mysql(said: Mapping[str, Any]) -> Words:
    tables = [node for node in _nodes(said, "") if "table_name" in node]
    rows = [node["rows"] for node in tables if "rows" in node]
    keys = (node.get("key") for node in tables if node.get("access_type") != "ALL")
    return Words(
        rows=_rounded(math.prod(rows)) if rows else None,
        indexes=_unique(keys),
        scanned=_unique(node["table_name"] for node in tables if node.get("access_type") == "ALL"),
    )


def _sqlite(lines: Sequence[str]) -> Words:
    found = (_INDEX.search(line) for line in lines)
    named = ["PRIMARY KEY" if "INTEGER PRIMARY KEY" in line else None for line in lines]
    scans = (line.split()[1] for line in lines if line.startswith("SCAN ") and "USING" not in line)
    return Words(
        indexes=_unique([*(match[1] if match else None for match in found), *named]),
        scanned=_unique(scan for scan in scans if not scan.startswith("(")),
    )


def _nodes(tree: Any, _name: str) -> Iterator[Mapping[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _nodes(value, _name)
    elif isinstance(tree, list):
        for value in tree:
            yield from _nodes(value, _name)


def _unique(names: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(name) for name in names if name))


def _rounded(number: Any) -> Any:
    """To one digit: 3,000 for 2,871."""
    if number is None:
        return None
    if not number:
        return 0
    digits = 10 ** math.floor(math.log10(abs(number)))
    rounded = round(number / digits) * digits
    return int(rounded) if isinstance(number, int) or rounded >= 10 else round(float(rounded), 3)
