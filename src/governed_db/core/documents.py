"""Members of documents, and what was seen of them, into classes beside those of columns.

What a statement takes out of a document is judged by the keys that lead there, and by what was seen there.
What it does with a whole document in which something sensitive was seen, apart from handing it out (then
it is looked into: mask/content), is judged like that. What a whole document is, by a person's word or
by its name, each member of it is beside what it is itself: whichever hides more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from governed_db.core.plan import Knowledge
from governed_db.model.classification import CLEAR, UNREVIEWED
from governed_db.model.statement import ColumnRef, Facts, Flow, Label, Member

Classes = Mapping[ColumnRef, str]
Overruled = Callable[[ColumnRef], str | None]


def judged(facts: Facts, knowledge: Knowledge, overruled: Overruled) -> tuple[Facts, Classes]:
    """The facts with uses of documents told by what these hold, and the classes of all that is in them."""
    held = {} if not knowledge.seen else _held(facts, knowledge, overruled)
    if not facts.members and not held:
        return facts, knowledge.classes
    classes = dict(knowledge.classes)
    beside: dict[ColumnRef, ColumnRef] = {}
    for member in facts.members:
        said = overruled(member.column)
        if said == CLEAR:
            continue
        own, whole = _own_class(member, knowledge), _class_of_all(member, knowledge, said)
        if (found := own or whole) is not None:
            classes[member.ref] = found
        if whole is not None and whole != found:
            beside[member.ref] = member.column
    for column, name in held.items():
        classes[_within(column)] = name
    told = _told(facts, {column: _within(column) for column in held} | beside) if held or beside else facts
    return (_kept(told, beside) if beside else told), classes


def _own_class(member: Member, knowledge: Knowledge) -> str | None:
    """What was seen there, else what its keys say."""
    from governed_db.classify import paths  # its word lists are large, documents are rare

    column = member.column
    seen = _rates(column, knowledge).get(paths.hidden(column.column, member.keys))
    found = paths.class_by_values(seen) if seen else None
    return found or paths.class_by_keys(column.relation, member.keys)


def _class_of_all(member: Member, knowledge: Knowledge, said: str | None) -> str | None:
    """What a person or its name says of the whole document; what it is suspected of, its members tell."""
    from governed_db.classify import paths

    if said is not None:
        return said
    whole = knowledge.classes.get(member.column)
    is_by_values = paths.conceals(_rates(member.column, knowledge).get(member.column.column, {})) is not None
    return None if is_by_values or whole in (CLEAR, UNREVIEWED) else whole


def _rates(column: ColumnRef, knowledge: Knowledge) -> Mapping[str, Mapping[str, float]]:
    sight = (knowledge.seen or {}).get((column.schema, column.relation))
    return sight.columns if sight is not None else {}


def _held(facts: Facts, knowledge: Knowledge, overruled: Overruled) -> dict[ColumnRef, str]:
    """The documents of a statement in which something was seen; of several classes the best hidden."""
    from governed_db.classify import paths

    found: dict[ColumnRef, str] = {}
    for column in facts.columns:
        names = paths.held(_rates(column, knowledge).get(column.column, {}))
        if names and overruled(column) is None:
            found[column] = max(names)  # secrets come last in the alphabet
    return found


def _within(column: ColumnRef) -> ColumnRef:
    return attrs.evolve(column, column=f"{column.column}->*")


def _told(facts: Facts, beside: Mapping[ColumnRef, ColumnRef]) -> Facts:
    """Uses of these, and what is computed from them, as of what stands beside each, too."""
    uses = [attrs.evolve(use, column=beside[use.column]) for use in facts.uses if use.column in beside]
    outputs = tuple(
        one
        if one.plain in beside or beside.keys().isdisjoint(one.exposed)
        else attrs.evolve(one, exposed=_more(one.exposed, beside), labels=_more(one.labels, beside))
        for one in facts.outputs
    )
    return attrs.evolve(facts, uses=(*facts.uses, *uses), outputs=outputs)


def _kept(facts: Facts, beside: Mapping[ColumnRef, ColumnRef]) -> Facts:
    """What is written and compared, likewise."""

    def flow(one: Flow) -> Flow:
        return attrs.evolve(one, exposed=_more(one.exposed, beside), labels=_more(one.labels, beside))

    uses = tuple(
        attrs.evolve(use, other=_more(use.other, beside)) if use.other & beside.keys() else use
        for use in facts.uses
    )
    writes = tuple(attrs.evolve(write, flows=tuple(map(flow, write.flows))) for write in facts.writes)
    return attrs.evolve(facts, uses=uses, writes=writes)


def _more(label: Label, beside: Mapping[ColumnRef, ColumnRef]) -> Label:
    return label | {beside[column] for column in label & beside.keys()}
