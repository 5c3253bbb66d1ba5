"""A decision into what of the classified columns its result shows, and in which form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from governed_db.model.decision import Decision, MaskColumn
from governed_db.model.statement import ColumnRef, Facts

CLEAR = "clear"


@attrs.frozen(order=True)
class Seen:
    """A classified column among the outputs of a statement; `form` is the mask, or "clear"."""

    column: str
    classification: str
    form: str


def seen(facts: Facts | None, decision: Decision, classes: Mapping[ColumnRef, str]) -> tuple[Seen, ...]:
    """What a statement's rows show of classified columns, each once, in order."""
    return () if facts is None else tuple(sorted(set(_seen(facts, decision, classes))))


def _seen(facts: Facts, decision: Decision, classes: Mapping[ColumnRef, str]) -> Iterator[Seen]:
    masks = {one.index: str(one.mask) for one in decision.obligations if isinstance(one, MaskColumn)}
    for index, output in enumerate(facts.outputs):
        for column in output.exposed:
            if column in classes:
                yield Seen(str(column), classes[column], masks.get(index, CLEAR))
