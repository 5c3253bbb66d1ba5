"""The rules that ask about one statement into who may agree to it, and whether one of them does by itself.

Of several rules the strictest of each thing counts: the larger quorum, everybody that any of them keeps
out, and the glass may be broken only by those whom every one of them lets.
"""

from __future__ import annotations

from collections.abc import Sequence

from governed_db.model.approval import ROLES, Terms
from governed_db.model.decision import AutoApproval
from governed_db.model.policy import Rule
from governed_db.model.statement import Facts, Kind

_MEASURABLE = frozenset({Kind.INSERT, Kind.UPDATE, Kind.DELETE, Kind.MERGE})
_BESIDE = _MEASURABLE | {Kind.SELECT}


def approval_terms(asks: Sequence[Rule]) -> Terms:
    """What must be true of those who decide."""
    if not asks:
        return Terms()
    glass = [rule.break_glass for rule in asks]
    groups: list[str] = []
    if glass[0] is not None and all(one is not None for one in glass):
        groups = [name for name in glass[0].groups if all(one and name in one.groups for one in glass)]
    return Terms(
        quorum=max(rule.approvers.quorum for rule in asks),
        excluded=tuple(role for role in ROLES if any(role in rule.approvers.excluded for rule in asks)),
        verified=any(rule.approvers.verified for rule in asks),
        emergency=tuple(groups),
        review_seconds=min((one.review_seconds for one in glass if one is not None), default=172800),
    )


def auto_approval(asks: Sequence[Rule], facts: Facts) -> AutoApproval | None:
    """The rule that agrees by itself, if all do and what happens can be measured and undone.

    Statements that do more than change rows of plain tables are not measured by counting these.
    """
    limits = [(rule.auto_rows, rule.id) for rule in asks if rule.auto_rows is not None]
    if not limits or len(limits) != len(asks) or not is_measurable(facts):
        return None
    rows, rule = min(limits)
    return AutoApproval(rule, rows)


def is_measurable(facts: Facts) -> bool:
    """Whether all that the statement changes are rows which are counted and can be put back."""
    kinds = {write.kind for write in facts.writes}
    return (
        bool(kinds)
        and kinds <= _MEASURABLE
        and facts.kinds <= _BESIDE
        and not facts.hazards
        and all(
            write.transactional and not write.is_wide and not write.is_temporary for write in facts.writes
        )
    )
