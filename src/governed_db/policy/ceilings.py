"""The scopes of a principal's token, and what a statement does, into findings.

Scopes give no right: what they do not name is refused, whatever the rules permit.
"""

from __future__ import annotations

from collections.abc import Iterator

from governed_db.model.decision import Reason
from governed_db.model.principal import Principal
from governed_db.model.statement import Kind
from governed_db.policy import codes
from governed_db.policy.finding import Finding, denied
from governed_db.policy.match import Act, Standing

RULE = "token-scopes"
# Settings of a session, and being told a plan, reach no data; EXPLAIN ANALYZE is also what it runs.
_UNSCOPED = frozenset({Kind.SESSION, Kind.EXPLAIN, Kind.TRANSACTION, Kind.SETUP})


def find(standing: Standing) -> Iterator[Finding]:
    """One finding for each thing done that no scope names."""
    scopes = standing.principal.scopes
    if scopes is None:
        return
    for act in dict.fromkeys((*standing.acts, *standing.hidden)):
        if act.kind not in _UNSCOPED and not _is_within(standing, act):
            what = act.kind.value + (f" on {act.relation}" if act.relation is not None else "")
            yield _beyond(standing.principal, what)


def find_reveal(principal: Principal, database: str) -> Iterator[Finding]:
    """A finding if the token was not issued for turning masked values back."""
    scopes = principal.scopes
    if scopes is not None and not any(
        "reveal" in one.actions and one.permits("reveal", database, None) for one in scopes
    ):
        yield _beyond(principal, "reveal")


def _is_within(standing: Standing, act: Act) -> bool:
    name = (act.relation.schema, act.relation.name) if act.relation is not None else None
    scopes = standing.principal.scopes or ()
    return any(scope.permits(act.kind.value, standing.database, name) for scope in scopes)


def _beyond(principal: Principal, what: str) -> Finding:
    named = ", ".join(scope.name for scope in principal.scopes or ()) or "none that is known here"
    help_ = f"its scopes: {named}. Ask the issuer for a token with the scope that this needs"
    return denied(
        Reason(codes.SCOPE, f"the token of {principal.id} was not issued for {what}", None, help_, RULE)
    )
