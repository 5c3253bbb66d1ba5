"""sqlite3 as enforcement sees it: its dialect, its refusals, and its errors without values."""

from __future__ import annotations

import re
import sqlite3
from typing import Final

from governed_db import errors
from governed_db.core.plan import Plan
from governed_db.drivers import refusals
from governed_db.model.approval import Request
from governed_db.model.catalog import Dialect

# Texts of SQLite and of the sqlite3 module that name things of the schema or the caller's own text,
# and never a stored value. Anything else is replaced while a protected relation is touched.
_SAFE: Final = re.compile(
    r"""(?x:
      (?:UNIQUE|NOT\ NULL|PRIMARY\ KEY)\ constraint\ failed:\ [\w.,"\ ]+
    | CHECK\ constraint\ failed:\ .*  # the constraint's name, or its text in the schema
    | FOREIGN\ KEY\ constraint\ failed
    | Error\ binding\ parameter\ (?:\d+|'[:@$]\w+'):\ type\ '[\w.]+'\ is\ not\ supported
    | (?:cannot|can't|no\ such|near|ambiguous\ column|table\ [^']*\ has|too\ many|wrong\ number\ of\ arguments
      |misuse\ of|Incorrect\ number\ of\ bindings|You\ did\ not\ supply\ a\ value\ for|Binding\ \d+\ has\ no
      |Error\ binding\ parameter|Cannot\ operate\ on|SQLite\ objects\ created\ in\ a\ thread
      |Recursive\ use\ of\ cursors|Base\ (?:Cursor|Connection)\.__init__
      |parameters\ are\ of\ unsupported\ type
      |You\ can\ only\ execute|\d+\ values?\ for\ \d+\ columns|all\ VALUES\ must|SELECTs\ to\ the\ left)
      \b[^']*
    | database\ (?:is|table\ is|schema\ is|schema\ has|or\ disk\ is|disk\ image\ is)\ [\w\ ]+(?::\ \w+)?
    | attempt\ to\ write\ a\ readonly\ database | disk\ I/O\ error | unable\ to\ open\ database\ file
    | datatype\ mismatch | interrupted | integer\ overflow | not\ authorized | string\ or\ blob\ too\ big
    | out\ of\ memory | bad\ parameter\ or\ other\ API\ misuse
    )""",
    re.DOTALL,
)
_WITHHELD: Final = (
    "the database reported an error in a statement about protected data; its text is withheld, because it"
    " could show a value"
)


_PERHAPS: Final = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class StatementDenied(errors.StatementDenied, sqlite3.DatabaseError):
    """A refusal that `except sqlite3.DatabaseError` catches."""


class ApprovalRequired(errors.ApprovalRequired, StatementDenied):
    """A request for approval that `except sqlite3.DatabaseError` catches."""


class NotUnderstood(StatementDenied, sqlite3.OperationalError):
    """A statement with an unknown name, or that cannot be read: what SQLite raises for these."""


class SqliteDriver:
    """The adapter for sqlite3; it fills the Driver protocol."""

    dialect = Dialect.SQLITE
    paramstyle = "qmark"
    writes_literals = False

    def denied(self, plan: Plan, decision_id: str) -> Exception:
        text = refusals.message(plan, decision_id)
        if refusals.cause(plan) is refusals.Cause.PRIVILEGE:
            return _numbered(refusals.dressed(StatementDenied(text), plan, decision_id))
        refusal = refusals.dressed(NotUnderstood(text), plan, decision_id)
        refusal.sqlite_errorcode, refusal.sqlite_errorname = sqlite3.SQLITE_ERROR, "SQLITE_ERROR"
        return refusal

    def approval_required(self, plan: Plan, request: Request, decision_id: str) -> Exception:
        refusal = ApprovalRequired(refusals.message(plan, decision_id))
        return _numbered(refusals.asked(refusal, plan, request, decision_id))

    def did_nothing(self, error: BaseException) -> bool:
        if not isinstance(error, sqlite3.Error) or isinstance(error, errors.Error):
            return False
        code = getattr(error, "sqlite_errorcode", None)  # None: of the module's own making, as converters are
        return code is not None and code & 0xFF not in _PERHAPS

    def refused_call(self, name: str, help: str) -> Exception:
        refusal = StatementDenied(refusals.refused_call(name, help))
        refusal.code = "GDB701"
        return _numbered(refusal)

    def ungoverned(self) -> Exception:
        refusal = StatementDenied(refusals.UNGOVERNED)
        refusal.code = "GDB700"
        return _numbered(refusal)

    def rebuilt(self, error: BaseException, plan: Plan) -> BaseException:  # noqa: ARG002  # the protocol's
        """The same class and error code; the text only if it is known to hold no value."""
        if isinstance(error, StatementDenied) or not isinstance(error, Exception):
            return error
        text = str(error)
        kept = text if _SAFE.fullmatch(text) else _WITHHELD
        return _like(error, kept)


def _numbered(refusal: StatementDenied) -> StatementDenied:
    """What the module itself sets when an authorizer says no."""
    refusal.sqlite_errorcode = sqlite3.SQLITE_AUTH
    refusal.sqlite_errorname = "SQLITE_AUTH"
    return refusal


def _like(error: Exception, text: str) -> Exception:
    """A new exception of the same class; converters of callers can raise any, also ones that keep values."""
    kind = type(error)
    if kind.__module__ == "sqlite3" or kind in (ValueError, TypeError, OverflowError):
        made = kind(text)
    else:
        made = sqlite3.DataError(text)
    for name in ("sqlite_errorcode", "sqlite_errorname"):
        if hasattr(error, name):
            setattr(made, name, getattr(error, name))
    return made
