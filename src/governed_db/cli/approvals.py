"""`governed-db approvals`: the requests of a state folder into decisions of a second person."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from governed_db.cli import output
from governed_db.cli.options import json_option, known_state_dir, state_dir_option
from governed_db.errors import Error
from governed_db.model.approval import Request, RequestState

if TYPE_CHECKING:
    from rich.console import Console

    from governed_db.remote.approvals import ApprovalStore
    from governed_db.remote.spool import Spool

_STATES = [state.value for state in RequestState]
_STATE_COLOURS = {"pending": "yellow", "approved": "green", "denied": "red"}


@click.group()
def command() -> None:
    """See what was asked for, and approve or deny it."""


@command.command("list")
@click.option("--state", type=click.Choice([*_STATES, "all"]), default="pending", show_default=True,
              help="Requests in this state.")  # fmt: skip
@state_dir_option
@json_option
def list_(*, state: str, state_dir: str | None, as_json: bool) -> None:
    """Requests, oldest first."""
    store = _store(known_state_dir(state_dir))
    found = store.list(None if state == "all" else RequestState(state))
    output.tell(
        [_task(request) for request in found], lambda console: _draw_list(console, found), as_json=as_json
    )


@command.command()
@click.argument("id")
@state_dir_option
@json_option
def show(id: str, *, state_dir: str | None, as_json: bool) -> None:
    """One request: who asks, for what, how many rows, and what came of it."""
    store = _store(known_state_dir(state_dir))
    request = store.get(id)
    grants = store.grants(id)
    told = _task(request) | {
        "grants": [
            {"id": grant.id, "state": grant.state.value, "uses_left": grant.uses_left, "rows": grant.rows}
            for grant in grants
        ]
    }
    output.tell(told, lambda console: _draw_request(console, told), as_json=as_json)


def _decision_options(decide: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.argument("id"),
            click.option(
                "--as", "by", metavar="NAME", help="Who decides.  [default: the operating-system user]"
            ),
            click.option("--group", "groups", multiple=True, metavar="NAME", help="A group of who decides."),
            click.option("--comment", default="", help="Why; kept with the request."),
            state_dir_option,
            json_option,
        )
    ):
        decide = option(decide)
    return decide


@command.command()
@click.option("--rows", type=int, metavar="N", help="Agree only if it is still for at most N rows.")
@_decision_options
def approve(
    id: str,
    *,
    rows: int | None,
    by: str | None,
    groups: tuple[str, ...],
    comment: str,
    state_dir: str | None,
    as_json: bool,
) -> None:
    """Agree: the same caller may run the same statement once, on as many rows as were measured."""

    def agree(store: ApprovalStore, name: str) -> Request:
        return store.approve(id, name, groups, comment, at_most=rows)

    _tell_decided(_decided("approve", id, by, state_dir, agree), as_json=as_json)


@command.command()
@_decision_options
def deny(
    id: str, *, by: str | None, groups: tuple[str, ...], comment: str, state_dir: str | None, as_json: bool
) -> None:
    """Refuse: the request is closed."""

    def refuse(store: ApprovalStore, name: str) -> Request:
        return store.deny(id, name, groups, comment)

    _tell_decided(_decided("deny", id, by, state_dir, refuse), as_json=as_json)


# -- deciding --------------------------------------------------------------------------------------------


def _decided(
    action: str,
    id: str,
    by: str | None,
    state_dir: str | None,
    decide: Callable[[ApprovalStore, str], Request],
) -> Request:
    """Take a decision and record it: the intent is on disk before the store is changed."""
    from governed_db.context.identity import operating_system_principal

    user = operating_system_principal().id
    folder = known_state_dir(state_dir)
    store = _store(folder)
    about = {"action": f"approvals {action}", "approval": id, "by": by or user, "os_user": user}
    with _spool(folder) as spool:
        _record(spool, about | {"status": "asked"})
        try:
            request = decide(store, by or user)
        except Error as error:
            _record(spool, about | {"status": "refused", "code": error.code})
            raise
        _record(spool, about | {"status": request.state.value, "rows": request.subject.rows})
    return request


@contextmanager
def _spool(folder: Path) -> Iterator[Spool]:
    from governed_db.remote.spool import Spool

    with closing(Spool(folder / "audit")) as spool:
        yield spool


def _record(spool: Spool, fields: dict[str, Any]) -> None:
    from governed_db.model.audit import AuditEvent
    from governed_db.remote.ids import uuid7

    now = time.time()
    spool.write(AuditEvent(uuid7(now), now, "admin", fields))


def _store(folder: Path) -> ApprovalStore:
    from governed_db.remote.approvals import ApprovalStore

    return ApprovalStore(folder / "approvals.sqlite")


# -- how it is told --------------------------------------------------------------------------------------


def _task(request: Request) -> dict[str, Any]:
    from governed_db.remote.approval_rules import to_task

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
            request.subject.rows,
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
    }
    console.print(output.fields(shown))
    if told["state"] == "pending":
        bound = f" --rows {told['rows']}" if told["rows"] is not None else ""
        console.print(f"to agree: {told['approve']}{bound}", markup=False, soft_wrap=True)
    for grant in told["grants"]:
        console.print(f"{grant['id']}: {grant['state']}, {grant['uses_left']} use(s) left", markup=False)


def _tell_decided(request: Request, *, as_json: bool) -> None:
    told = _task(request)
    said = f"{request.id} is {request.state.value} by {request.decided_by}"
    if request.subject.rows is not None:
        said += f" ({request.subject.rows} rows)"
    if request.state is RequestState.APPROVED:
        subject = request.subject
        said += f": the same statement may now run {subject.grant_uses} time(s)"
        said += f", within {subject.grant_seconds / 60:g} minutes"
    output.tell(told, lambda console: output.show(console, said), as_json=as_json)


def _ago(seconds: float) -> str:
    passed = dt.timedelta(seconds=max(0, round(time.time() - seconds)))
    return f"{passed} ago"
