"""A text that a connection is asked to send into its run through the gate.

Every way to send a statement ends in `Connection.query`, whichever cursor class began it. A cursor of
ours has offered the form of the text before, so that its values count as parameters; any other text is
taken as it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import attrs

from governed_db.core.driving import drive
from governed_db.core.effects import Effect, Introspect, RunResult
from governed_db.core.govern import understand
from governed_db.core.plan import Knowledge, Plan, Statement
from governed_db.core.tokens import is_suspect
from governed_db.enforce import performing
from governed_db.enforce.pymysql.ahead import ahead
from governed_db.enforce.pymysql.lookup import command, look_up
from governed_db.enforce.pymysql.results import UNKNOWN, Kept
from governed_db.enforce.pymysql.session import Session, gate_in, session_of
from governed_db.enforce.pymysql.text import Form, bound, in_full
from governed_db.enforce.pymysql.turning import sent
from governed_db.enforce.pymysql.two_phase import TwoPhase, two_phase
from governed_db.enforce.pymysql.writes import bounded, is_idle
from governed_db.model.statement import WRITES, Kind, Role

if TYPE_CHECKING:
    from governed_db.enforce.gate import Gate
    from governed_db.enforce.knowing import Loading

Send = Callable[[bytes, bool], Any]

_SCHEMA = frozenset({Kind.DDL, Kind.SESSION})
_COMPARED = frozenset({Role.EQUALS_VALUE, Role.EQUALS_COLUMN})
_READS = frozenset({Kind.SELECT, Kind.EXPLAIN, Kind.SETUP, Kind.TRANSACTION})
# Statements that name no table and tell what the last one did.
_TELLS_OF_THE_LAST: Final = re.compile(
    r"""\s*SELECT(?:\s+(?:@@(?:SESSION\.)?(?:warning_count|error_count|identity|last_insert_id)
    |(?:FOUND_ROWS|ROW_COUNT|LAST_INSERT_ID)\s*\(\s*\))(?:\s+AS\s+\w+)?\s*(?:,(?!\s*;?\s*$)|(?=;?\s*$)))+;?\s*
    |\s*SHOW\s+(?:COUNT\s*\(\s*\*\s*\)\s*)?(?:WARNINGS|ERRORS)\s*;?\s*""",
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)


def governed(connection: Any, form: Form, send: Send, *, unbuffered: bool) -> None:
    """Send one text if it may be sent: by the short path if that will do."""
    session: Session = connection._governed
    gate = gate_in(session)
    plan = gate.hit(form.template)
    if (
        plan is None
        or (form.has_numbers and plan not in session.exact)
        or (plan.watched and is_suspect(plan.watched, form.values))
    ):
        _long(connection, form, send, unbuffered=unbuffered)
        return
    text = form.text if plan.text == form.template else bound(plan.text, form.values)
    failure: BaseException | None = None
    started = perf_counter()
    session.turn.take()
    try:
        permitted(session, plan, text, send, unbuffered=unbuffered)
    except Exception as error:  # noqa: BLE001  # any: decoders of the application run in here
        failure = session.told(error, plan)
    finally:
        session.turn.give()
    gate.record_hit(plan, -1 if failure is not None else rows_of(session), started, failure)
    if failure is not None:
        try:
            raise failure
        finally:
            del failure  # it holds this frame


def _long(connection: Any, form: Form, send: Send, *, unbuffered: bool) -> None:
    """The whole line."""
    phase = two_phase(form.text)
    if phase is not None:
        form = in_full(form.text)  # who may end which is asked each time
    line = Line(connection, _with_numbers(connection, form), send, phase)
    look = _unlooked if _TELLS_OF_THE_LAST.fullmatch(form.text) else look_up
    line.run(partial(look, connection), unbuffered=unbuffered)
    if phase is not None:
        phase.note(session_of(connection))


def line_of(connection: Any, form: Form) -> Line:
    """The line of a statement that is part of a change."""
    return Line(connection, _with_numbers(connection, form), connection._governed_send)


@attrs.frozen(eq=False)
class Line:
    """One statement on its way through the gate."""

    connection: Any
    form: Form
    send: Send
    phase: TwoPhase | None = None

    @property
    def statement(self) -> Statement:
        statement = statement_of(self.connection, self.form)
        return statement if self.phase is None else self.phase.held(session_of(self.connection), statement)

    def wording(self, plan: Plan) -> str:
        """The text of a plan with its values, as it is sent."""
        form = self.form
        text = bound(plan.text, form.values) if plan.text != form.template else form.text
        return sent(session_of(self.connection), plan, form.values, text)

    def run(self, look: Callable[[Loading], Any], *, unbuffered: bool = False) -> RunResult:
        """The whole line."""
        connection, session = self.connection, session_of(self.connection)

        def act(plan: Plan, limit: int | None) -> RunResult:
            text = self.wording(plan)
            # A bounded one that returns rows is read whole: no row is handed out before they are counted.
            is_streamed = unbuffered and limit is None

            def once() -> int:
                session = session_of(connection)
                permitted(session, plan, text, self.send, unbuffered=is_streamed)
                if unbuffered and not is_streamed:
                    connection._result = Kept(connection._result)
                return rows_of(session)

            return run_texts(connection, plan, limit, once)

        before = partial(ahead, session, self.wording)
        return performing.run(
            gate_in(session),
            self.statement,
            introspect=look,
            act=act,
            idle=partial(is_idle, session),
            ahead=before,
        )


def _unlooked(connection: Any, loading: Loading) -> Any:
    """What is known already. A look at the catalog would change what such a statement tells."""
    session = session_of(connection)
    if session.knowledge is None:
        return look_up(connection, loading)
    session.is_stale = True
    return session.knowledge


def run_texts(connection: Any, plan: Plan, limit: int | None, once: Callable[[], int]) -> RunResult:
    """Run what a plan permits, held to its bound and told without values."""
    session = session_of(connection)
    knowledge(connection)
    refuse_unfulfillable(session, plan)
    failure: BaseException | None = None
    result = RunResult()
    session.turn.take()
    try:
        result = RunResult(once()) if limit is None else bounded(session, plan, limit, once)
    except Exception as error:  # noqa: BLE001  # any: decoders of the application run in here
        failure = session.told(error, plan)
    finally:
        session.turn.give()
    if failure is not None:
        try:
            raise failure
        finally:
            del failure  # it holds this frame
    if session.is_stale or plan.facts is None or plan.facts.kinds & _SCHEMA:
        session.is_stale = False
        session.forget()
    return result


def permitted(session: Session, plan: Plan, text: str, send: Send, *, unbuffered: bool) -> None:
    """Send exactly this text; nothing else may leave meanwhile, nor this one afterwards."""
    if plan.timeout is not None or session.limit is not None:
        text = _timed(session, plan.timeout, text)
    session.begin(plan)
    session.permit = permit = text.encode(session.encoding)
    try:
        send(permit, unbuffered)
    finally:
        session.permit = None


def statement_of(connection: Any, form: Form, **more: Any) -> Statement:
    more.setdefault("cacheable", form.cacheable)
    more.setdefault("parameters", form.values or None)
    return gate_in(session_of(connection)).statement(form.template, **more)


def knowledge(connection: Any) -> Knowledge:
    """What is known of the database now; results are judged by it."""
    session = session_of(connection)
    session.knowledge = gate_in(session).knowledge(partial(look_up, connection))
    return session.knowledge


def rows_of(session: Session) -> int:
    """The driver's count; -1 where only reading tells."""
    rows = session.rows
    return int(rows) if rows is not None and rows != UNKNOWN else -1


