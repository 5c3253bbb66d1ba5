"""`governed-db server`: what is done at the machine of a control plane."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import attrs
import click

from governed_db.cli import output, plane_address, signing_in
from governed_db.cli.plane_options import Plane, operator, plane_options, tenant_option
from governed_db.errors import ConfigurationError

if TYPE_CHECKING:
    from rich.console import Console

    from governed_db.server.enrolment import Enrolment

_DAY = 86_400.0
_ROLES = ("client", "viewer", "approver", "author", "auditor", "admin")


@click.group()
def command() -> None:
    """Look after a control plane: tables, keys of clients, old events."""


command.add_command(signing_in.command)
command.add_command(plane_address.command)


@command.command()
@plane_options
def migrate(*, plane: Plane, as_json: bool) -> None:
    """Bring the tables of its database up to date. Make a backup before."""
    settings = plane.settings()
    from governed_db.server import migrations, partitions
    from governed_db.server.store import Store

    with closing(Store(settings.url)) as store:
        before = migrations.revision(store)
        migrations.upgrade(store)
        partitions.ensure(store, time.time())
        after = migrations.revision(store)
    told = {"before": before, "after": after}
    line = f"tables are of revision {after}" + (f" (before: {before})" if before not in (None, after) else "")
    output.tell(told, lambda console: output.show(console, line), as_json=as_json)


@command.command()
@click.argument("label")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(_ROLES), default=("client",), show_default=True,
    help="What it may do; may be repeated.",
)  # fmt: skip
@click.option(
    "--days", type=click.IntRange(1, 36_500), metavar="N", help="How long it is good.  [default: for ever]"
)
@tenant_option
@plane_options
def enrol(
    label: str,
    *,
    roles: tuple[str, ...],
    days: int | None,
    tenant: str,
    plane: Plane,
    as_json: bool,
) -> None:
    """Make a key for a client that has no token of an identity provider. It is shown this once."""
    settings = plane.settings()
    caller = operator(settings, tenant)
    from governed_db.server import enrolment
    from governed_db.server.roles import Role
    from governed_db.server.serving import prepared

    now = time.time()
    with closing(prepared(settings)) as store, store.writing(tenant) as tx:
        expires = None if days is None else now + days * _DAY
        wanted = [Role(role) for role in roles]
        made, key = enrolment.enrol(tx, caller, label, now, roles=wanted, expires=expires)
    output.tell(
        attrs.asdict(made) | {"key": key}, lambda console: console.print(key, soft_wrap=True), as_json=as_json
    )


@command.command()
@tenant_option
@plane_options
def enrolled(*, tenant: str, plane: Plane, as_json: bool) -> None:
    """The keys of clients, the newest first; never their texts."""
    settings = plane.settings()
    operator(settings, tenant)
    from governed_db.server import enrolment
    from governed_db.server.serving import prepared

    with closing(prepared(settings)) as store, store.reading(tenant) as tx:
        found = enrolment.listed(tx)
    told = [attrs.asdict(one) for one in found]
    output.tell(told, lambda console: _draw(console, found), as_json=as_json)


@command.command()
@click.argument("id")
@tenant_option
@plane_options
def revoke(id: str, *, tenant: str, plane: Plane, as_json: bool) -> None:
    """From now on the key of this id opens nothing."""
    settings = plane.settings()
    caller = operator(settings, tenant)
    from governed_db.server import enrolment
    from governed_db.server.serving import prepared

    with closing(prepared(settings)) as store, store.writing(tenant) as tx:
        is_known = enrolment.revoke(tx, caller, id, time.time())
    if not is_known:
        raise ConfigurationError(
            f"there is no key {id} that is still good",
            code="GDB661",
            help="see `governed-db server enrolled`",
        )
    output.tell(
        {"revoked": id}, lambda console: output.show(console, f"{id} opens nothing now"), as_json=as_json
    )


@command.command()
@click.option(
    "--days", type=click.IntRange(1), metavar="N", help="Keep so many.  [default: --config, else 400]"
)
@plane_options
def prune(*, days: int | None, plane: Plane, as_json: bool) -> None:
    """Let go of events that are older than they are to be kept: on PostgreSQL whole months."""
    settings = plane.settings()
    settings = settings if days is None else attrs.evolve(settings, retention_days=days)
    from governed_db.server import keeping
    from governed_db.server.serving import prepared

    with closing(prepared(settings)) as store:
        gone = keeping.step(store, settings, time.time())
    said = "dropped: " + ", ".join(gone) if gone else "nothing is old enough"
    output.tell({"dropped": gone}, lambda console: output.show(console, said), as_json=as_json)


def _draw(console: Console, found: list[Enrolment]) -> None:
    for one in found:
        state = (
            "revoked" if one.revoked is not None else "until revoked" if one.expires is None else _day(one)
        )
        output.show(console, f"{one.id}  {one.label}  {', '.join(one.roles)}  {state}  by {one.created_by}")


def _day(one: Enrolment) -> str:
    return time.strftime("until %Y-%m-%d", time.gmtime(one.expires))
