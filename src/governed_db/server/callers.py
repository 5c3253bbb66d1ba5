"""A request's credentials into who asks, of which tenant, and as what.

Routes say who may use them: `opt=requires(Role.VIEWER)`, or `opt=PUBLIC`. One guard stands before all of
them, and a route that says nothing is open to nobody. Under /v1 only bearer credentials count and elsewhere
only a browser's session: a foreign page can make a browser send its cookies, and no header.
"""

from __future__ import annotations

import enum
from types import MappingProxyType
from typing import Any, Final

import attrs

from governed_db.model.principal import Principal
from governed_db.server.roles import Role


class How(enum.Enum):
    """What proved who asks."""

    TOKEN = "token"  # noqa: S105  # a word
    ENROLMENT = "enrolment"
    SESSION = "session"
    SERVER = "server"  # the server's own doing, or its command line


@attrs.frozen
class Caller:
    """Who asks."""

    tenant: str
    principal: Principal
    roles: frozenset[Role]
    how: How

    @property
    def id(self) -> str:
        return self.principal.id

    @property
    def groups(self) -> frozenset[str]:
        """Groups that are proven; without those of an agent that acts for them."""
        return frozenset(self.principal.groups)


PUBLIC: Final = MappingProxyType({"access": "public"})


def requires(*roles: Role) -> dict[str, Any]:
    """The `opt` of a route that any of these roles may use."""
    return {"access": frozenset(roles)}
