"""Rules that let a statement run into what must be done while it runs.

Of each thing that rules may say (a limit, a filter, a durability) the first rule that says it
decides; what a rule that may be meant says is added when it is stricter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from governed_db.model.decision import Durability, FilterRows, LimitRows, Obligation, Reason, Timeout
from governed_db.model.policy import Rule, RuleEffect, Unlimited
from governed_db.model.statement import WRITES, Facts, Kind, Reach
from governed_db.policy import codes
from governed_db.policy.filters import FilterError, render
from governed_db.policy.finding import Finding, denied
from governed_db.policy.match import Act, Match, Standing, about
from governed_db.policy.protect import readers

_Limit = Literal["rows", "seconds", "rows_changed"]
_STRICTNESS = {Durability.STRICT: 0, Durability.DURABLE: 1, Durability.BEST_EFFORT: 2}


def strictest(durabilities: Iterator[Durability] | list[Durability]) -> Durability:
    return min(durabilities, key=_STRICTNESS.__getitem__, default=Durability.DURABLE)


def under(standing: Standing, act: Act) -> Iterator[tuple[Rule, Match]]:
    """Rules under which this act happens, in order."""
    for rule, answer in standing.rules(RuleEffect.PERMIT, RuleEffect.APPROVE):
        if not rule.is_exemption and about(rule, act):
            yield rule, answer


def _limit(standing: Standing, act: Act, name: _Limit) -> float | None:
    decided: float | Unlimited | None = None
    stricter: list[float] = []
    for rule, answer in under(standing, act):
        said: float | Unlimited | None = getattr(rule.limits, name)
        if answer is Match.YES:
            decided = said if decided is None else decided
        elif said is not None and not isinstance(said, Unlimited):
            stricter.append(said)
    if decided is not None and not isinstance(decided, Unlimited):
        stricter.append(decided)
    return min(stricter, default=None)


def _least(standing: Standing, acts: list[Act], name: _Limit) -> float | None:
    found = (_limit(standing, act, name) for act in acts)
    return min((limit for limit in found if limit is not None), default=None)


def limits(standing: Standing) -> Iterator[Obligation]:
    """Bounds on rows returned and on time."""
    facts, acts = standing.facts, list(standing.acts)
    if facts.returns_rows or facts.outputs:
        rows = _least(standing, acts, "rows")
        if rows is not None and (facts.row_limit is None or facts.row_limit > rows):
            yield LimitRows(int(rows))
    seconds = _least(standing, acts, "seconds")
    if seconds is not None:
        yield Timeout(float(seconds))


def bound(standing: Standing) -> int | None:
    """How many rows may change, None when that needs no measuring."""
    acts = [act for act in standing.acts if act.kind in WRITES or act.reach is not None]
    limit = _least(standing, acts, "rows_changed")
    if limit is None or not acts:
        return None
    known = known_rows(standing.facts)
    return None if known is not None and known <= limit else int(limit)


def known_rows(facts: Facts) -> int | None:
    """The most rows the statement can change, as its text proves; None if it proves nothing."""
    if any(write.reach is not Reach.KEYED or write.rows is None for write in facts.writes):
        return None
    return sum(write.rows or 0 for write in facts.writes)


def filters(standing: Standing) -> tuple[tuple[FilterRows, ...], tuple[Finding, ...]]:
    """Row filters, and findings for those that cannot be made."""
    made: dict[FilterRows, None] = {}
    failed: list[Finding] = []
    for relation in sorted(standing.facts.relations | standing.facts.base_relations):
        is_decided = False
        for rule, answer in readers(standing, relation):
            said = next(
                (one for one in rule.rows if one.relation.matches(relation.schema, relation.name)), None
            )
            if said is None or (answer is Match.YES and is_decided):
                continue
            is_decided = is_decided or answer is Match.YES
            if said.predicate is None:
                continue
            try:
                made[FilterRows(str(relation), render(said.predicate, standing.principal))] = None
            except FilterError as error:
                help_ = "ask the owner of the policy: this principal lacks what the filter needs"
                failed.append(
                    denied(
                        Reason(codes.UNCERTAIN, f"row filter on {relation}: {error}", None, help_, rule.id)
                    )
                )
    return tuple(made), tuple(failed)


def durability(standing: Standing) -> Durability:
    """When the record must be on disk."""
    return strictest([_durability(standing, act) for act in standing.acts])


def _durability(standing: Standing, act: Act) -> Durability:
    decided: Durability | None = None
    stricter: list[Durability] = []
    for rule, answer in under(standing, act):
        if rule.durability is None:
            continue
        if answer is Match.MAYBE:
            stricter.append(rule.durability)
        elif decided is None:
            decided = rule.durability
    return strictest([*stricter, decided or Durability.DURABLE])


def is_free(facts: Facts) -> bool:
    """Transaction control, and what drivers send by themselves: recorded, not subject to rules."""
    return bool(facts.kinds) and facts.kinds <= {Kind.TRANSACTION, Kind.SETUP} and not facts.hazards
