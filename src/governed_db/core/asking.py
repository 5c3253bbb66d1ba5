"""What an approval is bound to beside the statement itself, and what is told when one does not serve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from governed_db.core.canonical import canonical
from governed_db.model.approval import Request
from governed_db.model.catalog import Catalog, RelationInfo
from governed_db.model.decision import Decision, Reason
from governed_db.model.principal import Principal
from governed_db.model.statement import Facts

NEAR = "GDB316"
_GIVEN: Mapping[str, tuple[str, str]] = {
    "in use": (
        "the approval for this is in use, or was when its process ended",
        "whether it ran is not known then, so it is not run again: look, and have the new request approved",
    ),
    "used": ("the approval for this has been used", "have the new request approved to run it again"),
}


def definitions(facts: Facts | None, catalog: Catalog | None) -> bytes:
    """32 bytes that change with the definition of anything that the statement can touch.

    That is what it names and what lies under that, what cascades reach, and, because triggers may do
    anything, all of a schema in which one fires.
    """
    if facts is None or catalog is None:
        return b""
    touched = frozenset(_touched(facts, catalog))
    told = [_told(catalog.relations[key]) for key in sorted(touched) if key in catalog.relations]
    schemas = {key[0] for key in touched if key in catalog.relations and catalog.relations[key].triggers}
    called = {name.rpartition(".")[2].casefold() for name in facts.functions}
    routines = [
        (key, [(one.language, one.volatility, one.body, one.kind) for one in overloads])
        for key, overloads in sorted(catalog.routines.items())
        if key[0] in schemas or key[1].casefold() in called
    ]
    return canonical((sorted(touched), told, routines))


def _touched(facts: Facts, catalog: Catalog) -> Iterator[tuple[str, str]]:
    named = facts.relations | facts.base_relations | facts.viewed | {write.relation for write in facts.writes}
    waiting = [(relation.schema, relation.name) for relation in named]
    seen: set[tuple[str, str]] = set()
    follow = _followers(catalog)
    while waiting:
        key = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        yield key
        info = catalog.relations.get(key)
        if info is not None and info.triggers:
            waiting += [other for other in catalog.relations if other[0] == info.schema]
        waiting += follow.get(key, ())


def _followers(catalog: Catalog) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """By relation those whose rows change with rows of it, or are its rows."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for key, info in catalog.relations.items():
        cascading = [(foreign.schema, foreign.relation) for foreign in info.foreign_keys if foreign.cascades]
        for parent in (*info.parents, *cascading):
            found.setdefault(parent, []).append(key)
    return found


def _told(info: RelationInfo) -> tuple[object, ...]:
    """A definition in builtin types; the order in which a server lists keys and triggers says nothing."""
    return (
        *(info.schema, info.name, info.kind.value, info.definition, info.transactional, info.parents),
        [attrs.astuple(column) for column in info.columns],
        set(info.unique_keys),
        {attrs.astuple(key) for key in info.foreign_keys},
        {attrs.astuple(trigger) for trigger in info.triggers},
        set(info.checks),
        set(info.partitioned_by),
    )


def agents(principal: Principal) -> tuple[str, ...]:
    return tuple(link.id for link in principal.chain() if link.kind == "agent")


def owners(principal: Principal) -> tuple[str, ...]:
    """Who owns the agents of a chain, as their attribute `owner` says."""
    said = [link.attributes.get("owner") for link in principal.chain() if link.kind == "agent"]
    return tuple(dict.fromkeys(str(owner) for owner in said if owner))


def bounded(decision: Decision, bound: int | None) -> int | None:
    """A rule that agrees by itself does so to its own number of rows."""
    if decision.auto is None:
        return bound
    return decision.auto.rows if bound is None else min(bound, decision.auto.rows)


def near_missed(decision: Decision, request: Request) -> Decision:
    """The decision with why an approval that was given does not serve for this."""
    if not request.differs:
        return decision
    parts = ", ".join(request.differs)
    message, help_ = _GIVEN.get(
        request.differs[0],
        (
            f"an approval was given for nearly the same, and does not serve for this: another {parts}",
            "run exactly what was approved, or have the new request approved",
        ),
    )
    reason = Reason(NEAR, message, help=help_, rule=decision.rule)
    return attrs.evolve(decision, reasons=(*decision.reasons, reason))
