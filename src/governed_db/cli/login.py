"""`governed-db login`: a person who signs in at their issuer into a login in a private file."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import click

from governed_db.cli import output
from governed_db.cli.options import json_option
from governed_db.errors import ConfigurationError

if TYPE_CHECKING:
    from governed_db.context.tokens.login import Answer, Client

NAME = "login.json"


@click.command()
@click.argument("issuer")
@click.option(
    "--client", required=True, metavar="ID", help="The client id, of a public client without a secret."
)
@click.option("--scope", default="openid", show_default=True, help="What to ask for, with spaces.")
@click.option("--audience", metavar="NAME", help="What the token shall be for, where the issuer asks for it.")
@click.option("--device", is_flag=True, help="Type a code on another device, where this one has no browser.")
@click.option(
    "--id-token", is_flag=True, help="Keep the ID token: Google's access tokens cannot be verified."
)
@click.option("--state-dir", metavar="FOLDER", help="Where the token is kept.  [default: GOVERNED_DB_HOME]")
@json_option
def command(
    issuer: str,
    *,
    client: str,
    scope: str,
    audience: str | None,
    device: bool,
    id_token: bool,
    state_dir: str | None,
    as_json: bool,
) -> None:
    """Sign in at ISSUER, and keep the login for connections to use: token="login:PATH"."""
    from governed_db.config import open_state_dir
    from governed_db.context.tokens.kept import keep
    from governed_db.context.tokens.login import Client

    folder = open_state_dir(state_dir or os.environ.get("GOVERNED_DB_HOME"))
    signing = Client(issuer, client, scope, audience)
    found = _sign_in(signing, device=device)
    which = "id_token" if id_token else "access_token"
    if not isinstance(found.get(which), str):
        raise ConfigurationError(
            "the issuer gave no ID token", code="GDB558", help="ask for the scope openid"
        )
    path = folder / NAME
    keep(path, signing, found, which, time.time())
    told = {
        "file": str(path),
        "seconds": found.get("expires_in"),
        "renewed": isinstance(found.get("refresh_token"), str),
        "token": f"login:{path}",
    }
    output.tell(told, lambda console: console.print(output.fields(told)), as_json=as_json)


def _sign_in(client: Client, *, device: bool) -> Answer:
    if device:
        return client.on_device(lambda at, code: click.echo(f"Go to {at} and type {code}", err=True))

    def show(url: str) -> None:
        click.echo(f"Sign in here, if no browser opens:\n  {url}", err=True)
        click.launch(url)

    return client.in_browser(show)
