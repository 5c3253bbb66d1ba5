"""The options that several commands share into one way of opening a governed connection."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import attrs
import click

import governed_db
from governed_db.config import Target, open_state_dir, parse_url
from governed_db.context.identity import operating_system_principal
from governed_db.errors import ConfigurationError, Error
from governed_db.model.catalog import Dialect
from governed_db.model.principal import Principal, PrincipalKind

Command = TypeVar("Command", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON, for programs.")
state_dir_option = click.option(
    "--state-dir",
    metavar="FOLDER",
    help="Folder of audit trail and approvals.  [default: GOVERNED_DB_HOME, else the platform's]",
)
policy_option = click.option(
    "--policy", metavar="FILE|PACK", help="Policy file or pack.  [default: GOVERNED_DB_POLICY, else standard]"
)


@attrs.frozen
class Entry:
    """How to get into one database: everything that `governed_db.connect` is told."""

    url: str = attrs.field(repr=False)
    policy: str | None = None
    principal: str | None = None
    kind: PrincipalKind = "service"
    groups: tuple[str, ...] = ()
    state_dir: str | None = None

    @contextmanager
    def opened(self, **changed: Any) -> Iterator[Any]:
        """A governed connection, closed at the end; what a driver says while connecting is told as ours."""
        said = {"policy": self.policy, "principal": self.who(), "state_dir": self.state_dir}
        target = parse_url(self.url)
        _refuse_new_file(target)
        try:
            connection = governed_db.connect(self.url, **(said | changed))
        except Error:
            raise
        except (self.driver_error, OSError) as error:
            raise _unreachable(target.display, error) from error
        try:
            yield connection
        finally:
            connection.close()

    @property
    def driver_error(self) -> type[Exception]:
        """The base class of what the driver raises."""
        error: type[Exception] = import_module(parse_url(self.url).driver).Error
        return error

    def who(self) -> Principal | str | None:
        """The principal that was named, if it was."""
        if self.kind == "service" and not self.groups:
            return self.principal
        name = self.principal or os.environ.get("GOVERNED_DB_PRINCIPAL") or operating_system_principal().id
        return Principal(name, kind=self.kind, groups=self.groups)


def _refuse_new_file(target: Target) -> None:
    """sqlite3 would make an empty database of a misspelt path, and all would be well in it."""
    path = target.database or ":memory:"
    is_file = target.dialect is Dialect.SQLITE and path != ":memory:" and not target.arguments.get("uri")
    if is_file and not Path(path).exists():
        raise _unreachable(target.display, FileNotFoundError("there is no such file"))


def _unreachable(display: str, error: BaseException) -> ConfigurationError:
    said = " ".join(str(error).split()) or type(error).__name__
    return ConfigurationError(
        f"the database {display} cannot be entered: {said}",
        code="GDB530",
        help="check path, host, port, user and password; governed connections need no rights of their own",
    )


def known_state_dir(wanted: str | None) -> Path:
    """The state folder; one that is named must be there: a misspelt one would be made, and be empty."""
    named = wanted or os.environ.get("GOVERNED_DB_HOME")
    if named and not Path(named).expanduser().is_dir():
        raise ConfigurationError(
            f"there is no state folder {named}",
            code="GDB502",
            help="name it with --state-dir or GOVERNED_DB_HOME; the first statement makes it",
        )
    return open_state_dir(named)


def entry_options(command: Command) -> Command:
    """--url and who enters; the command takes them as one `entry`."""

    def collected(
        url: str | None,
        policy: str | None,
        principal: str | None,
        kind: PrincipalKind,
        groups: tuple[str, ...],
        state_dir: str | None,
        **more: Any,
    ) -> Any:
        if url is None and more.get("pid") is None:
            raise click.MissingParameter(param_hint="'--url'", param_type="option")
        return command(entry=Entry(url or "", policy, principal, kind, groups, state_dir), **more)

    collected.__doc__ = command.__doc__
    collected.__name__ = command.__name__
    collected.__dict__.update(command.__dict__)
    for option in reversed(_ENTRY):
        collected = option(collected)
    return collected  # type: ignore[return-value]  # click calls it by keywords


_ENTRY = (
    click.option("--url", help="postgresql://, mysql://, mariadb://, sqlite:///file or sqlite://"),
    policy_option,
    click.option("--principal", metavar="ID", help="Who asks.  [default: GOVERNED_DB_PRINCIPAL, else you]"),
    click.option(
        "--kind",
        type=click.Choice(["human", "agent", "service"]),
        default="service",
        show_default=True,
        help="What the principal is.",
    ),
    click.option("--group", "groups", multiple=True, metavar="NAME", help="A group of it; may be repeated."),
    state_dir_option,
)
