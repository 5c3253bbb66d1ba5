"""A control plane's settings into what its clients are told: its address and the key of its bundles."""

from __future__ import annotations

from contextlib import closing

import click

from governed_db.cli import output
from governed_db.cli.plane_options import Plane, operator, plane_options, tenant_option


@click.command("address")
@click.option("--name", default="default", show_default=True, help="The policy that clients are under.")
@tenant_option
@plane_options
def command(
    *,
    name: str,
    tenant: str,
    plane: Plane,
    as_json: bool,
) -> None:
    """Tell what clients name as their control plane, with the key that its bundles are signed with."""
    settings = plane.settings()
    caller = operator(settings, tenant)
    from governed_db.server.bundles import keys, publishing
    from governed_db.server.serving import prepared

    with closing(prepared(settings)) as store, store.writing(tenant) as tx:
        if name not in publishing.names(tx) and name == "default":
            publishing.seed(tx, settings.keys_folder, name)
        version = publishing.newest(tx, name).version
        key = keys.current(tx, caller, settings.keys_folder)
    named = "" if name == "default" else f"name={name}&"
    address = f"{settings.base_url}/v1#{named}key={key.public}"
    told = {"control_plane": address, "name": name, "version": version, "key": key.public, "id": key.kid}
    output.tell(told, lambda console: output.show(console, address, wrap=False), as_json=as_json)
