"""Protected columns of a statement into masks, and findings about uses that would undo them.

The equality principle: with a masked column the caller may compute what could be computed with its
token, and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import assert_never

import attrs

from governed_db.model.classification import CLEAR
from governed_db.model.decision import Effect, Mask, MaskColumn, Place, Reason
from governed_db.model.policy import Override, Rule, RuleEffect
from governed_db.model.statement import ColumnRef, Facts, Flow, Kind, Output, Relation, Role, Use
from governed_db.policy import codes
from governed_db.policy.effects import DEFAULT
from governed_db.policy.finding import Finding, denied
from governed_db.policy.match import Match, Standing, takes

REDACT = Mask("redact")
# Strongest first. Of equal rank, one that keeps less of the value is stronger.
_STRENGTH: Mapping[str, int] = {
    "null": 0, "redact": 1, "hash": 2, "token": 2, "year": 3, "bucket": 3, "email": 3, "partial": 3,
}  # fmt: skip
_SECRETS = "secret."


def strength(mask: Mask) -> tuple[int, int, str]:
    """For `min`: the strongest mask is the least."""
    argument = mask.argument or 0
    return _STRENGTH.get(mask.name, 0), -argument if mask.name == "bucket" else argument, mask.name


def strongest(masks: Iterator[Mask] | list[Mask]) -> Mask:
    return min(masks, key=strength)


def classified(overrides: tuple[Override, ...], column: ColumnRef, given: str | None) -> str | None:
    """The classification of a column: what the policy says, else what is known of it."""
    for override in overrides:
        if override.column.matches(column.schema, column.relation, column.column):
            return override.classification
    return None if given == CLEAR else given


@attrs.frozen
class Protection:
    """How one column is protected from one principal, and by which rule. `is_open`: any use is allowed."""

    classification: str
    mask: Mask
    rule: str
    is_open: bool = False


Protect = Callable[[ColumnRef], Protection | None]


def protector(standing: Standing, classes: Mapping[ColumnRef, str]) -> Protect:
    """A function from a column to its protection, None when it may be shown as it is."""
    known: dict[ColumnRef, Protection | None] = {}
    overrides = standing.policy.overrides

    def protect(column: ColumnRef) -> Protection | None:
        if column not in known:
            classification = classified(overrides, column, classes.get(column))
            known[column] = _protection(standing, column, classification) if classification else None
        return known[column]

    return protect


def readers(standing: Standing, relation: Relation) -> Iterator[tuple[Rule, Match]]:
    """Rules under which this relation is reached, in order.

    A relation under a view is reached under rules that take in all the views the statement names.
    """
    facts = standing.facts
    kinds = facts.kinds | {Kind.SELECT}
    named = {relation} if relation in facts.relations else facts.relations - facts.base_relations
    for rule, answer in standing.rules(RuleEffect.PERMIT, RuleEffect.APPROVE):
        if rule.is_exemption or rule.actions.isdisjoint(kinds):
            continue
        if all(takes(rule, name) for name in named or facts.relations):
            yield rule, answer


def _protection(standing: Standing, column: ColumnRef, classification: str) -> Protection | None:
    said: tuple[Mask | None, str] | None = None
    place: Place | None = None
    doubtful: list[Mask] = []
    is_open = False
    for rule, answer in readers(standing, Relation(column.schema, column.relation)):
        found = next((one for one in rule.masks if one.classification.matches(classification)), None)
        there = next((one.place for one in rule.places if one.classification.matches(classification)), None)
        if answer is Match.MAYBE:
            doubtful += [found.mask] if found is not None and found.mask is not None else []
            place = there if there is Place.IN_DATABASE else place
            continue
        is_open = is_open or any(glob.matches(classification) for glob in rule.reveal)
        place = place or there
        if said is None and found is not None:
            said = found.mask, rule.id
    # A classified column of which no rule speaks: hidden, since somebody found it worth a name.
    mask, rule_id = said if said is not None else (REDACT, DEFAULT)
    masks = [*doubtful, mask] if mask is not None else doubtful
    if not masks:
        return None
    chosen = attrs.evolve(strongest(masks), place=place or Place.IN_DRIVER)
    return Protection(classification, chosen, rule_id, is_open)


def masks(facts: Facts, protect: Protect) -> tuple[MaskColumn, ...]:
    """The masks of the result's columns."""
    found = (_mask(index, output, protect) for index, output in enumerate(facts.outputs))
    return tuple(mask for mask in found if mask is not None)


def _mask(index: int, output: Output, protect: Protect) -> MaskColumn | None:
    held = [one for one in map(protect, sorted(output.exposed)) if one is not None]
    plain = protect(output.plain) if output.plain is not None else None
    if plain is not None and plain not in held:
        held.append(plain)
    if not held:
        return None
    # A deterministic mask of a part or a mix of values would tell which parts are equal.
    derived = output.plain is None or any(strength(one.mask) != strength(held[0].mask) for one in held)
    # What is NULL, or of another type, by what a column holds would tell of it under any other mask.
    least = [] if not derived else [REDACT] if output.is_steady or output.plain else [Mask("null")]
    applied = strongest([one.mask for one in held] + least)
    # What one of the columns demands holds for the whole.
    is_there = any(one.mask.place is Place.IN_DATABASE for one in held)
    place = Place.IN_DATABASE if is_there else Place.IN_DRIVER
    names = sorted({one.classification for one in held})
    return MaskColumn(index, attrs.evolve(applied, place=place), ", ".join(names))


