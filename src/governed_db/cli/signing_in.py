"""`governed-db server sign-in`: whoever is at the machine into a link that signs somebody in once."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import click

from governed_db.cli import output
from governed_db.cli.plane_options import Plane, operator, plane_options, tenant_option

if TYPE_CHECKING:
    from governed_db.server.settings import ServerSettings
    from governed_db.server.store import Store

_ROLES = ("viewer", "approver", "author", "auditor", "admin")


@click.command("sign-in")
@click.option("--as", "name", metavar="NAME", help="Who signs in.  [default: the user that logged in]")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(_ROLES), default=_ROLES,
    help="What they may do; may be repeated.  [default: all]",
)  # fmt: skip
@tenant_option
@plane_options
def command(
    *,
    name: str | None,
    roles: tuple[str, ...],
    tenant: str,
    plane: Plane,
    as_json: bool,
) -> None:
    """Make a link with which somebody signs in to the pages once, within ten minutes."""
    settings = plane.settings()
    operator(settings, tenant)
    from governed_db.server.serving import prepared

    with closing(prepared(settings)) as store:
        link = link_for(store, settings, settings.base_url, name=name, roles=roles, tenant=tenant)
    output.tell({"link": link}, lambda console: console.print(link, soft_wrap=True), as_json=as_json)


def link_for(
    store: Store,
    settings: ServerSettings,
    address: str,
    *,
    name: str | None = None,
    roles: tuple[str, ...] = _ROLES,
    tenant: str = "default",
) -> str:
    """The link. The code stands behind `#`: it goes to no server, log or Referer before it is used."""
    from governed_db.server import journal, sessions
    from governed_db.server.roles import Role

    caller = operator(settings, tenant)
    who = name or caller.id
    with store.writing(tenant) as tx:
        code = sessions.new_code(tx, who, [Role(role) for role in roles], time.time())
        journal.record(tx, caller, "sign-in.offered", who, {"roles": sorted(roles)})
    return f"{address}/sign-in#{code}"
