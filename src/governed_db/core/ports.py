"""What the core asks of the world, as protocols."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import attrs

from governed_db.core.plan import Plan
from governed_db.mask.tokens import KeyRing
from governed_db.model.approval import Grant, Request, Subject
from governed_db.model.audit import AuditEvent
from governed_db.model.codec import Members
from governed_db.model.decision import Budget


class Refusals(Protocol):
    """Makes refusals that are also the driver's own exceptions."""

    def denied(self, plan: Plan, decision_id: str) -> Exception: ...

    def approval_required(self, plan: Plan, request: Request, decision_id: str) -> Exception: ...

    def did_nothing(self, error: BaseException) -> bool:
        """Whether it is certain that the statement which failed with it has changed nothing.

        Only the server's own word counts: of a lost connection, an interruption or what went wrong
        afterwards it is not known.
        """


class AuditPort(Protocol):
    """Where events go. Raises AuditUnavailable when an event cannot be taken."""

    def write(self, event: AuditEvent) -> None:
        """Return when the event is durable on disk."""

    def put(self, make: Callable[..., AuditEvent | Members], *arguments: Any) -> None:
        """Queue an event in about a microsecond; `make(*arguments)` is called by the writer."""

    def tally(self, outcomes: Callable[[Sequence[Any]], Sequence[Members]], hit: Any) -> None:
        """Queue one of many events alike; the writer calls `outcomes` with all that follow each other."""

    def check(self) -> None:
        """Raise AuditUnavailable when earlier queued events could not be written."""

    def lose(self) -> None:
        """An event was not taken, and its statement runs all the same: tell how many, when possible."""


class ApprovalPort(Protocol):
    """Where requests and grants live; safe for several processes at once."""

    def request(self, subject: Subject) -> Request:
        """The pending request for this subject; asking again for the same gives the same one."""

    def get(self, id: str) -> Request:
        """The request of this id as it stands now."""

    def keep_preview(self, id: str, preview: Mapping[str, Any]) -> None:
        """Store what approvers of a request are shown."""

    def preview(self, id: str) -> Mapping[str, Any] | None:
        """What was stored for a request."""

    def reserve(self, subject: Subject) -> Grant | None:
        """Take an active grant that was given for this subject, atomically, or None."""

    def settle(self, grant: Grant, *, consumed: bool) -> None:
        """Say whether the reserved grant was used; if not it is active again."""


@attrs.frozen
class Account:
    """Whose budgets these are. `is_shared`: by all processes; else `name` is of this process alone."""

    name: str
    is_shared: bool


class BudgetPort(Protocol):
    """What conversations have taken of their budgets; safe for several threads and processes at once."""

    def draw(self, account: Account, budget: Budget, amount: int) -> int:
        """Take up to `amount` of what is left, atomically, and say how much that was.

        A negative amount is given back.
        """

    def see(self, account: Account, budget: Budget, subjects: frozenset[str]) -> bool:
        """Count those that were not seen within the window; False, and none is, if they are too many."""

    def lock(self, account: Account, why: str, seconds: float | None) -> None:
        """Refuse the account everything, for so long or until a person resets it."""

    def locked(self, accounts: tuple[Account, ...]) -> str | None:
        """Why one of them is locked. Asked before every statement of policies that can lock."""


class KeyPort(Protocol):
    """The keys that tokens and hashes are made with; callers do not hold them."""

    def ring(self) -> KeyRing:
        """The keys, at most a few seconds old; the same object until they change."""

    def latest(self) -> KeyRing:
        """The keys as they are now: asked for when a token names one that is not known."""
