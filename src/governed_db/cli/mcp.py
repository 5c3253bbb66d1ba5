"""`governed-db mcp`: a database into a server whose tools models call, over standard input or HTTP."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click

from governed_db.cli.options import Entry, entry_options, json_option
from governed_db.errors import ConfigurationError

if TYPE_CHECKING:
    from governed_db.config import Settings
    from governed_db.integrations.mcp import Agency
    from governed_db.model.principal import Context

_MOST_BODY: Final = 1024 * 1024
_LAST_PORT: Final = 65535


@click.command()
@entry_options
@click.option("--token", metavar="PLACE", help="Who asks: env:NAME, file:PATH.  [default: GOVERNED_DB_TOKEN]")
@click.option("--identity", metavar="FILE", help="Whose tokens are trusted.  [default: GOVERNED_DB_IDENTITY]")
@click.option("--http", metavar="HOST:PORT", help="Serve many over HTTP, each by a bearer token, at /mcp.")
@click.option("--public-url", metavar="URL", help="Where clients reach it; tells them who issues tokens.")
@click.option("--agent", default="mcp", show_default=True, help="Who acts, where no token names an agent.")
@click.option("--agent-group", "agent_groups", multiple=True, metavar="NAME", help="A group of that agent.")
@click.option("--allow-changes", is_flag=True, help="Offer the tool request_change.  [default: only reads]")
@click.option("--max-rows", type=click.IntRange(1, 100_000), default=100, show_default=True)
@click.option("--max-bytes", type=click.IntRange(1_000), default=100_000, show_default=True)
@json_option
def command(
    *,
    entry: Entry,
    token: str | None,
    identity: str | None,
    http: str | None,
    public_url: str | None,
    agent: str,
    agent_groups: tuple[str, ...],
    as_json: bool,  # noqa: ARG001  # what is said on standard output is JSON anyway
    **limits: Any,
) -> None:
    """Serve the tools query, explain, schema, request_change and approval_status (MCP).

    Over standard input and output, for one client that starts this program; over HTTP for many.
    """
    _require("mcp", "mcp")
    from governed_db.config import load_settings
    from governed_db.integrations.mcp import Agency

    settings = load_settings(
        policy=entry.policy,
        principal=entry.who(),
        state_dir=entry.state_dir,
        token=token,
        identity=identity,
    )
    agency = Agency(agent, agent_groups)
    limits["allows_changes"] = limits.pop("allow_changes")
    if http is None:
        _over_stdio(entry, settings, agency, limits)
    else:
        _over_http(entry, settings, agency, limits | {"public_url": public_url}, http)


def _require(module: str, extra: str) -> None:
    if find_spec(module) is None:
        raise ConfigurationError(
            f"the extra {extra} is not installed", code="GDB711", help=f"pip install 'governed_db[{extra}]'"
        )


def _engine(entry: Entry, settings: Settings) -> Any:
    """Connections of their own for each call: what one leaves in a session is not there for another."""
    from sqlalchemy import NullPool

    from governed_db.integrations.office import engine_of

    ours = {
        "governed_policy": settings.policy,
        "governed_state_dir": settings.state_dir,
        "governed_identity": settings.identity,
        "governed_control_plane": settings.control_plane,
        "governed_on_approval": "raise",  # a call that waits for people would hold a thread
    }
    given = {name: value for name, value in ours.items() if value is not None}
    with entry.opened(
        identity=settings.identity
    ):  # what is wrong with address or file is told now, and in our words
        pass
    return engine_of(entry.url, poolclass=NullPool, connect_args=given)


def _over_stdio(entry: Entry, settings: Settings, agency: Agency, limits: dict[str, Any]) -> None:
    from governed_db.integrations.mcp import OnePerson, governed_server

    people = OnePerson(_teller(settings), agency)
    governed_server(_engine(entry, settings), people, **limits).run("stdio")


def _teller(settings: Settings) -> Callable[[], Context]:
    """Who started this: by their token, read anew for each call, else by name."""
    from governed_db.context.identity import operating_system_principal
    from governed_db.context.tokens.sources import Source, reader
    from governed_db.model.principal import Context
    from governed_db.runtime import trust

    if settings.token is not None and settings.identity is not None:
        source = Source(reader(settings.token), trust().verifier(settings))
        source()  # what is wrong with it is told now
        return source
    context = Context(settings.principal or operating_system_principal())
    return lambda: context


def _over_http(
    entry: Entry, settings: Settings, agency: Agency, limits: dict[str, Any], address: str
) -> None:
    import uvicorn

    from governed_db.integrations.mcp import bearer_server
    from governed_db.runtime import trust

    if settings.identity is None:
        raise ConfigurationError(
            "over HTTP each request has to prove who makes it, and nothing says whose tokens are trusted",
            code="GDB711",
            help="write an identity file and name it with --identity or GOVERNED_DB_IDENTITY",
        )
    host, taken = _taken(address)
    server = bearer_server(_engine(entry, settings), trust().verifier(settings), agency, **limits)
    names = _names(host, limits["public_url"])
    app = server.streamable_http_app(host=host, max_request_body_size=_MOST_BODY, transport_security=names)
    settled = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    uvicorn.Server(settled).run(sockets=[taken])


def _names(host: str, public_url: str | None) -> Any:
    """By which names a server of this machine alone may be called; None where the SDK knows best.

    Others are refused (a page in a browser that had its own name point here). A proxy passes on the one that
    clients use.
    """
    if public_url is None or host not in ("127.0.0.1", "localhost", "::1"):
        return None
    from mcp.server.transport_security import TransportSecuritySettings

    here = [f"{name}:*" for name in ("127.0.0.1", "localhost", "[::1]")]
    at = urlsplit(public_url)
    name = at.netloc.rpartition("@")[2].lower()
    origins = [*(f"http://{one}" for one in here), f"{at.scheme}://{name}"]
    return TransportSecuritySettings(allowed_hosts=[*here, name], allowed_origins=origins)


def _taken(said: str) -> tuple[str, socket.socket]:
    """The host, and a socket there that listens; port 0 is any that is free, and which one is told."""
    host, _, port = said.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not port.isdigit() or int(port) > _LAST_PORT:
        raise ConfigurationError("--http takes HOST:PORT", code="GDB711", help="write --http 127.0.0.1:8765")
    try:
        taken = socket.create_server((host, int(port)), family=_family(host))
    except OSError as error:
        raise ConfigurationError(
            f"nothing can be served at {host}:{port}: {error.strerror}",
            code="GDB711",
            help="take another port, or 0 for any that is free",
        ) from None
    if not _is_loopback(host):
        click.echo("without TLS: have a proxy with TLS before this, tokens are in the requests", err=True)
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"serving http://{shown}:{taken.getsockname()[1]}/mcp", err=True)
    return host, taken


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
