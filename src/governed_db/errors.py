"""Every refusal and failure that governed_db raises, each with a code and what to do next.

Codes: GDB1xx the statement cannot be analysed; GDB2xx protected data; GDB3xx forbidden or oversized
effects; GDB4xx approvals; GDB5xx policy and configuration; GDB6xx audit; GDB7xx driver surface.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from governed_db.model.decision import Reason
    from governed_db.model.rewrite import Rewrite


class Error(Exception):
    """Base of all. `code`: "GDBnnn"; `reasons`: tuple of Reason; `decision_id`: as in the audit trail."""

    code: str = "GDB000"
    reasons: tuple[Reason, ...] = ()
    decision_id: str | None = None


class ConfigurationError(Error):
    """The library cannot be set up as asked (URL, driver, state folder)."""

    def __init__(self, message: str, *, code: str = "GDB501", help: str = "") -> None:
        super().__init__(f"{code} {message}" + (f"\n  = help: {help}" if help else ""))
        self.code = code


class IdentityError(Error):
    """Nothing proves who acts: a token was refused, or its issuer's keys cannot be had."""

    def __init__(self, message: str, *, code: str = "GDB551", help: str = "") -> None:
        super().__init__(f"{code} {message}" + (f"\n  = help: {help}" if help else ""))
        self.code = code
        self.message = message
        self.help = help


class PolicyError(Error):
    """A policy is not valid. `problems` lists all that was found, each with line and column."""

    def __init__(self, problems: Sequence[str], *, source: str = "policy") -> None:
        self.code = "GDB510"
        self.problems = tuple(problems)
        lines = "\n".join(f"  {source}:{problem}" for problem in self.problems)
        super().__init__(f"GDB510 {len(self.problems)} problem(s) in {source}\n{lines}")


class AuditUnavailable(Error):
    """The audit trail cannot take an event that policy wants recorded; nothing was run."""

    def __init__(self, message: str, *, code: str = "GDB601", help: str = "") -> None:
        super().__init__(f"{code} {message}" + (f"\n  = help: {help}" if help else ""))
        self.code = code


class AnalysisError(Error):
    """A statement that cannot be understood. Internal: callers meet it as StatementDenied.

    `rule`: who refuses, as events tell it.
    """

    rule = "analysis"

    def __init__(self, code: str, message: str, *, position: int | None = None, help: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.position = position
        self.help = help


class StatementDenied(Error):
    """A statement or driver call was refused; nothing was run.

    What is raised is also the driver's own class for missing privileges (psycopg
    InsufficientPrivilege 42501, PyMySQL OperationalError 1142, sqlite3 DatabaseError).
    """

    _sought: Callable[[], Rewrite | None] | None = None
    _may_be_outdated: bool = False  # what was known of the schema; a statement that only reads is read anew

    @property
    def rewrite(self) -> Rewrite | None:
        """The nearest statement that is permitted, looked for at the first call; None if none was found.

        It holds the caller's literals: the message, and so what is logged, does not have it.
        """
        return self._sought() if self._sought is not None else None


class ApprovalRequired(StatementDenied):
    """A person must agree first. `task` is the JSON-portable request; its "id" names it to approvers."""

    task: Mapping[str, Any] = {}
