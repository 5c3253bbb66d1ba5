"""A budget that is used up, or a lock, into the reason for a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

from governed_db.model.decision import METERED, Budget, Exceeding, Measure, Reason

_WHAT: Final[Mapping[Measure, str]] = {
    Measure.STATEMENTS: "statements",
    Measure.ROWS_RETURNED: "rows to read",
    Measure.ROWS_CHANGED: "changed rows",
    Measure.ROWS_MATCHED: "changed rows",
    Measure.PROBES: "comparisons with protected columns",
    Measure.SUBJECTS: "people or records with protected columns",
    Measure.DENIALS: "refused statements",
    Measure.SECONDS: "seconds in the database",
}
_LATER: Final = "try again later"


def reason(budget: Budget, rule: str) -> Reason:
    """Why the statement is not run, or not gone on with."""
    return Reason("GDB315", f"{_whose(budget)} {described(budget)}", help=_help(budget), rule=rule)


def described(budget: Budget) -> str:
    """What is used up, for people."""
    most = budget.most / 1000 if budget.measure is Measure.SECONDS else budget.most
    return f"has used up its {most:g} {_WHAT[budget.measure]} within {budget.seconds:g} s"


def locked(why: str) -> Reason:
    """Every statement is refused until somebody has looked."""
    return Reason(
        "GDB318",
        why,
        help="nothing is run until a person has looked: `governed-db conversations show`, then `reset`",
        rule="conversation-lock",
    )


def _whose(budget: Budget) -> str:
    return f"{budget.owner} in all conversations" if budget.owner else "this conversation"


def _help(budget: Budget) -> str:
    match budget.then:
        case Exceeding.ASK:
            return (
                "nothing was changed; a request was filed: have it approved and run the same statement again"
            )
        case Exceeding.LOCK:
            return "nothing more is run until a person has looked: governed-db conversations reset"
        case Exceeding.DENY if budget.measure is Measure.PROBES:
            return f"go by keys, join in place of comparing one value after the other, or {_LATER}"
        case Exceeding.DENY if budget.measure in METERED:
            return f"narrow the statement, count or group in the database, or {_LATER}"
        case Exceeding.DENY:
            return _LATER
        case _ as never:
            assert_never(never)
