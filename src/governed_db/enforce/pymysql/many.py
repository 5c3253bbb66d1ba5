"""Calls that send more than one text for one decision: executemany and callproc.

As the driver does it, INSERT ... VALUES is sent for many rows at once, anything else row by row. Each
text is made here, of literals, from the one that was decided on.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import attrs
from pymysql.cursors import RE_INSERT_VALUES

from governed_db.core.effects import RunResult
from governed_db.core.plan import Plan, Statement
from governed_db.core.tokens import is_suspect
from governed_db.drivers.pymysql import DRIVER
from governed_db.enforce.performing import run
from governed_db.enforce.pymysql.line import proven, rows_of, run_texts, statement_of
from governed_db.enforce.pymysql.lookup import look_up
from governed_db.enforce.pymysql.session import Granted, gate_in, session_of
from governed_db.enforce.pymysql.text import Batch, Form, Scribe, Values, bound, written
from governed_db.enforce.pymysql.turning import row_by_row
from governed_db.enforce.pymysql.two_phase import two_phase
from governed_db.enforce.pymysql.writes import is_idle


def run_many(cursor: Any, batch: Batch) -> bool:
    """Run a template for many sets of values; False where each text has to be governed by itself."""
    connection = cursor.connection
    gate = gate_in(session_of(connection))
    if two_phase(batch.template) is not None:
        return False  # each is held to its own session by itself
    statement = gate.statement(batch.template, batch.rows, many=True)
    if batch.has_numbers and not proven(connection, statement):
        return False

    def once(plan: Plan) -> int:
        if plan.tokens or any(is_suspect(plan.watched, values) for values in batch.rows if plan.watched):
            pairs = row_by_row(session_of(connection), plan, batch.rows)
            return sum(_send(cursor, plan, text, is_counted=True, sent=sent) for text, sent in pairs)
        texts = _texts(plan.text, batch.rows, cursor)
        return sum(_send_many(cursor, plan, text) for text in texts)

    cursor.rowcount = _governed(connection, statement, once).rows
    return True


def _texts(template: str, rows: Sequence[Values], cursor: Any) -> Iterator[str]:
    """The template for each row, or for as many rows at once as the driver would take."""
    found = RE_INSERT_VALUES.match(template)
    if found is None:
        yield from (bound(template, values) for values in rows)
        return
    prefix, middle, postfix = bound(found[1], ()), found[2].rstrip(), bound(found[3] or "", ())
    encoding = session_of(cursor.connection).encoding
    room = cursor.max_stmt_length - len((prefix + postfix).encode(encoding))
    pieces: list[str] = []
    size = 0
    for values in rows:
        piece = bound(middle, values)
        length = len(piece.encode(encoding)) + 1
        if pieces and size + length > room:
            yield prefix + ",".join(pieces) + postfix
            pieces, size = [], 0
        pieces.append(piece)
        size += length
    yield prefix + ",".join(pieces) + postfix


def _send(cursor: Any, plan: Plan, text: str, *, is_counted: bool, sent: str | None = None) -> int:
    """By the cursor's own way to send, whatever its class; `sent` goes to the wire in place of `text`."""
    session = session_of(cursor.connection)
    session.offered = Granted(plan, text, text if sent is None else sent, is_counted)
    session.rows = 0
    try:
        cursor._governed_send(text)
    finally:
        session.offered = None
    return max(rows_of(session), 0)


def sets_of_values(args: Any) -> list[Any]:
    """What executemany is given; a single value stands for a set of one, with the driver's warning."""
    rows = list(args)
    if all(isinstance(row, (dict, list, tuple)) for row in rows):
        return rows
    warnings.warn(
        "single argument is deprecated and will be removed in the next version.",
        DeprecationWarning,
        stacklevel=3,
    )
    return [row if isinstance(row, (dict, list, tuple)) else (row,) for row in rows]


def _send_many(cursor: Any, plan: Plan, text: str) -> int:
    rows = _send(cursor, plan, text, is_counted=True)
    if RE_INSERT_VALUES.match(plan.text) is not None:
        cursor._governed_note(text, session_of(cursor.connection).encoding)
    return rows


# -- procedures ------------------------------------------------------------------------------------------


@attrs.frozen
class Call:
    """A procedure's call: the text to decide on, and those that are sent."""

    form: Form
    texts: tuple[str, ...]


def call_of(connection: Any, name: str, args: Any) -> Call:
    """The driver hands arguments over in variables of the session."""
    scribe = Scribe(session_of(connection), connection)
    values = [scribe.one(value) for value in args]
    if not scribe.is_literal:
        help_ = "pass numbers, text, bytes, dates or None"
        raise DRIVER.refused_call("callproc with such an argument", help_)
    quoted = name.replace("`", "``")
    variables = [f"@`_{quoted}_{index}`" for index in range(len(values))]
    settings = ",".join(f"{variable}={value}" for variable, value in zip(variables, values, strict=True))
    form = written(f"CALL `{quoted}`({', '.join(values)})")
    call = f"CALL `{quoted}`({','.join(variables)})"
    return Call(attrs.evolve(form, cacheable=False), (f"SET {settings}", call) if values else (call,))


def run_call(cursor: Any, call: Call) -> None:
    connection = cursor.connection

    def once(plan: Plan) -> int:
        return [_send(cursor, plan, text, is_counted=False) for text in call.texts][-1]

    _governed(connection, statement_of(connection, call.form), once)


def _governed(connection: Any, statement: Statement, once: Callable[[Plan], int]) -> RunResult:
    session = session_of(connection)

    def act(plan: Plan, limit: int | None) -> RunResult:
        return run_texts(connection, plan, limit, partial(once, plan))

    return run(
        gate_in(session),
        statement,
        introspect=partial(look_up, connection),
        act=act,
        idle=partial(is_idle, session),
    )
