"""A statement that needs approval into a request with its preview.

The preview is made before the request is filed, so that nobody can agree to what was not yet measured, and
only when there is no grant. What is told by counting is taken from the conversation's budget first.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import attrs

from governed_db.core.effects import AskApproval
from governed_db.core.plan import Knowledge, Plan
from governed_db.core.previewing import Trial, look_ahead
from governed_db.core.samples import Face, face
from governed_db.enforce.waiting import ask
from governed_db.model.approval import Grant, Request
from governed_db.model.catalog import RelationInfo
from governed_db.model.decision import Measure
from governed_db.model.policy import Policy
from governed_db.model.preview import How, Preview, Previews
from governed_db.policy.load import load_policy

if TYPE_CHECKING:
    from governed_db.enforce.gate import Gate


def reserved(gate: Gate, asked: AskApproval) -> Grant | None:
    """The grant that there is for this already."""
    return gate.ports.approvals.reserve(asked.subject)


def trial(gate: Gate, asked: AskApproval, grant: Grant | None) -> Trial | None:
    """The preview to make; None where there is a grant, or nothing new to be known."""
    knowledge = gate.knowing.last
    if grant is not None or asked.plan is None or knowledge is None or gate.ports.resumed() is not None:
        return None
    may_measure = asked.is_counted or may_compare(gate, asked.plan)
    return trial_of(gate, asked.plan, knowledge, may_measure=may_measure)


def trial_of(gate: Gate, plan: Plan, knowledge: Knowledge, *, may_measure: bool) -> Trial:
    """The preview of one plan for who acts now."""
    context, database = gate.context(), gate.planner.database

    def shown(info: RelationInfo) -> Face:
        policies = (gate.ports.policy, _standard())
        return face(info, knowledge.catalog, knowledge.classes, context, policies, database=database)

    return look_ahead(plan, knowledge.catalog, knowledge.classes, shown, may_measure=may_measure)


def filed(gate: Gate, asked: AskApproval, preview: Preview | None) -> Grant | Request:
    """The request, for as many rows as were measured, with what people are shown of it."""
    if preview is None:
        return ask(gate.ports, asked.subject)
    return filed_for(gate, asked, Previews((_bound(asked, preview),)))


def filed_for(gate: Gate, asked: AskApproval, previews: Previews) -> Grant | Request:
    """The same for several statements."""
    rows = previews.rows if previews.rows is not None else asked.subject.rows
    answer = ask(gate.ports, attrs.evolve(asked.subject, rows=rows))
    if isinstance(answer, Request):
        gate.ports.approvals.keep_preview(answer.id, previews.to_json())
    return answer


def _bound(asked: AskApproval, preview: Preview) -> Preview:
    """What an approval is held to: what was measured now, or when it ran into its bound."""
    if preview.rows_bound is None and asked.subject.rows is not None:
        is_vague = preview.how is not How.COUNTED
        rows = asked.subject.rows if is_vague else preview.rows
        return attrs.evolve(preview, rows_bound=asked.subject.rows, rows=rows)
    return preview


def may_compare(gate: Gate, plan: Plan) -> bool:
    """Whether the conversation may still learn what a count tells of protected values; then that is taken."""
    taken = []
    for budget in plan.budgets:
        if budget.measure is not Measure.PROBES or budget.cost is None:
            continue
        got = gate.ports.budgets.draw(gate.accounts.conversation(gate.context()), budget, budget.cost)
        taken.append((budget, got))
        if got < budget.cost:
            for one, amount in taken:
                gate.ports.budgets.draw(gate.accounts.conversation(gate.context()), one, -amount)
            return False
    return True


@cache
def _standard() -> Policy:
    return load_policy("standard")
