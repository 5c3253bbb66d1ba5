"""`governed-db serve`: a control plane that answers until it is stopped."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from governed_db.cli import output, signing_in
from governed_db.cli.plane_options import Plane, plane_options
from governed_db.errors import ConfigurationError

if TYPE_CHECKING:
    from rich.console import Console

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, metavar="HOST", help="Where to listen.")
@click.option(
    "--port",
    default=8790,
    show_default=True,
    type=click.IntRange(0, 65535),
    metavar="N",
    help="0 is any free.",
)
@click.option("--tls-cert", metavar="FILE", help="A certificate with its chain, to serve https.")
@click.option("--tls-key", metavar="FILE", help="The certificate's private key.")
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="Another server before it speaks https.",
)
@plane_options
def command(
    *,
    host: str,
    port: int,
    tls_cert: str | None,
    tls_key: str | None,
    behind_proxy: bool,
    plane: Plane,
    as_json: bool,
) -> None:
    """Serve a team: events, policies and approvals of its clients, and pages to see and decide them."""
    if host not in _LOOPBACK and tls_cert is None and not behind_proxy:
        raise ConfigurationError(
            "tokens would go over the network in the clear",
            code="GDB672",
            help="give --tls-cert and --tls-key, or --behind-proxy where another server speaks https",
        )
    settings = plane.settings()
    from governed_db.server import keeping
    from governed_db.server.serving import prepared, server
    from governed_db.server.settings import DEFAULT_TENANT

    with _listening(host, port) as listening:
        store = prepared(settings)
        address = _address(host, listening.getsockname()[1], is_https=tls_cert is not None)
        options = _options(tls_cert, tls_key, behind_proxy=behind_proxy)
        told = {"url": address}
        if settings.is_embedded and settings.tenant(DEFAULT_TENANT) is not None:
            told["sign_in"] = signing_in.link_for(store, settings, address)
        output.tell(told, lambda console: _draw(console, told), as_json=as_json)
        with keeping.kept(store, settings):
            server(settings, store, **options).run(sockets=[listening])


def _draw(console: Console, told: Mapping[str, str]) -> None:
    output.show(console, f"serving at {told['url']}")
    if "sign_in" in told:
        console.print(f"sign in once, within ten minutes: {told['sign_in']}", soft_wrap=True, markup=False)


def _options(cert: str | None, key: str | None, *, behind_proxy: bool) -> Mapping[str, Any]:
    tls = {} if cert is None else {"ssl_certfile": cert, "ssl_keyfile": key}
    return tls | {"proxy_headers": behind_proxy}


def _address(host: str, port: int, *, is_https: bool) -> str:
    named = f"[{host}]" if ":" in host else host
    return f"{'https' if is_https else 'http'}://{named}:{port}"


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise ConfigurationError(
            f"nothing can listen at {host}:{port}: {(error.strerror or '').lower()}",
            code="GDB672",
            help="choose another --port; 0 is any that is free",
        ) from error
