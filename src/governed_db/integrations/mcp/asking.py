"""A request that waits for a person into a question at the client, and what follows from the answer.

The client shows the question; some clients let the model answer it. So an answer counts as an agreement only
where policy lets the person for whom the agent acts decide (`approvers: {not: [requester]}`), and never where
it wants deciders to be verified. Else the answer only says that it is worth looking again.
"""

from __future__ import annotations

from typing import Any

from mcp.server.elicitation import AcceptedElicitation, ElicitationResult
from pydantic import BaseModel, Field

from governed_db.drivers.refusals import task as task_of
from governed_db.integrations import words
from governed_db.integrations.database import Answer, Desk
from governed_db.model.approval import Request, RequestState, Task
from governed_db.model.principal import Principal
from governed_db.policy.approvals.deciders import check_decider
from governed_db.policy.approvals.rules import ApprovalRefused
from governed_db.remote.approvals import ApprovalStore


class Word(BaseModel):
    """What the person says."""

    go_on: bool = Field(description="Yes or no.")
    comment: str = Field(default="", description="Why; kept in the trail.", max_length=500)


def can_be_asked(call: Any) -> bool:
    """Whether the client shows forms. A bare `elicitation: {}` says so, too."""
    capabilities = call.client_capabilities
    found = capabilities.elicitation if capabilities is not None else None
    return found is not None and (found.form is not None or found.url is None)


def may_decide(desk: Desk, request: Request, principal: Principal) -> bool:
    """Whether policy lets the person for whom the agent acts decide on it, and it is decided on this host."""
    if not isinstance(desk.gate.ports.approvals, ApprovalStore):
        return False  # a control plane wants to see their own token, and a form brings none
    try:
        check_decider(request.subject, principal.id, principal.groups)
    except ApprovalRefused:
        return False
    return principal.kind == "human"


def question(desk: Desk, request: Request, principal: Principal) -> str:
    """The same text whenever it is asked about the same request."""
    subject = request.subject
    rows = f" ({subject.rows} rows)" if subject.rows is not None else ""
    reason, statement = words.line(subject.reason), words.line(subject.statement)
    what = f"{reason}{rows}\n{statement}\non {subject.database}, request {request.id}."
    if may_decide(desk, request, principal):
        return f"An agent asks to run this for you: {what}\nDo you agree?"
    who = f"a member of {', '.join(subject.approvers)}" if subject.approvers else "another person"
    return f"{who[0].upper()}{who[1:]} has to agree to this: {what}\nSay yes when that was decided."


def settle(desk: Desk, id: str, principal: Principal, said: ElicitationResult[Any], rows: int | None) -> None:
    """Write down what the person said, if it is theirs to say; they agreed to the `rows` that they saw."""
    store = desk.gate.ports.approvals
    if not isinstance(said, AcceptedElicitation) or not isinstance(store, ApprovalStore):
        return
    if not may_decide(desk, store.get(id), principal):
        return
    word = said.data
    try:
        if word.go_on:
            store.approve(id, principal.id, principal.groups, word.comment, at_most=rows)
        else:
            store.deny(id, principal.id, principal.groups, word.comment)
    except ApprovalRefused:
        return  # decided meanwhile, or grown: what became of it is told when it runs


def goes_on(said: ElicitationResult[Any]) -> bool:
    """Whether to look at once what has become of it."""
    return isinstance(said, AcceptedElicitation)


def status(desk: Desk, id: str, principal: Principal) -> Answer:
    """What has become of a request, told to those alone who asked for it."""
    try:
        request = desk.gate.ports.approvals.get(id)
    except ApprovalRefused:
        return _unknown()
    if request.subject.principals != tuple(link.id for link in principal.chain()):
        return _unknown()
    return _told(request)


def _told(request: Request) -> Answer:
    task = task_of(request)
    match request.state:
        case RequestState.PENDING:
            return Answer(f"{request.id} is pending: nobody has decided yet", task=task, content=_waits(task))
        case RequestState.APPROVED:
            text = f"{request.id} is approved: call request_change with exactly the same sql"
            return Answer(text, task=task, content={"status": "checked", "effect": "permit", "task": task})
    said = f": {request.comment}" if request.comment else ""
    by = f" by {request.decided_by}" if request.decided_by else ""
    reason = {
        "code": "GDB433" if request.state is RequestState.DENIED else "GDB434",
        "message": f"{request.id} is {request.state.value}{by}{said}",
        "help": "nothing was run; ask for something else, or anew",
    }
    text = f"REFUSED: {reason['message']}\ndo: {reason['help']}"
    return Answer(text, task=task, content={"status": "refused", "reasons": [reason], "task": task})


def _waits(task: Task) -> dict[str, Any]:
    return {"status": "waits", "task": task}


def _unknown() -> Answer:
    """The same for requests of others and for none: whether there is one is nobody else's business."""
    reason = {
        "code": "GDB401",
        "message": "there is no such request of yours",
        "help": "give the id that request_change answered",
    }
    text = f"REFUSED: {reason['code']} {reason['message']}\ndo: {reason['help']}"
    return Answer(text, is_error=True, content={"status": "refused", "reasons": [reason]})
