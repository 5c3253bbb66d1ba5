"""PyMySQL as enforcement sees it: its dialect, its refusals, and its errors without values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import pymysql
from pymysql.constants import ER

from governed_db import errors
from governed_db.core.plan import Plan
from governed_db.drivers import refusals
from governed_db.drivers.refusals import Cause, asked, dressed
from governed_db.model.approval import Request
from governed_db.model.catalog import Dialect

_CLIENT_ERRORS: Final = range(2000, 3000)  # what the client library says by itself (CR_*)
# A server that goes down, a connection that is killed or lost, a commit that went wrong: it may have run.
_PERHAPS: Final = frozenset({1053, 1080, 1152, 1158, 1159, 1160, 1161, 1180, 1184, 1927, 3169})
_TIMED_OUT: Final = frozenset({(1969,), (3024,)})  # MariaDB's and MySQL's number for it

# Texts of the server that name things of the schema and no value, by error number. A unique key's name
# stands last: the value before it can hold quotes, and even a text that looks like a key's name.
_NAMES: Final[Mapping[int, re.Pattern[str]]] = {
    number: re.compile(pattern, re.DOTALL)
    for number, pattern in {
        1048: r"Column '(?P<column>[^']*)' cannot be null",
        1062: r"Duplicate entry '.*' for key '(?P<key>[\w.$-]+)'",
        1264: r"Out of range value for column '(?P<column>[^']*)' at row \d+",
        1265: r"Data truncated for column '(?P<column>[^']*)' at row \d+",
        1292: r"Incorrect [a-z]+ value: '.*' for column (?P<column>[`\w.$]+) at row \d+",
        1364: r"Field '(?P<column>[^']*)' doesn't have a default value",
        1366: r"Incorrect [a-z]+ value: '.*' for column (?P<column>[`\w.$]+) at row \d+",
        1406: r"Data too long for column '(?P<column>[^']*)' at row \d+",
        1451: r"[^(]*\((?P<table>[`\w.$]+), CONSTRAINT `(?P<constraint>[\w$]+)` FOREIGN KEY .*",
        1452: r"[^(]*\((?P<table>[`\w.$]+), CONSTRAINT `(?P<constraint>[\w$]+)` FOREIGN KEY .*",
        4025: r"CONSTRAINT `(?P<constraint>[\w.$]+)` failed for (?P<table>[`\w.$]+)",
    }.items()
}
_MEANINGS: Final[Mapping[int, str]] = {
    1048: "a column that must not be NULL would be NULL",
    1062: "a value that must be unique exists already",
    1205: "a lock was waited for too long: run the transaction again",
    1213: "a deadlock was found: run the transaction again",
    1242: "a sub-query gave more than one row",
    1264: "a number is out of range",
    1265: "a value does not fit its column",
    1292: "a value has not the form that its type needs",
    1364: "a column that has no default was given no value",
    1366: "a value has not the form that its column needs",
    1406: "a value is too long for its column",
    1451: "a row is still referred to",
    1452: "a row that is referred to does not exist",
    4025: "a check constraint is violated",
}


class StatementDenied(errors.StatementDenied, pymysql.err.OperationalError):
    """A refusal that `except pymysql.Error` catches; args are (1142, message), as for a missing privilege."""

    def __init__(self, *args: Any, sqlstate: str | None = "42000") -> None:
        super().__init__(*args, sqlstate=sqlstate)

    def __str__(self) -> str:
        return str(self.args[-1]) if self.args else ""


class ApprovalRequired(errors.ApprovalRequired, StatementDenied):
    """A statement that a person must agree to first."""


class NotUnderstood(StatementDenied, pymysql.err.ProgrammingError):
    """A refusal because there is no such table, or because the statement cannot be read."""


# Class, number and SQLSTATE as the server has them for the same mistake.
_CLASSES: Final[Mapping[Cause, tuple[type[StatementDenied], int, str]]] = {
    Cause.PRIVILEGE: (StatementDenied, ER.TABLEACCESS_DENIED_ERROR, "42000"),
    Cause.RELATION: (NotUnderstood, ER.NO_SUCH_TABLE, "42S02"),
    Cause.COLUMN: (StatementDenied, ER.BAD_FIELD_ERROR, "42S22"),
    Cause.SYNTAX: (NotUnderstood, ER.PARSE_ERROR, "42000"),
}


class PyMySQLDriver:
    """The adapter of PyMySQL; stateless."""

    dialect = Dialect.MYSQL
    paramstyle = "pyformat"
    writes_literals = True

    def denied(self, plan: Plan, decision_id: str) -> StatementDenied:
        kind, number, sqlstate = _CLASSES[refusals.cause(plan)]
        refusal = kind(number, refusals.message(plan, decision_id), sqlstate=sqlstate)
        return dressed(refusal, plan, decision_id)

    def approval_required(self, plan: Plan, request: Request, decision_id: str) -> ApprovalRequired:
        refusal = ApprovalRequired(ER.TABLEACCESS_DENIED_ERROR, refusals.message(plan, decision_id))
        return asked(refusal, plan, request, decision_id)

    def did_nothing(self, error: BaseException) -> bool:
        if not isinstance(error, pymysql.err.MySQLError) or isinstance(error, errors.Error):
            return False
        number = error.args[0] if error.args else None
        return type(number) is int and number > 0 and number not in _CLIENT_ERRORS and number not in _PERHAPS

    def refused_call(self, name: str, help: str) -> StatementDenied:
        return _coded(refusals.refused_call(name, help), "GDB701")

    def ungoverned(self) -> StatementDenied:
        return _coded(refusals.UNGOVERNED, "GDB700")

    def not_analysable(self, code: str, message: str, help: str) -> StatementDenied:
        """A text that cannot even become a Statement."""
        return _coded(f"{code} {message}\n  = help: {help}", code)

    def rebuilt(self, error: BaseException, plan: Plan) -> BaseException:  # noqa: ARG002  # the protocol's
        """The same class and number with names only; what the client library said itself is kept."""
        if isinstance(error, errors.Error) or not isinstance(error, Exception):
            return error
        if not isinstance(error, pymysql.err.MySQLError):
            return self.unreadable()
        number = error.args[0] if error.args else None
        if type(number) is not int or number in _CLIENT_ERRORS or number == 0:
            return error
        sqlstate = getattr(error, "sqlstate", None)
        kind: Any = type(error)
        return kind(number, _told(number, str(error.args[-1])), sqlstate=sqlstate)  # type: ignore[no-any-return]

    def unreadable(self) -> pymysql.err.DataError:
        """In place of an error of reading a row, which quotes the value."""
        return pymysql.err.DataError(
            "GDB222 a value of this result cannot be read"
            "\n  = help: it is withheld because the statement touches protected columns"
        )

    def is_timed_out(self, error: BaseException) -> bool:
        """Whether the server stopped a statement because its time was up."""
        return isinstance(error, pymysql.err.MySQLError) and error.args[:1] in _TIMED_OUT


DRIVER: Final = PyMySQLDriver()

WITHHELD: Final = "the server's own message is withheld, because it can quote protected values"


def _told(number: int, text: str) -> str:
    lines = [_MEANINGS.get(number, f"the server reported error {number}")]
    pattern = _NAMES.get(number)
    found = pattern.fullmatch(text) if pattern is not None else None
    if found is not None:
        lines += [f"  = {label}: {name}" for label, name in found.groupdict().items()]
    return "\n".join([*lines, f"  = help: {WITHHELD}"])


def _coded(message: str, code: str) -> StatementDenied:
    refusal = StatementDenied(ER.TABLEACCESS_DENIED_ERROR, message)
    refusal.code = code
    return refusal
