"""Requests of agents and people into pages on which a second person decides."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Annotated, Any, Final

from anyio import to_thread
from litestar import Request, Response, get, post
from litestar.params import FromPath, QueryParameter

from governed_db.model.approval import GrantState, Proof, RequestState
from governed_db.model.approval import Request as Asked
from governed_db.model.preview import Preview, from_json
from governed_db.policy.approvals import deciders
from governed_db.policy.approvals.deciders import alike
from governed_db.policy.approvals.rules import ApprovalRefused
from governed_db.server.answers import Problem
from governed_db.server.approvals import deciding
from governed_db.server.callers import requires
from governed_db.server.pages.answers import Shown, go_to, shown
from governed_db.server.pages.frame import Frame, TheFrame
from governed_db.server.pages.statement import pieces
from governed_db.server.roles import READERS, Role
from governed_db.server.store import Tx

_TABS: Final = (
    ("pending", "Waiting"),
    ("due", "Reviews due"),
    ("approved", "Approved"),
    ("denied", "Denied"),
    ("all", "All"),
)
_SAID: Final = {
    "approve": "Approved: who asked may run it now, and was told.",
    "vote": "You agree. Others have to agree too before it may run.",
    "deny": "Denied: who asked was told.",
    "cancel": "Withdrawn.",
    "revoke": "Taken back: what was not used cannot be used any more.",
    "accept": "The review is done: accepted.",
    "object": "The review is done: it should not have been run. Tell who ran it.",
    "break-glass": "The glass is broken: it may run now. Somebody else has to look back at it.",
}
_SKIPPED: Final = frozenset({"FROM", "INTO", "TABLE", "IF", "EXISTS", "NOT", "ONLY"})
_LINKS: Final = {
    "INSERT": "into", "DELETE": "from", "UPDATE": "of", "ALTER": "", "DROP": "", "TRUNCATE": "", "CREATE": "",
}  # fmt: skip
Word = Annotated[str, QueryParameter(max_length=64)]
Which = Annotated[str, QueryParameter(name="state", max_length=64)]


@get("/approvals", opt={"access": READERS}, sync_to_thread=True)
def inbox(frame: TheFrame, which: Which = "pending", done: Word = "") -> Response[str]:
    """Requests in one state."""
    with frame.store.reading(frame.caller.tenant) as tx:
        shown_ = _in_state(tx, which)
        due = len(deciding.listed(tx, due=True))
    tabs = [
        SimpleNamespace(name=name, label=label, count=due if name == "due" else 0) for name, label in _TABS
    ]
    return frame.show(
        "inbox.html", "approvals", said=_SAID.get(done), tabs=tabs, state=which, requests=shown_
    )


@get("/approvals/live", opt={"access": READERS}, sync_to_thread=True)
def inbox_part(frame: TheFrame, which: Which = "pending") -> Response[str]:
    """The table of the inbox."""
    with frame.store.reading(frame.caller.tenant) as tx:
        return frame.part("inbox_rows.html", state=which, requests=_in_state(tx, which))


@get("/approvals/{id:str}", opt={"access": READERS}, sync_to_thread=True)
def request_page(frame: TheFrame, id: FromPath[str], done: Word = "") -> Response[str]:
    """One request: what it would do, and the decision."""
    return _page(frame, id, said=_SAID.get(done))


@post("/approvals/{id:str}", opt=requires(Role.APPROVER, Role.ADMIN, Role.AUTHOR, Role.VIEWER, Role.AUDITOR),
      status_code=200)  # fmt: skip
async def decide(request: Request[Any, Any, Any], frame: TheFrame, id: FromPath[str]) -> Response[Any]:
    """What somebody decided."""
    form = await request.form()
    told = {name: str(form.get(name, ""))[:2000] for name in ("act", "comment", "rows")}
    return await to_thread.run_sync(_decide, frame, id, told)


def _decide(frame: Frame, id: str, told: dict[str, str]) -> Response[Any]:
    act, comment = told["act"], told["comment"].strip()
    if act not in ("cancel", "revoke") and not frame.may(Role.APPROVER):
        raise Problem(403, "GDB665", "you may not decide here", "ask an administrator for the role approver")
    at_most = int(told["rows"]) if told["rows"].isdecimal() else None
    try:
        with frame.store.writing(frame.caller.tenant) as tx:
            done = _act(tx, frame, id, act, comment, at_most)
    except ApprovalRefused as error:
        return _page(frame, id, problem=shown(error), status=409)
    return go_to(f"/approvals/{id}?done={done}")


def _act(tx: Tx, frame: Frame, id: str, act: str, comment: str, at_most: int | None) -> str:
    caller = frame.caller
    match act:
        case "approve":
            found = deciding.approve(tx, caller, id, comment, at_most=at_most)
            return "vote" if found.state is RequestState.PENDING else act
        case "deny":
            deciding.deny(tx, caller, id, comment)
        case "cancel":
            deciding.cancel(tx, caller, id, comment)
        case "revoke":
            deciding.revoke(tx, caller, id, comment)
        case "break-glass":
            deciding.break_glass(tx, caller, id, comment)
        case "accept" | "object":
            deciding.review(tx, caller, id, comment, accepts=act == "accept")
        case _:
            raise Problem(
                400, "GDB645", "the form says nothing that can be done", "use the buttons of the page"
            )
    return act


def _in_state(tx: Tx, state: str) -> tuple[Asked, ...]:
    if state == "due":
        return deciding.listed(tx, due=True)
    known = next((each for each in RequestState if each.value == state), None)
    found = deciding.listed(tx, known)
    # Who waits longest is first.
    return found[::-1] if known is RequestState.PENDING else found


def _page(
    frame: Frame, id: str, *, problem: Shown | None = None, said: str | None = None, status: int = 200
) -> Response[str]:
    with frame.store.reading(frame.caller.tenant) as tx:
        asked = deciding.get(tx, id)
        stored = deciding.preview(tx, id)
        grants = deciding.grants(tx, id)
        waiting = [each.id for each in _in_state(tx, "pending") if each.id != id]
    subject = asked.subject
    is_own = alike(frame.caller.id) in {alike(name) for name in subject.principals}
    live = any(grant.state in (GrantState.ACTIVE, GrantState.RESERVED) for grant in grants)
    hindrance = _hindrance(frame, asked)
    return frame.show(
        "request.html",
        "approvals",
        problem=problem,
        said=said,
        status=status,
        request=asked,
        title=title(subject.statement),
        previews=_previews(stored),
        grants=grants,
        agreed=sum(vote.agrees for vote in asked.votes),
        hindrance=hindrance,
        may_cancel=is_own,
        may_revoke=live and (is_own or not hindrance),
        may_review=_may_review(frame, asked),
        may_break=_may_break(frame, asked),
        next_id=waiting[0] if waiting else None,
    )


def title(statement: str) -> str:
    """What the statement is, in the words of its beginning."""
    known = pieces(statement) or ()
    words = [word.text for word in known if word.kind in ("keyword", "word", "name", "other")]
    verb = words[0].upper() if words else "STATEMENT"
    if verb == "SELECT" and "FROM" in (upper := [word.upper() for word in words]):
        return f"Select from {_named(words[upper.index('FROM') + 1 :])}"
    rest = [word for word in words[1:] if word.upper() not in _SKIPPED]
    if verb not in _LINKS or not rest:
        return verb.capitalize()
    return " ".join(part for part in (verb.capitalize(), _LINKS[verb], _named(rest)) if part)


def _named(words: Sequence[str]) -> str:
    """The name that they begin with, with its schema."""
    name, more = words[0] if words else "", list(words[1:])
    if name == "(":
        return "a query"
    while len(more) > 1 and more[0] == ".":
        name += "." + more[1]
        more = more[2:]
    return name


def _previews(stored: Any) -> tuple[Preview, ...]:
    if stored is None:
        return ()
    try:
        return from_json(stored).parts
    except ValueError:  # of another release; the page says that there is none
        return ()


def _hindrance(frame: Frame, asked: Asked) -> str:
    """Why the reader cannot decide, "" when they can."""
    if not frame.may(Role.APPROVER):
        return "Your role does not decide. Ask an administrator for the role approver."
    try:
        deciders.check_decider(asked.subject, frame.caller.id, frame.caller.groups, Proof.TOKEN)
    except ApprovalRefused as error:
        return f"{error.message[:1].upper()}{error.message[1:]}: {error.help}."
    if any(alike(vote.by) == alike(frame.caller.id) and vote.agrees for vote in asked.votes):
        return "You have agreed already; another person has to agree too."
    return ""


def _may_review(frame: Frame, asked: Asked) -> bool:
    if asked.review is None or asked.review.by is not None or not frame.may(Role.APPROVER):
        return False
    try:
        deciders.check_reviewer(asked, frame.caller.id)
    except ApprovalRefused:
        return False
    return True


def _may_break(frame: Frame, asked: Asked) -> bool:
    if asked.state is not RequestState.PENDING or not frame.may(Role.APPROVER):
        return False
    try:
        deciders.check_breaker(asked.subject, frame.caller.id, frame.caller.groups, Proof.TOKEN)
    except ApprovalRefused:
        return False
    return True


ROUTES: list[Any] = [inbox, inbox_part, request_page, decide]
