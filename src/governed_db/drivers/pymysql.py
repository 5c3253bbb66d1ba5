"""PyMySQL as enforcement sees it: its dialect, its refusals, and its errors without values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pymysql import err
from pymysql.constants import ER

from governed_db import errors
from governed_db.core.plan import Plan
from governed_db.drivers import refusals
from governed_db.model.approval import Request
from governed_db.model.catalog import Dialect

# Errors whose text names things of the schema, or repeats the caller's own text, and never a stored value.
_SAFE: Final = frozenset(
    {
        *(ER.DBACCESS_DENIED_ERROR, ER.ACCESS_DENIED_ERROR, ER.NO_DB_ERROR, ER.BAD_NULL_ERROR),
        *(ER.BAD_DB_ERROR, ER.TABLE_EXISTS_ERROR, ER.BAD_TABLE_ERROR, ER.NON_UNIQ_ERROR),
        *(ER.BAD_FIELD_ERROR, ER.DUP_FIELDNAME, ER.DUP_KEYNAME, ER.PARSE_ERROR, ER.EMPTY_QUERY),
        *(ER.UNKNOWN_TABLE, ER.FIELD_SPECIFIED_TWICE, ER.WRONG_VALUE_COUNT_ON_ROW, ER.NO_SUCH_TABLE),
        *(ER.TABLEACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR, ER.SYNTAX_ERROR),
        *(ER.LOCK_WAIT_TIMEOUT, ER.LOCK_DEADLOCK, ER.NO_REFERENCED_ROW, ER.ROW_IS_REFERENCED),
        *(ER.ROW_IS_REFERENCED_2, ER.NO_REFERENCED_ROW_2, ER.WRONG_NUMBER_OF_COLUMNS_IN_SELECT),
        *(ER.NO_DEFAULT_FOR_FIELD, ER.DATA_TOO_LONG, ER.WARN_DATA_OUT_OF_RANGE, ER.CONSTRAINT_FAILED),
        *(ER.QUERY_INTERRUPTED, ER.INVALID_GROUP_FUNC_USE, ER.WRONG_FIELD_WITH_GROUP),
    }
)
_OWN_MAKING: Final = 2000  # numbers from here to 2999 are the client's, and 0: the connection, never data
_WITHHELD: Final = "the server's text is withheld, because it could show a protected value"
_DUPLICATE: Final = re.compile(r"Duplicate entry .* for key (?P<key>'[^']*')", re.DOTALL)
_MEANINGS: Final[Mapping[int, str]] = {
    1366: "a value has not the form that its column needs",
    1292: "a value has not the form that is needed",
    1690: "a number is out of range",
    1365: "division by zero",
    1969: "the statement ran too long",
}


class StatementDenied(errors.StatementDenied, err.OperationalError):
    """A refusal that `except pymysql.err.OperationalError` catches: number 1142, SQLSTATE 42000."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.sqlstate = "42000"

    def __str__(self) -> str:
        return str(self.args[-1]) if self.args else ""


class ApprovalRequired(errors.ApprovalRequired, StatementDenied):
    """A statement that a person must agree to first."""


class PyMySQLDriver:
    """The adapter for PyMySQL; it fills the Driver protocol."""

    dialect = Dialect.MYSQL
    paramstyle = "pyformat"

    def denied(self, plan: Plan, decision_id: str) -> StatementDenied:
        refusal = StatementDenied(ER.TABLEACCESS_DENIED_ERROR, refusals.message(plan, decision_id))
        return refusals.dressed(refusal, plan, decision_id)

    def approval_required(self, plan: Plan, request: Request, decision_id: str) -> ApprovalRequired:
        refusal = ApprovalRequired(ER.TABLEACCESS_DENIED_ERROR, refusals.message(plan, decision_id))
        return refusals.asked(refusal, plan, request, decision_id)

    def refused_call(self, name: str, help: str) -> StatementDenied:
        return _coded("GDB701", refusals.refused_call(name, help))

    def ungoverned(self) -> StatementDenied:
        return _coded("GDB700", refusals.UNGOVERNED)

    def rebuilt(self, error: BaseException, plan: Plan) -> BaseException:  # noqa: ARG002  # the protocol's
        """The same class, number and SQLSTATE; the text only if it is known to hold no value."""
        if isinstance(error, errors.StatementDenied) or not isinstance(error, Exception):
            return error
        if not isinstance(error, err.MySQLError):
            return err.DataError(0, f"a value of this result cannot be read; {_WITHHELD}")
        number = error.args[0] if error.args and isinstance(error.args[0], int) else None
        if number is None or number in _SAFE or number == 0 or _OWN_MAKING <= number < _OWN_MAKING + 1000:
            return _like(error, *error.args)
        return _like(error, number, _told(number, str(error.args[-1])))


def _coded(code: str, message: str) -> StatementDenied:
    refusal = StatementDenied(ER.TABLEACCESS_DENIED_ERROR, message)
    refusal.code = code
    return refusal


def _told(number: int, text: str) -> str:
    duplicate = _DUPLICATE.fullmatch(text)
    if duplicate is not None:
        return f"Duplicate entry for key {duplicate['key']}"
    return f"{_MEANINGS.get(number, 'the server reported an error')}; {_WITHHELD}"


def _like(error: err.MySQLError, *args: Any) -> Exception:
    made = type(error)(*args)
    if isinstance(error, err.Error) and isinstance(made, err.Error):
        made.sqlstate = getattr(error, "sqlstate", None)
    return made
