"""Members of documents, and what was seen of them, into classes beside those of columns.

What a statement takes out of a document is judged by the keys that lead there, and by what was seen there.
What it does with a whole document in which something sensitive was seen, apart from handing it out (then
it is looked into: mask/content), is judged like that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from governed_db.core.plan import Knowledge
from governed_db.model.classification import CLEAR, UNREVIEWED
from governed_db.model.statement import ColumnRef, Facts, Label, Member

Classes = Mapping[ColumnRef, str]
Overruled = Callable[[ColumnRef], str | None]


def judged(facts: Facts, knowledge: Knowledge, overruled: Overruled) -> tuple[Facts, Classes]:
    """The facts with uses of documents told by what these hold, and the classes of all that is in them."""
    held = {} if not knowledge.seen else _held(facts, knowledge, overruled)
    if not facts.members and not held:
        return facts, knowledge.classes
    classes = dict(knowledge.classes)
    for member in facts.members:
        found = _class_of(member, knowledge, overruled)
        if found is not None:
            classes[member.ref] = found
    for column, name in held.items():
        classes[_within(column)] = name
    return (_told(facts, frozenset(held)) if held else facts), classes


def _class_of(member: Member, knowledge: Knowledge, overruled: Overruled) -> str | None:
    """What was seen there, what its keys say, else what the whole document is taken for."""
    from governed_db.classify import paths  # its word lists are large, documents are rare

    said = overruled(member.column)
    if said == CLEAR:
        return None
    column = member.column
    sight = (knowledge.seen or {}).get((column.schema, column.relation))
    rates = sight.columns if sight is not None else {}
    seen = rates.get(paths.hidden(column.column, member.keys))
    found = paths.class_by_values(seen) if seen else None
    whole = knowledge.classes.get(column)
    if said is None and (whole == UNREVIEWED or paths.conceals(rates.get(column.column, {}))):
        whole = None
    return found or paths.class_by_keys(column.relation, member.keys) or whole


def _held(facts: Facts, knowledge: Knowledge, overruled: Overruled) -> dict[ColumnRef, str]:
    """The documents of a statement in which something was seen; of several classes the best hidden."""
    from governed_db.classify import paths

    found: dict[ColumnRef, str] = {}
    for column in facts.columns:
        sight = (knowledge.seen or {}).get((column.schema, column.relation))
        names = paths.held(sight.columns.get(column.column, {})) if sight is not None else frozenset()
        if names and overruled(column) is None:
            found[column] = max(names)  # secrets come last in the alphabet
    return found


def _within(column: ColumnRef) -> ColumnRef:
    return attrs.evolve(column, column=f"{column.column}->*")


def _told(facts: Facts, held: Label) -> Facts:
    """Uses of these documents, and what is computed from them, as of something in them."""

    def more(label: Label) -> Label:
        return label | {_within(column) for column in label & held}

    uses = [attrs.evolve(use, column=_within(use.column)) for use in facts.uses if use.column in held]
    outputs = tuple(
        one
        if one.plain in held or not one.exposed & held
        else attrs.evolve(one, exposed=more(one.exposed), labels=more(one.labels))
        for one in facts.outputs
    )
    return attrs.evolve(facts, uses=(*facts.uses, *uses), outputs=outputs)