def find(standing: Standing, protect: Protect) -> Iterator[Finding]:
    """Everything that would show a protected value, or tell of it more than its token would."""
    facts = standing.facts
    keeps_rows = any(write.is_temporary or write.may_be_hidden for write in facts.writes)
    for use in facts.uses:
        held = protect(use.column)
        if held is not None and not held.is_open:
            yield from _use(use, held, protect)
            if keeps_rows and use.role is Role.GROUP:  # rows come, and would stay, in the order of groups
                help_ = "read the groups with SELECT"
                yield _refuse(codes.REVEALS, use, held, "may not group rows that are kept", help_)
    for write in facts.writes:
        for flow in write.flows:
            is_kept = write.is_temporary or write.may_be_hidden
            yield from _kept(flow, protect) if is_kept else _flow(flow, protect)
    if _leaves_unmasked(facts):
        yield from _unmaskable(facts, protect)


def _use(use: Use, held: Protection, protect: Protect) -> Iterator[Finding]:
    if use.in_view:
        return  # the view's owner chose its rows; the caller can neither write nor vary that predicate
    match use.role:
        case Role.REVEAL:
            yield _refuse(
                codes.REVEALS,
                use,
                held,
                f"may not be used in {use.construct}",
                _instead(use.construct),
            )
        case Role.EQUALS_VALUE | Role.EQUALS_COLUMN if held.classification.startswith(_SECRETS):
            yield _refuse(codes.EQUALITY, use, held, "may not be compared", "leave the column out")
        case Role.EQUALS_COLUMN:
            others = [protect(column) for column in use.other]
            alike = [one for one in others if one is not None and one.classification == held.classification]
            if not others or len(alike) != len(others):
                yield _refuse(
                    codes.JOINS,
                    use,
                    held,
                    "may only be compared with columns of the same classification",
                    f"join on columns that are {held.classification} too, or on a key",
                )
        case Role.EQUALS_VALUE | Role.IS_NULL | Role.COUNT | Role.GROUP | Role.REPLACED:
            return
        case _ as never:
            assert_never(never)


def _instead(construct: str) -> str:
    """What to write in place of a use that shows order or content."""
    allowed = "compare the whole value with =, test it for NULL, count or group it, or leave it out"
    if construct == "ORDER BY":
        return f"order by a column that is not masked, such as a key or a date, or {allowed}"
    return allowed


def _refuse(code: str, use: Use, held: Protection, what: str, help_: str) -> Finding:
    name = f"{use.column.relation}.{use.column.column}"
    message = f"column {what}: {name}, classified {held.classification}"
    return denied(Reason(code, message, use.position, help_, held.rule))


def _flow(flow: Flow, protect: Protect) -> Iterator[Finding]:
    target = protect(flow.target)
    name = f"{flow.target.relation}.{flow.target.column}"
    for column in sorted(flow.exposed):
        held = protect(column)
        if held is None or (flow.trigger is not None and target is not None):
            continue  # a trigger is its owner's: what it writes into a protected column stays protected
        what = f"{column.relation}.{column.column}, classified {held.classification}"
        if target is None or target.classification != held.classification:
            message = f"column may not be copied into {name}: {what}"
            help_ = f"write it only into columns that are {held.classification} too"
            if flow.trigger is not None:
                message = f"the trigger {flow.trigger} would copy a column into {name}: {what}"
                help_ = f"have {name} classified in the policy: `classifications:`"
            yield denied(Reason(codes.COPIES, message, flow.position, help_, held.rule))
        elif flow.plain != column and not held.is_open:
            # A slice written over the value could be compared for equality afterwards.
            message = f"column may not be computed into {name} without approval: {what}"
            help_ = "write a new value or a plain copy, or have the request approved"
            reason = Reason(codes.COMPUTES, message, flow.position, help_, held.rule)
            yield Finding(Effect.ASK, reason)


def _kept(flow: Flow, protect: Protect) -> Iterator[Finding]:
    """Into a table that the caller made, with columns of his choice: a short one would hold a prefix."""
    for column in sorted(flow.exposed):
        held = protect(column)
        if held is not None:
            what = f"{column.relation}.{column.column}, classified {held.classification}"
            message = f"column may not be kept in a temporary table: {what}"
            help_ = "leave the column out, and join the temporary table to its source by a key"
            yield denied(Reason(codes.COPIES, message, flow.position, help_, held.rule))


def _leaves_unmasked(facts: Facts) -> bool:
    """COPY hands out rows past the place where they are masked, and so does a new table or stored view."""
    if Kind.COPY in facts.kinds:
        return True
    words = facts.verb.split()
    is_view = "view" in words and "materialized" not in words
    return Kind.DDL in facts.kinds and not is_view


def _unmaskable(facts: Facts, protect: Protect) -> Iterator[Finding]:
    for mask in masks(facts, protect):
        output = facts.outputs[mask.index]
        message = f"column {output.name} cannot be masked on this way, classified {mask.classification}"
        help_ = "leave the column out, or read the rows with SELECT"
        held = next((one for one in map(protect, sorted(output.exposed)) if one is not None), None)
        rule = held.rule if held is not None else DEFAULT
        yield denied(Reason(codes.UNMASKABLE, message, output.position, help_, rule))
