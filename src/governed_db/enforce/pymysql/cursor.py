"""PyMySQL's cursor, each of whose statements goes down the line."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from pymysql import err

from governed_db.core.effects import RunResult
from governed_db.core.plan import Plan, Statement
from governed_db.drivers.surface.pymysql import CURSOR
from governed_db.enforce.compose import close_doors, disguise
from governed_db.enforce.gate import Gate
from governed_db.enforce.pymysql.bounds import run_bounded
from governed_db.enforce.pymysql.raw import Cursor
from governed_db.enforce.pymysql.texts import Query, exact, is_template, read_query, render

if TYPE_CHECKING:
    from governed_db.enforce.pymysql.connection import GovernedConnection
    from governed_db.enforce.pymysql.session import PyMySQLSession


class GovernedCursor(Cursor):  # type: ignore[misc]  # see raw.py
    """A cursor of a governed connection. Rows reach it masked (result.py)."""

    connection: GovernedConnection

    def __init__(self, connection: Any) -> None:
        if getattr(connection, "_governed", None) is None:
            raise err.InterfaceError(0, "a governed cursor needs a governed connection")
        super().__init__(connection)

    # -- statements ----------------------------------------------------------------------------------

    def execute(self, query: Any, args: Any = None) -> Any:
        connection = self._get_db()
        session: PyMySQLSession = connection._governed
        if session.connecting:
            return super().execute(query, args)  # the connection's own set-up: Connection.query looks at it
        if session.repeats is not None and query == session.repeats.text:
            return self._governed_once(session, session.repeats, args)
        asked = read_query(self, query, args)
        plan = session.gate.hit(asked.sent) if asked.cacheable else None
        if plan is None:
            session.gate.run(
                statement(session.gate, asked),
                partial(session.introspect, connection),
                partial(self._governed_run, session, asked.args),
            )
        else:
            self._governed_hit(session, plan, asked.args)
        return self.rowcount

    def executemany(self, query: Any, args: Any) -> Any:
        connection = self._get_db()
        session: PyMySQLSession = connection._governed
        if not args:
            return super().executemany(query, args)
        text = exact(query, connection.encoding)
        rows = args if isinstance(args, (list, tuple)) else list(args)
        if not is_template(connection, type(self), text, rows):
            self.rowcount = sum(self.execute(text, row) for row in rows)
            return self.rowcount
        many = session.gate.statement(text, rows, many=True)
        introspect = partial(session.introspect, connection)
        session.gate.run(many, introspect, partial(self._governed_run_many, session, rows))
        return self.rowcount

    def callproc(self, procname: Any, args: Any = ()) -> Any:
        """The call with its arguments as literals is what is decided on."""
        connection = self._get_db()
        name = exact(procname, connection.encoding).replace("`", "``")
        literals = [connection.escape(arg) for arg in args]
        text = f"CALL `{name}`({', '.join(str.__str__(one) for one in literals)})"
        gate: Gate = connection._governed.gate
        introspect = partial(connection._governed.introspect, connection)
        call = partial(self._governed_call, connection._governed, name, literals)
        gate.run(gate.statement(text, has_parameters=False, cacheable=False), introspect, call)
        return args

    # -- how they run --------------------------------------------------------------------------------

    def _governed_hit(self, session: PyMySQLSession, plan: Plan, args: Any) -> None:
        """The short path: what `run` does, without effects that a plain plan has no need of."""
        started = time.perf_counter()
        try:
            session.guarded(plan, self._governed_once, session, plan, args)
        except Exception as error:
            session.gate.record_hit(plan, -1, started, error)
            raise
        session.gate.record_hit(plan, self.rowcount, started)

    def _governed_run(self, session: PyMySQLSession, args: Any, plan: Plan, bound: int | None) -> RunResult:
        once = partial(self._governed_once, session, plan, args)
        return self._governed_within(session, plan, bound, once)

    def _governed_run_many(
        self, session: PyMySQLSession, rows: Any, plan: Plan, bound: int | None
    ) -> RunResult:
        def repeat() -> int:
            session.repeats = plan
            try:
                return int(Cursor.executemany(self, plan.text, rows))
            finally:
                session.repeats = None

        return self._governed_within(session, plan, bound, repeat)

    def _governed_within(self, session: PyMySQLSession, plan: Plan, bound: int | None, act: Any) -> RunResult:
        if bound is None:
            return RunResult(session.guarded(plan, act))
        result: RunResult = session.guarded(plan, run_bounded, self.connection, bound, act)
        if result.rolled_back:
            self._clear_result()
        return result

    def _governed_once(self, session: PyMySQLSession, plan: Plan, args: Any) -> int:
        """Send the plan's text, with `args` in place, by the driver's own method."""
        while self.nextset():
            pass
        sent = render(self, plan, args)
        session.send(plan, sent, Cursor.execute, self, sent)
        self._executed = sent.decode(self.connection.encoding)
        return int(self.rowcount)

    def _do_execute_many(
        self, prefix: Any, values: Any, postfix: Any, args: Any, max_stmt_length: int, encoding: str
    ) -> Any:
        """The driver's bulk INSERT: as many rows to a statement as its length allows.

        Made here of the template that was decided on; what the driver makes of it is not compared.
        """
        session, plan = self.connection._governed, self.connection._governed.repeats
        if plan is None:
            return super()._do_execute_many(prefix, values, postfix, args, max_stmt_length, encoding)
        head, tail = prefix.encode(encoding), postfix.encode(encoding)
        rows, chunk = 0, bytearray()
        for arg in args:
            row = Cursor._mogrify(self, values, arg).encode(encoding)
            if chunk and len(head) + len(chunk) + len(row) + len(tail) + 1 > max_stmt_length:
                rows += self._governed_bulk(session, plan, head + bytes(chunk) + tail)
                chunk = bytearray()
            chunk += (b"," if chunk else b"") + row
        rows += self._governed_bulk(session, plan, head + bytes(chunk) + tail)
        self.rowcount = rows
        return rows

    def _governed_bulk(self, session: PyMySQLSession, plan: Plan, sent: bytes) -> int:
        return int(session.send(plan, sent, Cursor.execute, self, sent))

    def _governed_call(
        self, session: PyMySQLSession, name: str, literals: list[str], plan: Plan, bound: int | None
    ) -> RunResult:
        """As the driver calls procedures: arguments in session variables, so that they can be read back."""

        def send(text: str) -> None:
            sent = text.encode(self.connection.encoding)
            session.send(plan, sent, self._query, sent)

        def call() -> int:
            variables = [f"@`_{name}_{index}`" for index in range(len(literals))]
            if literals:
                pairs = zip(variables, literals, strict=True)
                send("SET " + ",".join(f"{variable}={literal}" for variable, literal in pairs))
                self.nextset()
            self._executed = f"CALL `{name}`({','.join(variables)})"
            send(self._executed)
            return int(self.rowcount)

        return self._governed_within(session, plan, bound, call)


def statement(gate: Gate, asked: Query) -> Statement:
    return gate.statement(
        asked.sent,
        asked.args,
        has_parameters=asked.args is not None,
        cacheable=asked.cacheable,
    )


def _refuse_unlisted(cursor: GovernedCursor, name: str) -> Any:
    cursor.connection._governed.gate.check_call(f"Cursor.{name}", "this release does not know it")
    return getattr(Cursor, name).__get__(cursor)


disguise(GovernedCursor, Cursor)
close_doors(GovernedCursor, Cursor, CURSOR, _refuse_unlisted)
