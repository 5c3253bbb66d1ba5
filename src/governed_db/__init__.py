"""Database access under governance, inside the driver you already use."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from governed_db.acting import acting_as
    from governed_db.config import Target
    from governed_db.core.waiting import Wait
    from governed_db.enforce.change import change
    from governed_db.enforce.explain import Explanation, explain
    from governed_db.enforce.reveal import reveal
    from governed_db.errors import (
        ApprovalRequired,
        AuditUnavailable,
        ConfigurationError,
        Error,
        IdentityError,
        PolicyError,
        StatementDenied,
    )
    from governed_db.installing import install, ungoverned_connections
    from governed_db.model.principal import Principal
    from governed_db.resuming import Resumed, resume

__version__ = "0.1.0"

__all__ = [
    "ApprovalRequired",
    "AuditUnavailable",
    "ConfigurationError",
    "Error",
    "Explanation",
    "IdentityError",
    "PolicyError",
    "Principal",
    "Resumed",
    "StatementDenied",
    "Wait",
    "__version__",
    "acting_as",
    "change",
    "connect",
    "connect_async",
    "explain",
    "install",
    "resume",
    "reveal",
    "ungoverned_connections",
]

# Loaded when first used: importing governed_db loads no driver, no parser and no policy.
_HOMES = {
    "ApprovalRequired": "errors",
    "AuditUnavailable": "errors",
    "ConfigurationError": "errors",
    "Error": "errors",
    "Explanation": "enforce.explain",
    "IdentityError": "errors",
    "PolicyError": "errors",
    "Principal": "model.principal",
    "Resumed": "resuming",
    "StatementDenied": "errors",
    "Wait": "core.waiting",
    "acting_as": "acting",
    "change": "enforce.change",
    "explain": "enforce.explain",
    "install": "installing",
    "resume": "resuming",
    "reveal": "enforce.reveal",
    "ungoverned_connections": "installing",
}


def connect(
    url: str,
    *,
    policy: object | None = None,
    principal: Principal | str | None = None,
    token: object | None = None,
    identity: object | None = None,
    control_plane: str | None = None,
    collector: str | None = None,
    state_dir: str | os.PathLike[str] | None = None,
    on_approval: object | None = None,
    **driver_kwargs: Any,
) -> Any:
    """A governed connection of the driver's own type.

    `url`: postgresql://, mysql://, mariadb://, sqlite:///path or sqlite:// (in memory). `policy`: a path,
    a mapping, the name of a pack or a Policy; without one the pack `standard` applies. What is given
    here comes before `governed_*` parameters of the URL, and these before GOVERNED_DB_* variables.
    `token`, `identity`: what proves who acts, and whose tokens are trusted. `control_plane`: where the policy
    comes from. `collector`: where events are sent.
    `on_approval`: "raise", "wait", Wait(timeout) or a function, for what a person must agree to first.
    """
    from governed_db.config import parse_url

    target = parse_url(url)
    token = _concealed(token)
    asked = _asked(
        target,
        policy=policy,
        principal=principal,
        token=token,
        identity=identity,
        control_plane=control_plane,
        collector=collector,
        state_dir=state_dir,
        on_approval=on_approval,
    )
    return import_module(f"governed_db.{target.driver}").connect(**(asked | driver_kwargs))


async def connect_async(
    url: str,
    *,
    policy: object | None = None,
    principal: Principal | str | None = None,
    token: object | None = None,
    identity: object | None = None,
    control_plane: str | None = None,
    collector: str | None = None,
    state_dir: str | os.PathLike[str] | None = None,
    on_approval: object | None = None,
    **driver_kwargs: Any,
) -> Any:
    """The async twin of `connect`, for PostgreSQL: a governed psycopg.AsyncConnection."""
    from governed_db.config import parse_url
    from governed_db.errors import ConfigurationError

    target = parse_url(url)
    if target.driver != "psycopg":
        raise ConfigurationError(
            f"connect_async serves PostgreSQL only, not {target.driver}", help="use governed_db.connect"
        )
    token = _concealed(token)
    asked = _asked(
        target,
        policy=policy,
        principal=principal,
        token=token,
        identity=identity,
        control_plane=control_plane,
        collector=collector,
        state_dir=state_dir,
        on_approval=on_approval,
    )
    return await import_module("governed_db.psycopg").AsyncConnection.connect(**(asked | driver_kwargs))


def _concealed(token: object | None) -> object | None:
    """The token out of sight of tools that print the local variables of a traceback."""
    if token is None:
        return None
    from governed_db.context.tokens.bearer import concealed

    return concealed(token)


def _asked(target: Target, **given: object) -> dict[str, Any]:
    """The driver's keyword arguments with ours among them; what is None was not given."""
    said = {name: value for name, value in given.items() if value is not None}
    ours = {**target.governed, **said}
    return dict(target.arguments) | {f"governed_{name}": value for name, value in ours.items()}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
