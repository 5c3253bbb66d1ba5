"""A file of settings into where a control plane keeps things, whom it trusts, and who may do what."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import attrs

from governed_db.context.tokens.issuers import Identity, load_identity
from governed_db.errors import ConfigurationError, PolicyError
from governed_db.policy.fields import Fields
from governed_db.policy.tree import Node, Problems, read_yaml
from governed_db.server.roles import Role
from governed_db.server.sign_in_settings import SignIn, read_sign_in

DEFAULT_TENANT: Final = "default"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")  # it stands in enrolment keys
_MIB: Final = 1 << 20


@attrs.frozen
class Who:
    """Principals by their ids or groups, as verified tokens name them. `everyone`: any of the tenant."""

    groups: frozenset[str] = frozenset()
    principals: frozenset[str] = frozenset()
    everyone: bool = False

    def holds(self, principal: str, groups: frozenset[str]) -> bool:
        """Whether somebody is among them."""
        return self.everyone or principal in self.principals or bool(groups & self.groups)


@attrs.frozen
class Tenant:
    """One organisation on this server: its identity providers, and who has which role."""

    name: str
    identity: Identity | None = None
    roles: Mapping[Role, Who] = attrs.field(factory=dict)
    sign_in: tuple[SignIn, ...] = ()

    def roles_of(self, principal: str, groups: frozenset[str]) -> frozenset[Role]:
        """What somebody of this tenant is here. Every workload with a good token may be a client."""
        named = {Role.CLIENT: Who(everyone=True)} | dict(self.roles)
        return frozenset(role for role, who in named.items() if who.holds(principal, groups))


@attrs.frozen
class Limits:
    """How much is taken at once. Beyond it clients are told to come again, or to send less."""

    body_bytes: int = 4 * _MIB
    batch_bytes: int = 16 * _MIB
    line_bytes: int = 4 * _MIB
    lines: int = 20_000
    ingests: int = 4


@attrs.frozen
class ServerSettings:
    """How one control plane runs. `folder` holds the SQLite file and keys of an embedded one."""

    folder: Path
    database: str = attrs.field(default="", repr=False)
    base_url: str = "http://127.0.0.1:8790"
    tenants: tuple[Tenant, ...] = (Tenant(DEFAULT_TENANT),)
    limits: Limits = Limits()
    retention_days: int = 400

    @property
    def url(self) -> str:
        """The database, as SQLAlchemy names it."""
        if not self.database:
            return f"sqlite:///{self.folder / 'control-plane.sqlite'}"
        for written in ("postgresql://", "postgres://"):
            if self.database.startswith(written):
                return "postgresql+psycopg://" + self.database.removeprefix(written)
        return self.database

    @property
    def is_embedded(self) -> bool:
        """Whether it keeps its things in a file of its own."""
        return self.url.startswith("sqlite")

    @property
    def keys_folder(self) -> Path:
        """Where private keys of this server are."""
        return self.folder / "keys"

    def tenant(self, name: str) -> Tenant | None:
        return next((tenant for tenant in self.tenants if tenant.name == name), None)


_KEYS: Final = ("version", "database", "base_url", "tenants", "retention")
_TENANT: Final = ("identity", "roles", "sign_in")
_WHO: Final = ("groups", "principals", "everyone")


def load_settings(folder: Path, file: Path | None = None, *, database: str | None = None) -> ServerSettings:
    """The settings of a file, with what the command line says instead.

    Raises PolicyError with everything that is wrong with the file.
    """
    made = _from_file(folder, file) if file is not None else ServerSettings(folder)
    made = attrs.evolve(made, database=_revealed(database or made.database))
    if not made.url.startswith(("sqlite", "postgresql+psycopg://")):
        raise ConfigurationError(
            "the control plane keeps its things in SQLite or PostgreSQL",
            code="GDB660",
            help="write postgresql://user@host/database, or nothing for a file in its folder",
        )
    return made


def _revealed(said: str) -> str:
    """What stands at `env:NAME` or `file:PATH`: a password belongs into no command line."""
    try:
        if said.startswith("env:"):
            return os.environ[said.removeprefix("env:")]
        if said.startswith("file:"):
            return Path(said.removeprefix("file:")).expanduser().read_text("utf-8").strip()
    except (KeyError, OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"the control plane's database is not told by {said}: {type(error).__name__}",
            code="GDB660",
            help="set the variable, or write the file",
        ) from None
    return said


def _from_file(folder: Path, file: Path) -> ServerSettings:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"the control plane's settings cannot be read: {error}", code="GDB660", help="check --config"
        ) from error
    node = read_yaml(text, str(file))
    problems = Problems()
    fields = Fields(node, problems, what="a control plane's settings", known=_KEYS)
    version = fields.get("version")
    if version is None or version.value != 1:
        problems.add(version or node, "version is 1; this release reads no other")
    tenants = tuple(_tenant(name, where, file, problems) for name, _, where in fields.pairs("tenants"))
    made = ServerSettings(
        folder,
        database=fields.text("database") or "",
        base_url=(fields.text("base_url") or "http://127.0.0.1:8790").rstrip("/"),
        tenants=tenants or (Tenant(DEFAULT_TENANT),),
        retention_days=fields.integer("retention", 400, least=1),
    )
    problems.raise_if_any(str(file))
    return made


def _tenant(name: str, node: Node, file: Path, problems: Problems) -> Tenant:
    if not _NAME.fullmatch(name):
        problems.add(node, "a tenant's name is of small letters, digits and hyphens, 63 at most")
    fields = Fields(node, problems, what="a tenant", known=_TENANT)
    roles: dict[Role, Who] = {}
    for role, _, where in fields.pairs("roles"):
        if role not in {known.value for known in Role}:
            problems.unknown(where, "role", role, [known.value for known in Role])
            continue
        who = Fields(where, problems, what="who has a role", known=_WHO)
        roles[Role(role)] = Who(
            frozenset(who.names("groups", what="a group")),
            frozenset(who.names("principals", what="a principal")),
            who.flag("everyone"),
        )
    ways = [read_sign_in(each, problems) for each in fields.items("sign_in")]
    sign_in = tuple(way for way in ways if way is not None)
    return Tenant(name, _identity(fields, file, problems), roles, sign_in)


def _identity(fields: Fields, file: Path, problems: Problems) -> Identity | None:
    text, node = fields.text("identity"), fields.get("identity")
    if text is None or node is None:
        return None
    try:
        return load_identity(file.parent / text)
    except PolicyError as error:
        problems.add(node, f"its identity file is not valid: {'; '.join(error.problems)}")
        return None
