"""Who acts, and what is in force, into why nobody may run anything now, and until when that is so settled.

A hit does not ask: the gate turns what is said here into one moment, after which hits take the long path.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import attrs

from governed_db.errors import AnalysisError, IdentityError
from governed_db.model.policy import Policy
from governed_db.model.principal import Context


class Refused(AnalysisError):
    """Why no statement may run now, whatever it says."""

    def __init__(self, rule: str, code: str, message: str, help: str) -> None:
        super().__init__(code, message, help=help)
        self.rule = rule


class InForce(Protocol):
    """A policy that may change while connections are open. A change is another Policy object."""

    @property
    def policy(self) -> Policy: ...

    @property
    def ends(self) -> float:
        """When statements are refused until there is a newer one (seconds since 1970)."""

    def revokes(self, context: Context) -> str | None:
        """Which principal or token of this context was revoked."""


@attrs.frozen
class Admission:
    """`source` tells who acts outside of any `acting_as`, and raises IdentityError if that is not proven."""

    needs_proof: bool = False
    source: Callable[[], Context] | None = None
    in_force: Callable[[], InForce] | None = None

    def objection(self, context: Context, unproven: IdentityError | None, now: float) -> Refused | None:
        """Why nothing may run in this context now."""
        if unproven is not None:
            return Refused("identity", unproven.code, unproven.message, unproven.help)
        if context.proof is None and self.needs_proof:
            return Refused(
                "identity",
                "GDB556",
                f"nothing proves that {context.principal.id} acts here, and that is required",
                "give a token: acting_as(token=...), or `token` of the connection",
            )
        if context.proof is not None and now >= context.proof.expires:
            return Refused(
                "identity",
                "GDB550",
                f"the token of {context.principal.id} has expired",
                "get a new one, and run it again",
            )
        return self._overruled(context, now) if self.in_force is not None else None

    def _overruled(self, context: Context, now: float) -> Refused | None:
        assert self.in_force is not None  # noqa: S101  # for the type checker
        bundle = self.in_force()
        if now >= bundle.ends:
            return Refused(
                "bundle",
                "GDB562",
                "the policy from the control plane has run out, and no newer one could be had",
                "see that the control plane can be reached, and that it publishes: governed-db bundle status",
            )
        revoked = bundle.revokes(context)
        if revoked is not None:
            help_ = "ask who administers it"
            return Refused("identity", "GDB557", f"{revoked} was revoked", help_)
        return None

    def end(self, context: Context) -> float:
        """When what is settled now must be looked at again at the latest."""
        ends = context.proof.expires if context.proof is not None else math.inf
        return min(ends, self.in_force().ends) if self.in_force is not None else ends
