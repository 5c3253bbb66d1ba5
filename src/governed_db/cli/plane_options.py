"""The options that commands of a control plane share, into its settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from governed_db.cli.options import json_option
from governed_db.config import open_state_dir
from governed_db.errors import ConfigurationError

if TYPE_CHECKING:
    from governed_db.server.callers import Caller
    from governed_db.server.settings import ServerSettings

_OPTIONS = (
    click.option(
        "--folder",
        metavar="FOLDER",
        help="Where it keeps its keys, and its SQLite file.  [default: in the platform's state folder]",
    ),
    click.option("--config", metavar="FILE", help="Its settings: tenants, identity providers, roles."),
    click.option(
        "--database",
        metavar="URL",
        help="postgresql://..., or env:NAME or file:PATH that holds it.  [default: --config, else SQLite]",
    ),
    json_option,
)
tenant_option = click.option(
    "--tenant", default="default", show_default=True, metavar="NAME", help="Of which organisation."
)


@attrs.frozen
class Plane:
    """Where a control plane keeps its things, as somebody has said it."""

    folder: str | None
    config: str | None
    database: str | None = attrs.field(repr=False)

    def settings(self) -> ServerSettings:
        """Its settings; refused where the extra is missing."""
        if find_spec("litestar") is None or find_spec("alembic") is None:
            raise ConfigurationError(
                "the extra server is not installed", code="GDB672", help="pip install 'governed_db[server]'"
            )
        from governed_db.server.settings import load_settings

        home = open_state_dir(self.folder or open_state_dir() / "control-plane")
        return load_settings(home, Path(self.config) if self.config else None, database=self.database)


def plane_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of all commands of a control plane, which comes as one `plane`; and `--json`."""

    @wraps(command)
    def placed(*, folder: str | None, config: str | None, database: str | None, **more: Any) -> Any:
        return command(plane=Plane(folder, config, database), **more)

    for option in reversed(_OPTIONS):
        placed = option(placed)
    return placed


def operator(settings: ServerSettings, tenant: str) -> Caller:
    """Whoever sits at this machine and may read the database, in the log by their name here."""
    from governed_db.context.identity import operating_system_principal
    from governed_db.server.callers import Caller, How
    from governed_db.server.roles import Role

    if settings.tenant(tenant) is None:
        raise ConfigurationError(
            f"there is no tenant {tenant}", code="GDB672", help="see `tenants:` in the file of --config"
        )
    return Caller(tenant, operating_system_principal(), frozenset(Role), How.SERVER)
