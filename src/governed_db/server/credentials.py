"""The bearer credential of a request, a workload's token or an enrolment key, into its caller."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from governed_db.context.tokens.bearer import Bearer
from governed_db.context.tokens.verify import Verified, Verifier
from governed_db.errors import IdentityError
from governed_db.server import enrolment
from governed_db.server.answers import Problem
from governed_db.server.callers import Caller, How
from governed_db.server.settings import ServerSettings, Tenant
from governed_db.server.store import Store

_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="governed_db"'}


class Credentials:
    """Verifies what requests show. Tokens of an issuer belong to the tenant that trusts it."""

    def __init__(
        self, settings: ServerSettings, store: Store, *, now: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._settings = settings
        self._now = now
        self._verifiers: Mapping[str, Verifier] = {
            tenant.name: Verifier(tenant.identity, now=now)
            for tenant in settings.tenants
            if tenant.identity is not None
        }

    def caller(self, headers: Sequence[str]) -> Caller:
        """Who shows these Authorization headers. Raises a 401 that tells nothing about what was wrong
        with a key, and of a token what its holder needs to know."""
        if len(headers) != 1 or headers[0][:7].lower() != "bearer ":
            raise refused("it shows no bearer credential", "send Authorization: Bearer, once")
        text = headers[0][7:].strip()
        if text.startswith(enrolment.PREFIX):
            found = enrolment.caller_of(self._store, self._settings, text, self._now())
            if found is None:
                raise refused("the enrolment key is not known here, has expired, or was revoked")
            return found
        return self._by_token(Bearer(text))

    def _by_token(self, token: Bearer) -> Caller:
        problem: IdentityError | None = None
        for tenant in self._settings.tenants:
            verifier = self._verifiers.get(tenant.name)
            if verifier is None:
                continue
            try:
                return _caller(tenant, verifier.verify(token))
            except IdentityError as error:
                # The tenant whose issuer it names says why; the others only that they do not know it.
                problem = error if problem is None or "not trusted" in str(problem) else problem
        if problem is not None and problem.code == "GDB553":
            raise Problem(503, "GDB553", problem.message, problem.help, headers={"Retry-After": "5"})
        raise refused(
            *(("no issuer is trusted here",) if problem is None else (problem.message, problem.help))
        )


def _caller(tenant: Tenant, verified: Verified) -> Caller:
    """A person that an agent acts for has the roles of a client alone: agents decide nothing here."""
    principal = verified.principal
    groups = frozenset(principal.groups)
    roles = tenant.roles_of(principal.id, groups)
    if principal.actor is not None or principal.kind == "agent":
        roles &= enrolment.CLIENT_ONLY
    return Caller(tenant.name, principal, roles, How.TOKEN)


def refused(what: str, help: str = "show a token of your identity provider, or an enrolment key") -> Problem:
    """A 401; nothing was done."""
    return Problem(401, "GDB664", what, help, headers=_CHALLENGE)
