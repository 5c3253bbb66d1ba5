"""`governed-db conversations`: what conversations and principals took of their limits, and a new start."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import attrs
import click

from governed_db.cli import output
from governed_db.cli.options import json_option, known_state_dir, state_dir_option

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from governed_db.remote.conversations import Conversation


@click.group()
def command() -> None:
    """See what conversations have taken of their limits, and unlock them."""


@command.command("list")
@click.option("--locked", "only_locked", is_flag=True, help="Only those that are locked.")
@state_dir_option
@json_option
def list_(*, only_locked: bool, state_dir: str | None, as_json: bool) -> None:
    """Conversations and principals that take of limits now, and how much."""
    from governed_db.remote.conversations import listed

    found = [one for one in listed(known_state_dir(state_dir)) if one.locked or not only_locked]
    output.tell([_told(one) for one in found], lambda console: _draw_list(console, found), as_json=as_json)


@command.command()
@click.argument("name", metavar="ID|NAME")
@state_dir_option
@json_option
def show(name: str, *, state_dir: str | None, as_json: bool) -> None:
    """One conversation or principal: each limit, and why it is locked if it is.

    Of several with the same name, all.
    """
    from governed_db.remote.conversations import named

    found = named(known_state_dir(state_dir), name)
    output.tell([_told(one) for one in found], lambda console: _draw(console, found), as_json=as_json)


@command.command()
@click.argument("name", metavar="ID|NAME", required=False)
@click.option("--all", "everything", is_flag=True, help="All of them, also when the store cannot be read.")
@click.option("--by", metavar="NAME", help="Who resets.  [default: you]")
@state_dir_option
@json_option
def reset(
    name: str | None, *, everything: bool, by: str | None, state_dir: str | None, as_json: bool
) -> None:
    """Let a conversation or principal begin anew: what it has taken is forgotten, and it is unlocked.

    It is recorded who did it.
    """
    from governed_db.remote import conversations

    if (name is None) is not everything:
        raise click.UsageError("say which: ID or NAME, or --all")
    folder = known_state_dir(state_dir)
    meant = conversations.named(folder, name) if name is not None else ()
    _record(folder, by, meant)  # first: what cannot be recorded is not done
    if name is None:
        conversations.reset_all(folder)
    else:
        conversations.reset(folder, meant)
    output.tell(
        [_told(one) for one in meant],
        lambda console: output.show(console, f"✓ reset: {', '.join(map(_name, meant)) or 'all'}", "green"),
        as_json=as_json,
    )


def _record(folder: Path, by: str | None, meant: tuple[Conversation, ...]) -> None:
    from contextlib import closing

    from governed_db.context.identity import operating_system_principal
    from governed_db.model.audit import AuditEvent
    from governed_db.model.ids import uuid7
    from governed_db.remote.spool import Spool

    fields = {
        "action": "conversations reset",
        "by": by or operating_system_principal().id,
        "conversations": [_told(one) for one in meant] or "all",
    }
    now = time.time()
    with closing(Spool(folder / "audit")) as spool:
        spool.write(AuditEvent(uuid7(now), now, "admin", fields))


# -- how it is told --------------------------------------------------------------------------------------


def _told(one: Conversation) -> dict[str, Any]:
    return attrs.asdict(one)


def _name(one: Conversation) -> str:
    if one.kind == "principal":
        return " ".join(one.principals)
    return one.name if one.name is not None else f"({' for '.join(one.principals)})"


def _draw_list(console: Console, found: list[Conversation]) -> None:
    if not found:
        console.print("nothing has been taken of any limit")
        return
    said = (
        (one.id, one.kind, _name(one), ", ".join(one.principals), _most(one), _lock(one)) for one in found
    )
    console.print(output.rows(("id", "what", "name", "principals", "taken", "locked"), said))


def _draw(console: Console, found: tuple[Conversation, ...]) -> None:
    for one in found:
        output.show(console, f"{_name(one)}  ({one.kind} {one.id})", "bold")
        lock = f"{one.locked} ({_lock(one)})" if one.locked else None
        console.print(output.fields({"principals": ", ".join(one.principals), "locked": lock}))
        said = (
            (f"{use.measure} {use.about}".strip(), f"{use.taken:g}", f"{use.most:g}", f"{use.within:g} s")
            for use in one.usage
        )
        console.print(output.rows(("limit", "taken", "of", "within"), said))


def _most(one: Conversation) -> str:
    """The limit of which the largest part is taken."""
    use = max(one.usage, key=lambda use: use.taken / use.most if use.most else 1, default=None)
    return f"{use.taken:g} of {use.most:g} {use.measure}" if use is not None else ""


def _lock(one: Conversation) -> str:
    if one.locked is None:
        return ""
    if one.until is None:
        return "until reset"
    return f"for {max(one.until - time.time(), 0):.0f} s more"
