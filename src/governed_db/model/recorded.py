"""Facts into what is recorded of them, and back: enough to decide anew, without a text of the caller's.

Names of relations, columns and functions are kept. Left out are places in the statement, names that the
caller gave to outputs (MySQL makes them of literals), messages, and keys of documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import attrs
import msgspec

from governed_db.model.statement import ColumnRef, Facts, Flow, Hazard, Label, Output, Use, Write

Classes = Mapping[ColumnRef, str]


@attrs.frozen
class Recorded:
    """What was proved of a statement, and what its columns were taken for then."""

    facts: Facts
    classes: tuple[tuple[ColumnRef, str], ...]


def recorded(facts: Facts, classes: Classes) -> Recorded:
    """What is kept of the facts of one statement."""
    kept = _Keeping({member.ref: member.column for member in facts.members}).facts(facts)
    relations = facts.relations | facts.base_relations | {write.relation for write in facts.writes}
    near = {(relation.schema, relation.name) for relation in relations}
    touched = facts.columns | {column for output in kept.outputs for column in output.labels}
    known = (
        (column, name)
        for column, name in classes.items()
        if (column.schema, column.relation) in near or column in touched
    )
    return Recorded(kept, tuple(sorted(known)))


def encoded(what: Recorded) -> tuple[str, bytes]:
    """A name for the facts, and the facts as JSON. Another process may name equal ones otherwise."""
    text = msgspec.json.encode(what)
    return hashlib.blake2b(text, digest_size=8).hexdigest(), text


def decoded(told: Any) -> Recorded:
    """What was recorded. Raises ValueError where it is not of this release."""
    return msgspec.convert(told, Recorded)


@attrs.frozen
class _Keeping:
    """`members`: what stands for members of documents, whose keys the caller wrote, and their columns."""

    members: Mapping[ColumnRef, ColumnRef]

    def facts(self, facts: Facts) -> Facts:
        return attrs.evolve(
            facts,
            outputs=tuple(self._output(one) for one in facts.outputs),
            uses=tuple(dict.fromkeys(self._use(one) for one in facts.uses)),
            columns=self._label(facts.columns),
            writes=tuple(self._write(one) for one in facts.writes),
            hazards=tuple(_hazard(one) for one in facts.hazards),
            supplied=tuple(
                attrs.evolve(one, start=0, end=0, columns=self._label(one.columns)) for one in facts.supplied
            ),
            references=(),
            given=frozenset(),
            members=(),
        )

    def _label(self, label: Label) -> Label:
        return frozenset(self.members.get(one, one) for one in label) if self.members else label

    def _plain(self, column: ColumnRef | None) -> ColumnRef | None:
        return None if column in self.members else column

    def _output(self, one: Output) -> Output:
        return Output(
            "",
            self._label(one.labels),
            self._label(one.exposed),
            self._plain(one.plain),
            is_steady=one.is_steady,
        )

    def _use(self, one: Use) -> Use:
        column = self.members.get(one.column, one.column)
        return attrs.evolve(one, column=column, other=self._label(one.other), position=None)

    def _write(self, one: Write) -> Write:
        return attrs.evolve(one, position=None, flows=tuple(self._flow(flow) for flow in one.flows))

    def _flow(self, one: Flow) -> Flow:
        return attrs.evolve(
            one,
            labels=self._label(one.labels),
            exposed=self._label(one.exposed),
            plain=self._plain(one.plain),
            position=None,
        )


def _hazard(one: Hazard) -> Hazard:
    return Hazard(one.kind, one.name, "")
