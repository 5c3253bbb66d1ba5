"""cases/*.cases into golden cases, and Facts into the text that they are compared with.

A case is plain text, so that a new one needs no Python:

    ## a title, which is a sentence
    dialects: postgres mysql sqlite
    SELECT c.email AS e, count(*) AS n FROM customers c GROUP BY c.email
    =>
    select from customers
    e = customers.email
    n .
    use customers.email group

Expected lines, in this order (a whole block is left out when it is empty):

    KIND [+ OTHER KINDS] [from RELATION, ...] [over RELATION, ...] [limit N]
    NAME = COLUMN              an output that copies a column
    NAME ~ COLUMN, ...         computed from columns; NULL only where they are
    NAME < COLUMN, ...         computed from columns otherwise
    NAME .                     shows no column
      ... ? COLUMN, ...        after any of these: depends on them too, without showing them
    write KIND RELATION REACH [ROWS]
      COLUMN = | ~ | < | . ... what flows into it, written as for outputs
    use COLUMN ROLE [COLUMN, ...]
    hazard KIND NAME
    refused CODE               instead of all the others

Relations of the schema that the shop lives in are written without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import pytest

from governed_db.errors import AnalysisError
from governed_db.model.statement import ColumnRef, Facts, Flow, Output, Relation, Use, Write
from tests.sql.statements import Ordinary
from tests.sql.world import World

FOLDER = Path(__file__).parent / "cases"


@attrs.frozen
class Case:
    """One statement of one dialect and what is expected of it."""

    title: str
    dialect: str
    sql: str
    expected: str
    place: str

    @property
    def is_refused(self) -> bool:
        """Whether analysis is expected to refuse it."""
        return self.expected.startswith("refused")


def cases(*dialects: str) -> Sequence[Case]:
    """All cases of the dialects, or of all."""
    found = [case for path in sorted(FOLDER.glob("*.cases")) for case in _read(path)]
    return [case for case in found if not dialects or case.dialect in dialects]


def parameters(found: Sequence[Case]) -> list[object]:
    """The cases as parameters of a test, named by where they stand."""
    return [pytest.param(case, id=f"{case.dialect}-{case.place}") for case in found]


def accepted(*dialects: str) -> Sequence[Ordinary]:
    """The cases that analysis accepts, as statements for the servers' opinions."""
    return [
        Ordinary(case.dialect, case.sql, case.place)
        for case in cases(*dialects)
        if not case.is_refused and "hazard" not in case.expected
    ]


def _read(path: Path) -> Iterator[Case]:
    blocks = ("\n" + path.read_text("utf-8")).split("\n## ")[1:]
    for number, block in enumerate(blocks, 1):
        title, dialects, rest = block.split("\n", 2)
        sql, _, expected = rest.partition("\n=>\n")
        for dialect in dialects.removeprefix("dialects:").split():
            yield Case(title, dialect, sql, expected.strip("\n"), f"{path.stem}-{number}")


def analysed(world: World, sql: str) -> str:
    """The text that a case's expectation is compared with."""
    try:
        facts = world.facts(sql)
    except AnalysisError as refusal:
        return f"refused {refusal.code}"
    return "\n".join(_Shown(world.schema).lines(facts))


@attrs.frozen
class _Shown:
    schema: str

    def lines(self, facts: Facts) -> Iterator[str]:
        yield self._summary(facts)
        yield from (f"{output.name} {self._value(output)}" for output in facts.outputs)
        for write in facts.writes:
            yield from self._write(write)
        yield from sorted({self._use(use) for use in facts.uses})
        yield from sorted({f"hazard {hazard.kind.value} {hazard.name}" for hazard in facts.hazards})

    def _summary(self, facts: Facts) -> str:
        parts = [" + ".join([facts.kind.value, *sorted(k.value for k in facts.kinds - {facts.kind})])]
        if facts.relations:
            parts.append("from " + self._names(facts.relations))
        if facts.base_relations - facts.relations:
            parts.append("over " + self._names(facts.base_relations - facts.relations))
        if facts.row_limit is not None:
            parts.append(f"limit {facts.row_limit}")
        return " ".join(parts)

    def _value(self, value: Output | Flow) -> str:
        if value.plain is not None:
            text = f"= {self._name(value.plain)}"
            shown = value.exposed - {value.plain}
        else:
            is_steady = isinstance(value, Output) and value.is_steady
            text = ("~ " if is_steady else "< ") + self._names(value.exposed) if value.exposed else "."
            shown = frozenset()
        text += " and " + self._names(shown) if shown else ""
        hidden = value.labels - value.exposed
        return text + (" ? " + self._names(hidden) if hidden else "")

    def _write(self, write: Write) -> Iterator[str]:
        rows = "" if write.rows is None else f" {write.rows}"
        yield f"write {write.kind.value} {self._name(write.relation)} {write.reach.value}{rows}"
        for flow in write.flows:
            yield f"  {flow.target.column} {self._value(flow)}"

    def _use(self, use: Use) -> str:
        role = use.role.name.lower().replace("_", " ")
        return f"use {self._name(use.column)} {role}" + (f" {self._names(use.other)}" if use.other else "")

    def _names(self, names: frozenset[ColumnRef] | frozenset[Relation]) -> str:
        return ", ".join(sorted(map(self._name, names)))

    def _name(self, name: ColumnRef | Relation) -> str:
        return str(name).removeprefix(f"{self.schema}.")