# -- numbers ---------------------------------------------------------------------------------------------


def _with_numbers(connection: Any, form: Form) -> Form:
    """The form to govern: written out in full where a number means more than a parameter would.

    Compared with a text, a number makes MySQL compare as numbers: 9 finds every text that begins with 9.
    """
    if not form.has_numbers:
        return form
    return form if proven(connection, statement_of(connection, form)) else in_full(form.text)


def proven(connection: Any, statement: Statement) -> bool:
    """Whether numbers may be taken for parameters in this statement; noted with its plan."""
    session = session_of(connection)
    gate = gate_in(session)

    def perform(effect: Effect) -> Knowledge:
        if isinstance(effect, Introspect) and effect.stale:
            session.forget()
        return knowledge(connection)

    plan = drive(understand(statement, gate.context(), gate.planner), perform)
    classes = knowledge(connection).classes
    uses = plan.facts.uses if plan.facts is not None else ()
    if any(use.role in _COMPARED and use.column in classes for use in uses):
        return False
    session.prove(plan)
    return True


# -- time ------------------------------------------------------------------------------------------------


def refuse_unfulfillable(session: Session, plan: Plan) -> None:
    """MySQL stops reads only. An obligation that cannot be fulfilled means that a statement is refused."""
    kinds = plan.facts.kinds if plan.facts is not None else WRITES
    if plan.timeout is None or _is_mariadb(session) or kinds <= _READS:
        return
    raise gate_in(session).refuse(
        plan,
        "GDB331",
        "MySQL cannot stop a statement that changes rows, and policy limits how long it may run",
        "have a policy rule without `seconds` for it, or use MariaDB",
    )


def _timed(session: Session, seconds: float | None, text: str) -> str:
    """MariaDB limits one statement. MySQL has a setting for it, which no governed statement may change."""
    if _is_mariadb(session):
        limit = f"SET STATEMENT max_statement_time={max(0.001, seconds):.3f} FOR " if seconds else ""
        return limit + text
    if seconds != session.limit:
        wanted = "DEFAULT" if seconds is None else str(max(1, math.ceil(seconds * 1000)))
        command(session, f"SET SESSION max_execution_time = {wanted}")
        session.limit = seconds
    return text


def _is_mariadb(session: Session) -> bool:
    gate: Gate = gate_in(session)
    return gate.catalog is not None and gate.catalog.server.startswith("MariaDB")
