"""What the gates of one runtime share: its policy, its ports, and who acts."""

from __future__ import annotations

import time
from collections.abc import Callable

import attrs

from governed_db.core.ports import ApprovalPort, AuditPort, BudgetPort, KeyPort
from governed_db.core.waiting import OnApproval
from governed_db.enforce.admission import Admission
from governed_db.enforce.facts_log import FactsLog
from governed_db.enforce.risks import Risks
from governed_db.model.audit import Trace
from governed_db.model.policy import Policy
from governed_db.model.principal import Context, Principal


@attrs.frozen(eq=False)
class Ports:
    """One runtime as its gates see it.

    `current` tells who acts at this moment, where somebody said so; `principal` acts otherwise. `resumed`
    is the request that statements are run for at this moment. `tracing` gives what tells the current trace.
    """

    policy: Policy
    audit: AuditPort
    approvals: ApprovalPort
    budgets: BudgetPort
    principal: Principal
    current: Callable[[], Context | None]
    digest: Callable[..., str]
    new_id: Callable[[], str]
    keys: KeyPort | None = None
    risks: Risks | None = None
    facts: FactsLog | None = None
    now: Callable[[], float] = time.time
    on_approval: OnApproval = None
    resumed: Callable[[], str | None] = lambda: None
    tracing: Callable[[], Callable[[], Trace | None] | None] = lambda: None
    admission: Admission = attrs.field(factory=Admission)
