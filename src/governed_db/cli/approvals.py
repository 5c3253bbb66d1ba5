"""`governed-db approvals`: the requests of a state folder into decisions of a second person."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from governed_db.cli import output, previews
from governed_db.cli.deciding import Decider, decided, decider, proven, store_of
from governed_db.cli.options import json_option, known_state_dir, state_dir_option
from governed_db.model.approval import GrantState, Request, RequestState

if TYPE_CHECKING:
    from rich.console import Console

    from governed_db.remote.approvals import ApprovalStore

_STATES = [state.value for state in RequestState]
_STATE_COLOURS = {"pending": "yellow", "approved": "green", "denied": "red"}


@click.group()
def command() -> None:
    """See what was asked for, and approve or deny it."""


@command.command("list")
@click.option("--state", type=click.Choice([*_STATES, "all"]), default="pending", show_default=True,
              help="Requests in this state.")  # fmt: skip
@click.option("--due", is_flag=True, help="Those whose glass was broken and that wait for a review.")
@state_dir_option
@json_option
def list_(*, state: str, due: bool, state_dir: str | None, as_json: bool) -> None:
    """Requests, oldest first; reviews that are due, the most urgent first."""
    store = store_of(known_state_dir(state_dir))
    found = store.reviews() if due else store.list(None if state == "all" else RequestState(state))
    output.tell(
        [_task(request) for request in found], lambda console: _draw_list(console, found), as_json=as_json
    )


@command.command()
@click.argument("id")
@state_dir_option
@json_option
def show(id: str, *, state_dir: str | None, as_json: bool) -> None:
    """One request: who asks, for what, how many rows, and what came of it."""
    store = store_of(known_state_dir(state_dir))
    request = store.get(id)
    grants = store.grants(id)
    told = _task(request) | {
        "grants": [
            {"id": grant.id, "state": grant.state.value, "uses_left": grant.uses_left, "rows": grant.rows}
            for grant in grants
        ],
        "preview": store.preview(id),
    }
    output.tell(told, lambda console: _draw_request(console, told), as_json=as_json)


def _decision_options(decide: Callable[..., Any]) -> Callable[..., Any]:
    """The options of all decisions; who decides comes as one `who`."""

    def known(
        *, by: str | None, groups: tuple[str, ...], token: str | None, identity: str | None, **more: Any
    ) -> Any:
        who = decider(by, groups) if token is None else proven(token, identity, by, groups, more["state_dir"])
        return decide(who=who, **more)

    known.__doc__, known.__name__ = decide.__doc__, decide.__name__
    known.__dict__.update(decide.__dict__)
    for option in reversed(_DECISION):
        known = option(known)
    return known


_DECISION = (
    click.argument("id"),
    click.option("--as", "by", metavar="NAME", help="Who decides.  [default: the user that logged in]"),
    click.option("--group", "groups", multiple=True, metavar="NAME", help="A group of who decides."),
    click.option(
        "--token", metavar="PLACE", help="What proves who decides: env:NAME, file:PATH, login:PATH."
    ),
    click.option(
        "--identity", metavar="FILE", help="Whose tokens are trusted.  [default: GOVERNED_DB_IDENTITY]"
    ),
    click.option("--comment", default="", help="Why; kept with the request."),
    state_dir_option,
    json_option,
)


@command.command()
@_decision_options
@click.option("--rows", type=int, metavar="N", help="Agree only if it is still for at most N rows.")
def approve(
    id: str, *, rows: int | None, who: Decider, comment: str, state_dir: str | None, as_json: bool
) -> None:
    """Agree: the same caller may run the same statement once, on as many rows as were measured."""

    def agree(store: ApprovalStore) -> Request:
        return store.approve(id, who.by, who.groups, comment, at_most=rows, proof=who.proof)

    _tell_decided(decided("approve", id, who, state_dir, agree), who, as_json=as_json)


@command.command()
@_decision_options
def deny(id: str, *, who: Decider, comment: str, state_dir: str | None, as_json: bool) -> None:
    """Refuse: the request is closed."""

    def refuse(store: ApprovalStore) -> Request:
        return store.deny(id, who.by, who.groups, comment, proof=who.proof)

    _tell_decided(decided("deny", id, who, state_dir, refuse), who, as_json=as_json)


@command.command()
@_decision_options
def cancel(id: str, *, who: Decider, comment: str, state_dir: str | None, as_json: bool) -> None:
    """Withdraw a request, also one of your own."""

    def withdraw(store: ApprovalStore) -> Request:
        return store.cancel(id, who.by, comment)

    _tell_decided(decided("cancel", id, who, state_dir, withdraw), who, as_json=as_json)


@command.command()
@_decision_options
def revoke(id: str, *, who: Decider, comment: str, state_dir: str | None, as_json: bool) -> None:
    """Take back what was approved and has not been used."""

    def take_back(store: ApprovalStore) -> Request:
        for grant in store.grants(id):
            if grant.state in (GrantState.ACTIVE, GrantState.RESERVED):
                store.revoke(grant.id)
        return store.get(id)

    request = decided("revoke", id, who, state_dir, take_back, comment)
    said = f"what was approved of {request.id} and not used is taken back"
    output.tell(_task(request), lambda console: output.show(console, said), as_json=as_json)


@command.command("break-glass")
@_decision_options
def break_glass(id: str, *, who: Decider, comment: str, state_dir: str | None, as_json: bool) -> None:
    """Let it run now without a second person, with --comment as justification; somebody has to review it."""

    def insist(store: ApprovalStore) -> Request:
        return store.break_glass(id, who.by, who.groups, comment, proof=who.proof)

    _tell_decided(decided("break-glass", id, who, state_dir, insist), who, as_json=as_json)


@command.command()
@_decision_options
@click.option("--object", "objects", is_flag=True, help="It should not have been run.")
def review(
    id: str, *, objects: bool, who: Decider, comment: str, state_dir: str | None, as_json: bool
) -> None:
    """Look back at a request whose glass was broken; `list --due` tells which wait for it."""

    def look_back(store: ApprovalStore) -> Request:
        return store.review(id, who.by, comment, accepts=not objects)

    request = decided("review", id, who, state_dir, look_back)
    said = "objected to" if objects else "accepted"
    output.tell(
        _task(request),
        lambda console: output.show(console, f"{request.id}: the review is done, {said} by {who.by}"),
        as_json=as_json,
    )


@command.command()
@click.option(
    "--every", type=float, default=1.0, show_default=True, metavar="SECONDS", help="How often to look."
)
@click.option(
    "--for", "seconds", type=float, metavar="SECONDS", help="Stop after this long.  [default: never]"
)
@state_dir_option
@json_option
def watch(*, every: float, seconds: float | None, state_dir: str | None, as_json: bool) -> None:
    """Tell of requests as they come and as they are decided, one line each."""
    store = store_of(known_state_dir(state_dir))
    end = None if seconds is None else time.monotonic() + seconds
    known: dict[str, tuple[Any, ...]] = {}
    console = output.console()
    while True:
        for request in store.list():
            seen = (request.state, len(request.votes), request.subject.rows)
            if known.get(request.id) != seen and (known or request.state is RequestState.PENDING):
                _tell_change(console, request, as_json=as_json)
            known[request.id] = seen
        known.setdefault("", ())  # from now on, what was decided before is news too
        if end is not None and time.monotonic() >= end:
            return
        time.sleep(every)


@command.command()
@state_dir_option
@json_option
def notify(*, state_dir: str | None, as_json: bool) -> None:
    """Send the notifications that wait, and tell of those that are still not taken."""
    from governed_db.remote.notices.opening import open_sender

    sender = open_sender(known_state_dir(state_dir))
    sent = sender.send_due()
    left = [
        {"target": name, "waiting": count, "next": _moment(due), "failure": failure}
        for name, count, due, failure in sender.waiting()
    ]
    output.tell(
        {"sent": sent, "waiting": left}, lambda console: _draw_notified(console, sent, left), as_json=as_json
    )


# -- how it is told --------------------------------------------------------------------------------------


def _task(request: Request) -> dict[str, Any]:
    from governed_db.policy.approvals.rules import to_task

    return to_task(request)


def _draw_list(console: Console, found: tuple[Request, ...]) -> None:
    if not found:
        console.print("no requests")
        return
    said = (
        (
            request.id,
            request.state.value,
            _ago(request.created),
            " ← ".join(request.subject.principals),
            request.subject.rows if request.subject.rows is not None else "",  # DDL has none
            request.subject.statement,
        )
        for request in found
    )
    console.print(output.rows(("id", "state", "asked", "who", "rows", "statement"), said))


def _draw_request(console: Console, told: dict[str, Any]) -> None:
    colour = _STATE_COLOURS.get(told["state"], "white")
    console.print(f"[bold]{told['id']}[/]  [{colour}]{told['state']}[/]")
    output.show(console, told["statement"], wrap=False)
    shown = {
        "who": " ← ".join(told["principals"]),
        "database": told["database"],
        "rows": told["rows"],
        "why": told["reason"],
        "rule": f"{told['rule']} (policy {told['revision']})",
        "approvers": " or ".join(told["approvers"]) or "anybody but who asked",
        "asked": told["created"],
        "expires": told["expires"],
        "decided by": told["decided_by"],
        "comment": told["comment"] or None,
        "votes": ", ".join(_vote(vote) for vote in told["votes"]) or None,
        "agreed": f"{sum(vote['agrees'] for vote in told['votes'])} of {told['quorum']} needed"
        if told["quorum"] > 1
        else None,
        "near": f"an approval was given for another {', '.join(told['differs'])}"
        if told["differs"]
        else None,
        "review": _review(told["review"]),
    }
    console.print(output.fields(shown))
    if told["preview"] is not None:
        previews.draw(console, told["preview"])
    if told["state"] == "pending":
        bound = f" --rows {told['rows']}" if told["rows"] is not None else ""
        console.print(f"to agree: {told['approve']}{bound}", markup=False, soft_wrap=True)
    for grant in told["grants"]:
        console.print(f"{grant['id']}: {grant['state']}, {grant['uses_left']} use(s) left", markup=False)


def _tell_decided(request: Request, who: Decider, *, as_json: bool) -> None:
    told = _task(request)
    said = f"{request.id} is {request.state.value} by {request.decided_by}"
    if request.state is RequestState.PENDING:
        agreed = sum(vote.agrees for vote in request.votes)
        said = f"{request.id}: {who.by} agrees, {agreed} of {request.subject.terms.quorum} needed"
    if request.subject.rows is not None:
        said += f" ({request.subject.rows} rows)"
    if request.state is RequestState.APPROVED:
        subject = request.subject
        said += f": the same statement may now run {subject.grant_uses} time(s)"
        said += f", within {subject.grant_seconds / 60:g} minutes"
    if request.review is not None:
        said += f"; somebody else has to review it by {_moment(request.review.due)}"
    output.tell(told, lambda console: output.show(console, said, wrap=False), as_json=as_json)


def _tell_change(console: Console, request: Request, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_task(request)))
        return
    who = " ← ".join(request.subject.principals)
    rows = "?" if request.subject.rows is None else request.subject.rows
    by = f" by {request.decided_by}" if request.decided_by else ""
    line = f"{request.id}  {request.state.value}{by}  {who}  {rows} row(s)  {request.subject.statement}"
    output.show(console, line, _STATE_COLOURS.get(request.state.value, ""), wrap=False)


def _draw_notified(console: Console, sent: int, left: list[dict[str, Any]]) -> None:
    output.show(console, f"{sent} sent, {sum(one['waiting'] for one in left)} waiting")
    if left:
        names = ("target", "waiting", "next", "failure")
        console.print(output.rows(names, ([one[name] for name in names] for one in left)))


def _vote(vote: dict[str, Any]) -> str:
    """Whether it is known who it was stands beside the name."""
    return f"{vote['by']} {'agrees' if vote['agrees'] else 'refuses'} ({vote['proof']})"


def _near(differs: list[str]) -> str | None:
    if not differs or differs[0] in ("used", "in use"):
        return f"an approval for this is {differs[0]}" if differs else None
    return f"an approval was given for another {', '.join(differs)}"


def _review(review: dict[str, Any] | None) -> str | None:
    if review is None:
        return None
    return f"due {review['due']}" if review["by"] is None else f"{review['state']} by {review['by']}"


def _moment(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")


def _ago(seconds: float) -> str:
    passed = dt.timedelta(seconds=max(0, round(time.time() - seconds)))
    return f"{passed} ago"
