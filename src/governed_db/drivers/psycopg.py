"""Refusals and server errors into psycopg's own exceptions, without a value of the database in them.

Of a server's report about a protected statement only names and codes are kept: the primary message, the
detail, the hint, the context and the internal query can all quote values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import psycopg.errors
from psycopg.pq import DiagnosticField

from governed_db import errors
from governed_db.core.plan import Plan
from governed_db.drivers import refusals
from governed_db.drivers.refusals import asked, dressed
from governed_db.model.approval import Request
from governed_db.model.catalog import Dialect

Report = dict[int, bytes | None]  # psycopg's own form of an error's fields, made for pickling

_KEPT: Final = (
    DiagnosticField.SEVERITY,
    DiagnosticField.SEVERITY_NONLOCALIZED,
    DiagnosticField.SQLSTATE,
    DiagnosticField.STATEMENT_POSITION,
    DiagnosticField.SCHEMA_NAME,
    DiagnosticField.TABLE_NAME,
    DiagnosticField.COLUMN_NAME,
    DiagnosticField.DATATYPE_NAME,
    DiagnosticField.CONSTRAINT_NAME,
    DiagnosticField.SOURCE_FILE,
    DiagnosticField.SOURCE_LINE,
    DiagnosticField.SOURCE_FUNCTION,
)

# A function of the database's owner can RAISE with any text for a name; these parts of the server give names
# that are in the catalog: constraints, unique indexes, foreign keys, domains, partitions.
_NAMES_ITS_OWN: Final = frozenset(
    f"{part}.c"
    for part in (
        "execMain execIndexing execPartition execExprInterp nbtinsert nbtsort tuplesort tuplesortvariants"
        " ri_triggers tablecmds typecmds domains heap partbounds"
    ).split()
)
_CODES: Final = _KEPT[:4] + _KEPT[-3:]

# A session that is ended, or lost, may have committed before it could say so.
_PERHAPS: Final = frozenset({"080", "08P", "57P", "XX0"})

# What the codes mean that people meet most; the rest is named by psycopg's class.
_MEANINGS: Final[Mapping[str, str]] = {
    "22001": "a value is too long for its column",
    "22003": "a number is out of range",
    "22007": "a date or time cannot be read",
    "22008": "a date or time is out of range",
    "22012": "division by zero",
    "22P02": "a value has not the form that its type needs",
    "23502": "a column that must not be NULL would be NULL",
    "23503": "a row that is referred to does not exist, or is still referred to",
    "23505": "a value that must be unique exists already",
    "23514": "a check constraint is violated",
    "25P02": "the transaction has failed: roll it back first",
    "40001": "the transaction conflicts with another one: run it again",
    "40P01": "a deadlock was found: run the transaction again",
    "42501": "the database role has not the privilege for this",
    "57014": "the statement was cancelled",
}


class StatementDenied(errors.StatementDenied, psycopg.errors.InsufficientPrivilege):
    """A refusal that `except psycopg.Error` catches; SQLSTATE 42501."""


class ApprovalRequired(errors.ApprovalRequired, StatementDenied):
    """A statement that a person must agree to first."""


class UndefinedTable(StatementDenied, psycopg.errors.UndefinedTable):
    """A refusal because there is no such relation."""

    sqlstate = "42P01"


class UndefinedColumn(StatementDenied, psycopg.errors.UndefinedColumn):
    """A refusal because there is no such column or alias."""

    sqlstate = "42703"


class SyntaxError(StatementDenied, psycopg.errors.SyntaxError):  # noqa: A001  # the name that SQLSTATE gives it
    """A refusal because the statement cannot be read."""

    sqlstate = "42601"


_CLASSES: Final[Mapping[refusals.Cause, type[StatementDenied]]] = {
    refusals.Cause.PRIVILEGE: StatementDenied,
    refusals.Cause.RELATION: UndefinedTable,
    refusals.Cause.COLUMN: UndefinedColumn,
    refusals.Cause.SYNTAX: SyntaxError,
}


class PsycopgDriver:
    """The adapter of psycopg; stateless."""

    dialect = Dialect.POSTGRES
    paramstyle = "pyformat"
    writes_literals = False

    def denied(self, plan: Plan, decision_id: str) -> StatementDenied:
        refusal = _CLASSES[refusals.cause(plan)](refusals.message(plan, decision_id))
        return dressed(refusal, plan, decision_id)

    def approval_required(self, plan: Plan, request: Request, decision_id: str) -> ApprovalRequired:
        return asked(ApprovalRequired(refusals.message(plan, decision_id)), plan, request, decision_id)

    def did_nothing(self, error: BaseException) -> bool:
        if not isinstance(error, psycopg.Error) or isinstance(error, errors.Error):
            return False
        return _from_server(error) and (error.diag.sqlstate or "")[:3] not in _PERHAPS

    def refused_call(self, name: str, help: str) -> StatementDenied:
        return _coded(StatementDenied(refusals.refused_call(name, help)), "GDB701")

    def ungoverned(self) -> StatementDenied:
        return _coded(StatementDenied(refusals.UNGOVERNED), "GDB700")

    def rebuilt(self, error: BaseException, plan: Plan) -> BaseException:  # noqa: ARG002  # the protocol's
        """The same class with names and codes only; an error that the server did not report is kept."""
        if not isinstance(error, psycopg.Error) or not _from_server(error):
            return error
        report = cleaned(error.diag)
        return type(error)(_message(error.sqlstate or "", type(error).__name__, report), info=report)

    def unreadable(self) -> psycopg.DataError:
        """In place of an error of loading a row to be masked, which quotes the value."""
        return psycopg.DataError(
            "GDB222 a value of this result cannot be read"
            "\n  = help: it is withheld because the statement touches protected columns"
        )


DRIVER: Final = PsycopgDriver()


def cleaned(diagnostic: psycopg.errors.Diagnostic, encoding: str = "utf-8") -> Report:
    """The fields of a server's report that never hold a value, with a message of our own."""
    report: Report = dict.fromkeys(DiagnosticField)
    for field in _KEPT if diagnostic.source_file in _NAMES_ITS_OWN else _CODES:
        value = getattr(diagnostic, field.name.lower())
        report[field] = value.encode(encoding) if value is not None else None
    report[DiagnosticField.MESSAGE_PRIMARY] = _meaning(diagnostic.sqlstate or "", "withheld").encode()
    return report


def _from_server(error: psycopg.Error) -> bool:
    """Errors of the driver's own making (a missing parameter, a closed cursor) have no report."""
    return error.diag.sqlstate is not None


def _meaning(sqlstate: str, otherwise: str) -> str:
    return _MEANINGS.get(sqlstate, otherwise)


def _message(sqlstate: str, name: str, report: Report) -> str:
    lines = [f"{_meaning(sqlstate, name)} (SQLSTATE {sqlstate})"]
    for label, field in (
        ("table", DiagnosticField.TABLE_NAME),
        ("column", DiagnosticField.COLUMN_NAME),
        ("constraint", DiagnosticField.CONSTRAINT_NAME),
    ):
        value = report[field]
        if value:
            lines.append(f"  = {label}: {value.decode()}")
    lines.append("  = help: the server's own message is withheld, because it can quote protected values")
    return "\n".join(lines)


def _coded(refusal: StatementDenied, code: str) -> StatementDenied:
    refusal.code = code
    return refusal
