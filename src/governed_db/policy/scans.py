"""Outputs that no classification covers into obligations to look into their texts.

What is found there is hidden as the `mask:` rules say of its class, in the relations that the text comes
from. A column that a person has classified, as `none` too, is left alone; so is one whose classification is
shown by rule. Free text, and what users make, is looked into all the same: people write anything into it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from governed_db.model.classification import TAXONOMY, UNREVIEWED
from governed_db.model.decision import ScanColumn
from governed_db.model.policy import Override
from governed_db.model.statement import ColumnRef, HazardKind, Kind, Output, Relation
from governed_db.policy.match import Match, Standing
from governed_db.policy.protect import readers

_CLASSES = tuple(name for name in TAXONOMY if name != UNREVIEWED)
_OPEN = frozenset({UNREVIEWED, "pii.free_text", "pii.user_content"})
_FOREIGN = frozenset({HazardKind.FUNCTION, HazardKind.ROUTINE})
_UNSHOWN = frozenset({Kind.SETUP, Kind.TRANSACTION})


def scans(
    standing: Standing, classes: Mapping[ColumnRef, str], masked: Collection[int]
) -> Iterator[ScanColumn]:
    """One for each output that is not masked and may hold what nobody knows of."""
    facts = standing.facts
    if facts.kinds <= _UNSHOWN:
        return
    overrides = standing.policy.overrides
    # What a function of the database's users returns can come from anywhere.
    is_foreign = any(hazard.kind in _FOREIGN for hazard in facts.hazards)
    known: dict[Relation, frozenset[str]] = {}
    for index, output in enumerate(facts.outputs):
        if index in masked:
            continue
        held = _held(output)
        unsettled = [column for column in held if not _is_settled(overrides, column, classes.get(column))]
        if not unsettled and (held or not is_foreign):
            continue
        hidden = _hidden(standing, unsettled, known)
        if hidden:
            yield ScanColumn(index, tuple(sorted(hidden)))


def _held(output: Output) -> frozenset[ColumnRef]:
    return output.exposed | {output.plain} if output.plain is not None else output.exposed


def _is_settled(overrides: tuple[Override, ...], column: ColumnRef, given: str | None) -> bool:
    for override in overrides:
        if override.column.matches(column.schema, column.relation, column.column):
            return override.classification not in _OPEN
    return given is not None and given not in _OPEN


def _hidden(
    standing: Standing, columns: list[ColumnRef], known: dict[Relation, frozenset[str]]
) -> frozenset[str]:
    if not columns:
        return frozenset(_CLASSES)
    relations = {Relation(column.schema, column.relation) for column in columns}
    for relation in relations - known.keys():
        known[relation] = _hidden_in(standing, relation)
    return frozenset().union(*(known[relation] for relation in relations))


def _hidden_in(standing: Standing, relation: Relation) -> frozenset[str]:
    """The classes that would be masked in a column of this relation: the first rule that says so decides."""
    hidden, undecided = set[str](), set(_CLASSES)
    for rule, answer in readers(standing, relation):
        for name in _CLASSES:
            found = next((one for one in rule.masks if one.classification.matches(name)), None)
            if found is None:
                continue
            if answer is Match.MAYBE:
                hidden |= {name} if found.mask is not None else set()
            elif name in undecided:
                undecided.discard(name)
                hidden |= {name} if found.mask is not None else set()
    return frozenset(hidden | undecided)
