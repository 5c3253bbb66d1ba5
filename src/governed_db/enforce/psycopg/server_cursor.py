"""psycopg's server-side cursors into governed ones: the query inside of DECLARE goes the line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from psycopg import sql

from governed_db.enforce.psycopg.cursor import GovernedCursor
from governed_db.enforce.psycopg.deadlines import within
from governed_db.enforce.psycopg.line import governed
from governed_db.enforce.psycopg.masking import arm
from governed_db.enforce.psycopg.rows import count
from governed_db.enforce.psycopg.seat import seat_of
from governed_db.enforce.psycopg.session import gate_of, session_of, ungoverned
from governed_db.enforce.psycopg.setup import plan_of_nothing
from governed_db.enforce.psycopg.text import sendable

if TYPE_CHECKING:
    from psycopg._server_cursor_base import ServerCursorMixin
    from psycopg.abc import PQGen

    from governed_db.core.plan import Plan

    _Base = ServerCursorMixin[Any, Any]
else:
    _Base = object

_NO_TEXT = ""  # permits that a transaction begins, and no statement: no query is this very object
_LONGEST_NAME = 63  # of a server as it is built by default
_NAMES = "give it a name of at most 63 printable ASCII characters"


class GovernedServerCursor(GovernedCursor, _Base):
    """Mixin over ServerCursor, RawServerCursor and their async twins.

    The connection remembers the plan of each portal by name: a second cursor object with the same name
    reads the same rows, with the same masks.
    """

    __slots__ = ()

    def _declare_gen(self, query: Any, params: Any = None, binary: bool | None = None) -> PQGen[None]:  # noqa: FBT001
        driver: Any = super()
        if not _is_whole(self._name):
            gate_of(self._conn).check_call("a server-side cursor with this name", _NAMES)
        text, params = sendable(self, self._governed_style, query, params)
        statement = self._governed_statement(text, params)
        session = session_of(self._conn)
        portals = session.portals

        def send(text: str) -> PQGen[None]:
            portals.pop(self._name, None)
            yield from driver._declare_gen(text, params, binary)
            portals[self._name] = cast("Plan", seat_of(self)._plan)
            session.declarers[self._name] = gate_of(self._conn).context().principal

        yield from governed(self, statement, send, way="declare")

    def _make_declare_statement(self, query: Any) -> Any:
        """DECLARE around the permitted text becomes the permitted text."""
        session = session_of(self._conn)
        if query is not session.permit or query is None:
            raise ungoverned(self._conn)
        declare = cast("sql.Composable", super()._make_declare_statement(sql.SQL(query)))
        session.permit = declare.as_string(self)
        return session.permit

    def _fetch_gen(self, num: int | None) -> PQGen[list[Any]]:
        plan = session_of(self._conn).portals.get(self._name) or self._foreign_portal()
        seat = seat_of(self)
        if seat._plan is not plan:
            self._check_declarer()
        seat._plan = session_of(self._conn).current = plan
        rows: list[Any] = yield from within(plan, self._conn, self._fetch_known_gen(num))
        count(seat, plan, len(rows), gate_of(self._conn))
        return rows

    def _check_declarer(self) -> None:
        """Of a portal that another cursor object declared: its rows are masked for who acted then."""
        gate = gate_of(self._conn)
        if session_of(self._conn).declarers.get(self._name) != gate.context().principal:
            gate.check_call("a server-side cursor that somebody else declared", "declare one of your own")

    def _foreign_portal(self) -> Plan:
        """One that SQL declared: its rows are not known, so only a policy that observes lets it be read."""
        gate = gate_of(self._conn)
        gate.check_call(
            "a server-side cursor that SQL declared", "declare it with a cursor that has its name"
        )
        portals = session_of(self._conn).portals
        portals[self._name] = plan = plan_of_nothing(gate)
        return plan

    def _fetch_known_gen(self, num: int | None) -> PQGen[list[Any]]:
        if not self._described:
            yield from self._describe_again_gen()
        return (yield from super()._fetch_gen(num))

    def _describe_again_gen(self) -> PQGen[None]:
        """For a portal that another cursor object declared under this name."""
        session = session_of(self._conn)
        plan = seat_of(self)._plan
        session.permit = _NO_TEXT
        try:
            yield from self._start_query()
            arm(self, plan)
            yield from self._describe_gen()
        finally:
            session.permit = None


def _is_whole(name: str) -> bool:
    """The server's name for the portal is this one; it cuts long names, so that two can mean one portal."""
    return len(name) <= _LONGEST_NAME and name.isascii() and name.isprintable()
